"""Does it pay to draw three samples of a section on the cheapest tier and to believe them only if they agree?

    python tests/bench/consistency.py --editions 5

Every section of two courses starts on oss_20b, which now and then writes about something quite different;
the other tiers follow `profiles/assumed.json`. A wrong section is known by its topics, which the offline
author takes from the subject it strayed to, so no similarity is asked. With "no calibration" alignment says
nothing, as in a language that has none, and samples are the only check before the judge.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
from dataclasses import dataclass
from pathlib import Path

from course_bench import (
    SAMPLES,
    Json,
    Run,
    edition,
    english_courses,
    policy_with,
    profile,
    run_course,
    table,
)

from courseai.course.policy import Policy, default_policy
from courseai.models.ledger import totals
from courseai.models.offline.phrases import phrases_for
from courseai.models.offline.settings import OfflineSettings
from courseai.quality.embeddings import Embedder, EmbeddingModel, VectorStore

CHEAP = "openai/gpt-oss-20b"
COURSES = ("programming", "safety, no risk")


@dataclass
class Count:
    """Sums over runs of one way to check."""

    sections: int = 0
    escalated: int = 0
    wrong_first: int = 0
    """First drafts, or the samples that were chosen, about something else."""
    wrong_accepted: int = 0
    """Sections that left the cascade accepted and about something else."""
    right_doubted: int = 0
    """Sections whose first draft was right and that escalated because samples did not agree."""
    section_usd: float = 0.0
    judge_usd: float = 0.0
    planned: int = 0
    accepted: int = 0
    """Lessons with a passing verdict in the end, after judging and rewriting."""

    async def add(self, run: Run) -> None:
        """Count one run."""
        phases = totals(run.calls)["by_phase"]
        drafting = [call for call in run.calls if call.purpose in ("draft", "sample", "fill")]
        self.section_usd += totals(drafting)["cost_usd"]
        self.judge_usd += sum(phases[p]["cost_usd"] for p in ("sections", "judge") if p in phases)
        self.judge_usd -= totals(drafting)["cost_usd"]
        self.planned += run.planned_lessons
        self.accepted += run.accepted_lessons
        for section in run.sections:
            await self._add_section(section, run)

    async def _add_section(self, section: Json, run: Run) -> None:
        first, last = section["drafts"][0], section["drafts"][-1]
        is_wrong = await _is_wrong(first, run)
        self.sections += 1
        self.escalated += section["escalations"] > 0
        self.wrong_first += is_wrong
        self.wrong_accepted += section["status"] != "flagged" and await _is_wrong(last, run)
        self.right_doubted += not is_wrong and first["decision"]["reason"] == "inconsistent_answers"


async def _is_wrong(draft: Json, run: Run) -> bool:
    """Whether a lesson of the draft has nothing but topics that the offline author strays to."""
    if draft["ref"] is None:
        return False
    strayed = {topic for subject in phrases_for("en").phrases.off_topic for topic in subject.topics}
    body = await run.drafts.get(draft["ref"])
    return any(set(lesson["key_topics"]) <= strayed for lesson in body["lessons"])


def erring(off_topic_share: float) -> OfflineSettings:
    """The assumed profile with another share of wrong answers from oss_20b."""
    settings = profile("assumed")
    cheap = settings.models[CHEAP].model_copy(update={"off_topic_share": off_topic_share})
    return settings.model_copy(update={"models": settings.models | {CHEAP: cheap}})


def cheap_first(mode: str) -> Policy:
    """Every section starts on oss_20b; samples on or off."""
    tiers = default_policy().ladder.tiers
    ladder = {"start_below": dict.fromkeys(tiers, 11), "template_tiers": []}
    return policy_with(ladder=ladder, consistency={"mode": mode, "min_complexity": 1})


async def measure(folder: Path, editions: int, shares: list[float], embedder: EmbeddingModel) -> None:
    """Print one row for each way to check at each share of wrong answers."""
    courses = english_courses(folder)
    rows = []
    for share, calibrated, mode in itertools.product(shares, (True, False), ("off", "on")):
        count = Count()
        for number, name in itertools.product(range(editions), COURSES):
            document = edition(courses[name], number)
            run = await run_course(
                document, cheap_first(mode), erring(share), embedder, calibrated=calibrated
            )
            await count.add(run)
        rows.append(row(share, calibrated, mode, count))
        print(" ".join(rows[-1]), file=sys.stderr, flush=True)
    columns = "off topic", "alignment", "samples", "sections", "wrong first", "wrong accepted"
    more = "right doubted", "escalated", "drafting", "judging", "lessons accepted"
    table([*columns, *more], rows)
    print("\nDrafting and judging (with rewrites) in USD per 1,000 planned lessons.")


def row(share: float, calibrated: bool, mode: str, count: Count) -> list[str]:
    return [
        f"{share:.0%}",
        "calibrated" if calibrated else "no calibration",
        mode,
        f"{count.sections}",
        f"{count.wrong_first}",
        f"{count.wrong_accepted}",
        f"{count.right_doubted}",
        f"{count.escalated / count.sections:.0%}",
        f"{1000 * count.section_usd / count.planned:.3f}",
        f"{1000 * count.judge_usd / count.planned:.3f}",
        f"{count.accepted / count.planned:.1%}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=Path, default=SAMPLES, help="folder of analysis documents")
    parser.add_argument("--editions", type=int, default=5, help="how often each course is generated")
    parser.add_argument("--off-topic", type=float, nargs="+", default=[0.1, 0.3])
    options = parser.parse_args()
    embedder = Embedder(store=VectorStore())
    asyncio.run(measure(options.inputs, options.editions, options.off_topic, embedder))


if __name__ == "__main__":
    main()
