"""The rate limit that all workers on one PostgreSQL database share."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import pytest

from courseai.course.errors import SettingsError
from courseai.models.rate_limit import SPAN_S, Leave, RateLimits, RateWindow
from courseai.store.database import Database, StoreLocation
from courseai.store.shared_rate_limit import SharedRateLimit

PROVIDER = "OpenRouter"
LIMITS = RateLimits(requests=20, tokens=5000)
_WORKER = """
import asyncio, json, random, sys
from courseai.models.rate_limit import RateLimits
from courseai.store.database import at_url
from courseai.store.open_database import open_database
from courseai.store.seal import Seal
from courseai.store.shared_rate_limit import SharedRateLimit

async def main(url, seed):
    database, chance = open_database(at_url(url), Seal()), random.Random(seed)
    limit, booked = SharedRateLimit(database), []

    async def one():
        worst = chance.randint(1, 1000)
        leave = await limit.book("OpenRouter", RateLimits(20, 5000), worst)
        needed = chance.choice([worst, worst // 2])
        await limit.correct("OpenRouter", leave, tokens=needed)
        booked.append((leave.second, needed))

    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(10):
        await asyncio.gather(*(one() for _ in range(8)))
    await database.aclose()
    print(json.dumps(booked))

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


@pytest.fixture
def database(postgresql_place: StoreLocation, open_place: Callable[[StoreLocation], Database]) -> Database:
    """A store's."""
    return open_place(postgresql_place)


def test_three_processes_together_never_book_more_than_the_limit(postgres_url: str) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", _WORKER, postgres_url, str(seed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(3)
    ]
    for worker in workers:
        assert worker.stdout
        assert worker.stdout.readline() == "ready\n"
    booked = [pair for worker in workers for pair in json.loads(worker.communicate("go\n")[0])]
    requests = Counter(second for second, _ in booked)
    tokens: Counter[int] = Counter()
    for second, needed in booked:
        tokens[second] += needed
    assert len(booked) == 3 * 10 * 8
    for first in requests:
        span = range(first, first + SPAN_S)
        assert sum(requests[second] for second in span) <= 20
        assert sum(tokens[second] for second in span) <= 5000
    spans = (max(requests) - min(requests)) // SPAN_S + 1
    # On a busy machine corrections come late: a span then holds calls whose worst, 500 tokens on average,
    # fills it but for room smaller than one call's. A limit counted twice would let through half of that.
    assert len(booked) / spans > (5000 - 1000) / 500


async def test_it_gives_the_same_seconds_as_the_rule_in_memory(database: Database) -> None:
    chance, limit, window = random.Random(7), SharedRateLimit(database), RateWindow()
    leaves: list[Leave] = []
    for _ in range(120):
        worst = chance.randint(1, 2000)
        leave = await limit.book(PROVIDER, LIMITS, worst)
        # Where it need not wait, the second is the database's, which passes as it likes.
        now = leave.second if leave.wait_s <= 0 else leave.second - leave.wait_s
        assert window.book(now, LIMITS, worst) == leave.second
        leaves.append(leave)
        if chance.random() < 0.5:
            ended = leaves.pop(chance.randrange(len(leaves)))
            sent, needed = chance.random() < 0.8, ended.tokens // 3
            await limit.correct(PROVIDER, ended, tokens=needed if sent else 0, sent=sent)
            unused = ended.tokens - (needed if sent else 0)
            window.forget(ended.second, 0 if sent else 1, unused)


async def test_providers_do_not_share_a_limit(database: Database) -> None:
    limit = SharedRateLimit(database)
    one = RateLimits(requests=1)
    assert [(await limit.book(name, one, 0)).wait_s <= 0 for name in ("a", "b", "a")] == [True, True, False]


async def test_a_call_larger_than_a_minute_takes_is_refused(database: Database) -> None:
    with pytest.raises(SettingsError, match="COURSEAI_TOKENS_A_MINUTE"):
        await SharedRateLimit(database).book(PROVIDER, LIMITS, 5001)
