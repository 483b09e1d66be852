"""How tight the ceiling is held, and what holding it costs, with 1,000 requests at once over real HTTP.

    python tests/bench/budget_stress.py --requests 1000 --ceiling-usd 0.05

The offline author serves on a loopback socket; its prices are the tiers' list prices.
"""

from __future__ import annotations

import argparse
import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import uvicorn

from courseai.course.errors import BudgetExceededError
from courseai.course.judgement import LessonJudgement
from courseai.course.policy import default_policy
from courseai.models.budget import Budget
from courseai.models.call import ModelRequest
from courseai.models.gateway import Gateway
from courseai.models.offline import create_app
from courseai.models.provider import compatible
from courseai.models.tiers import load_tiers
from courseai.prompts.template import fill

OBJECTIVES = ["Explain why the tides rise and fall", "Compare spring tides with neap tides"]
SENTENCE = "The Moon pulls on the oceans, so the tides rise and fall twice a day on most coasts. "


@contextmanager
def author() -> Iterator[str]:
    """The offline author's URL."""
    server = uvicorn.Server(uvicorn.Config(create_app(), host="127.0.0.1", port=0, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1"
    server.should_exit = True
    thread.join()


def request(number: int) -> ModelRequest[LessonJudgement]:
    """A verdict on a lesson whose length depends on its number."""
    brief = {
        "language": "en",
        "audience": "adults",
        "difficulty": "beginner",
        "objectives": OBJECTIVES,
        "facts": [],
        "content": SENTENCE * (5 + number % 40),
    }
    return ModelRequest(
        run_id="stress",
        phase="judge",
        purpose="judge",
        subject=f"l{number}",
        tier="oss_120b",
        attempt=1,
        prompt=fill("judge", brief),
        schema_name="lesson_verdict",
        answer_type=LessonJudgement,
        max_output_tokens=1000,
    )


async def stress(url: str, requests: int, ceiling_usd: float) -> None:
    """Ask everything at once and say what came of it."""
    provider = replace(compatible(url), charges_list_price=True)
    policy = default_policy().availability
    async with Gateway(provider, load_tiers(), policy, ceiling=lambda: ceiling_usd) as gateway:
        started = time.perf_counter()
        asked = (gateway.complete(request(number)) for number in range(requests))
        ended = await asyncio.gather(*asked, return_exceptions=True)
        seconds = time.perf_counter() - started
        charges = await gateway.journal.charges("stress")
    refused = sum(isinstance(each, BudgetExceededError) for each in ended)
    others = [
        each for each in ended if isinstance(each, Exception) and not isinstance(each, BudgetExceededError)
    ]
    print(f"{requests} requests at once: {requests - refused - len(others)} answered, {refused} not sent, ")
    print(f"{len(others)} failed otherwise; {seconds:.1f} s")
    print(f"charged ${charges.usd:.6f} of ${ceiling_usd:.6f} ({charges.usd / ceiling_usd:.1%})")
    assert charges.usd <= ceiling_usd


async def overhead(rounds: int) -> None:
    """The time that one reservation and its settlement take."""
    budget = Budget(1.0)
    started = time.perf_counter()
    for _ in range(rounds):
        reservation = await budget.reserve("judge", 0.001)
        assert reservation is not None
        budget.settle(reservation)
    microseconds = (time.perf_counter() - started) / rounds * 1e6
    print(f"reserve and settle: {microseconds:.1f} µs")


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--ceiling-usd", type=float, default=0.05)
    options = parser.parse_args()
    asyncio.run(overhead(10_000))
    with author() as url:
        asyncio.run(stress(url, options.requests, options.ceiling_usd))


if __name__ == "__main__":
    main()
