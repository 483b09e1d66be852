"""How near the estimated rest of a run comes to what then came, with the offline author.

python tests/bench/progress_estimate.py studio/samples/statistics.json --latency 3 --off-topic 0.2
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from pathlib import Path
from typing import Any

from courseai.course.policy import Policy, default_policy
from courseai.graph import CourseInput, build_graph, make_services
from courseai.models.offline import OfflineSettings, create_app
from courseai.models.provider import offline

SHARES = (0.0, 0.25, 0.5, 0.75)
"""Of the sections, when the estimate is read: after the first, a quarter, half and three quarters."""
ENDS = ("section_accepted", "section_flagged")


async def section_ends(document: Any, author: OfflineSettings, policy: Policy) -> list[tuple[float, Any]]:
    """When each section ended, in seconds, and its event."""
    services = make_services(offline(create_app(author)), policy=policy)
    ends: list[tuple[float, Any]] = []
    async for part in build_graph(services).astream(
        CourseInput(analysis_result=document), stream_mode="custom", subgraphs=True, version="v2"
    ):
        if part["type"] == "custom" and part["data"]["kind"] in ENDS:
            ends.append((time.monotonic(), part["data"]))
    await services.aclose()
    return ends


def report(ends: list[tuple[float, Any]]) -> None:
    """One line for each time that the estimate is read."""
    end_s, last = ends[-1]
    for share in SHARES:
        now_s, event = ends[int(share * len(ends))]
        print(
            f"{event['sections_left']} of {len(ends)} sections left: "
            f"{event['estimated_rest_s']:.1f} s estimated, {end_s - now_s:.1f} s came; "
            f"${event['estimated_rest_usd']:.4f} estimated, ${last['cost_usd'] - event['cost_usd']:.4f} came"
        )


def main() -> None:
    """Run once and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("document", type=Path)
    parser.add_argument("--latency", type=float, default=3.0, help="median seconds of a call")
    parser.add_argument("--off-topic", type=float, default=0.2, help="share of drafts, 0 to 1")
    parser.add_argument("--concurrency", type=int, default=default_policy().availability.concurrency)
    given = parser.parse_args()
    model = {"latency": {"median_s": given.latency, "sigma": 0.5}, "off_topic_share": given.off_topic}
    author = OfflineSettings.model_validate({"seed": 7, "models": {"*": model}})
    shipped = default_policy().model_dump(mode="json")
    shipped["availability"]["concurrency"] = given.concurrency
    document = json.loads(given.document.read_bytes())
    report(asyncio.run(section_ends(document, author, Policy.model_validate(shipped))))


if __name__ == "__main__":
    main()
