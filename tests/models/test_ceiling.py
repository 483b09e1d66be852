"""Whatever a server does and whenever the process dies, the bill stays under the ceiling.

The bill is the server's own, kept apart from the gateway's records: it charges the list price for every
prompt token and for as many answer tokens as it was allowed, also where it then sends nothing, junk or an
error. It keeps to its list price and to the token limit; no ceiling can hold without that.
"""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import Response

from courseai.course.errors import CourseAIError
from courseai.models.tiers import load_tiers
from courseai.models.token_bound import token_bound
from courseai.store.database import StoreLocation
from courseai.store.database_journal import DatabaseJournal
from tests.models.conftest import GOOD, Behaviour, breaks_off, fails, says
from tests.postgres import Opener

if TYPE_CHECKING:
    from tests.models.conftest import Rig, RigMaker

CEILING_USD = 0.02
TIERS = {tier.model: tier for tier in load_tiers().tiers}
PHASES = (("metadata", "metadata"), ("sections", "draft"), ("sections", "sample"), ("judge", "judge"))


@dataclass
class Billing:
    """What the server charges, and how it answers."""

    chance: random.Random
    usd: float = 0.0
    answers: dict[str, int] = field(default_factory=dict)

    async def __call__(self, body: dict[str, Any]) -> Response:
        tier = TIERS[body["model"]]
        words = json.dumps([body["messages"], body.get("response_format")], ensure_ascii=False)
        tokens_in = token_bound(words, tier.tokenizer)
        tokens_out = self.chance.choice((1, body["max_tokens"] // 2, body["max_tokens"]))
        usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": 0}
        kind = self.chance.choice(("good", "good", "silent", "junk", "cut off", "broken", "error", "refused"))
        self.answers[kind] = self.answers.get(kind, 0) + 1
        if kind != "refused":
            self.usd += tier.price_usd(tokens_in, tokens_out)
        await asyncio.sleep(self.chance.random() * 0.02)
        return await self._answers(kind, usage)(body)

    def _answers(self, kind: str, usage: dict[str, Any]) -> Behaviour:
        """Some of them say nothing of what they cost."""
        silent: dict[str, Any] = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        ways: dict[str, Behaviour] = {
            "good": says(GOOD, usage=usage),
            "silent": says(GOOD, usage=silent),
            "junk": says("no", usage=usage),
            "cut off": says(GOOD[:9], usage=usage, finish="length"),
            "broken": breaks_off,
            "error": fails(self.chance.choice((500, 503))),
            "refused": fails(self.chance.choice((400, 404, 429))),
        }
        return ways[kind]


async def life(rig: Rig, chance: random.Random, number: int) -> None:
    """Ask for many things at once, and die while some of them are in flight."""
    rig.server.requests.clear()

    async def ask(subject: int) -> None:
        phase, purpose = chance.choice(PHASES)
        tokens = chance.choice((50, 500, 4000))
        tier = chance.choice(("oss_20b", "oss_120b", "qwen3_max"))
        with suppress(CourseAIError):
            await rig.ask(
                tier, phase=phase, purpose=purpose, subject=f"s{number}-{subject}", max_output_tokens=tokens
            )

    tasks = [asyncio.create_task(ask(subject)) for subject in range(40)]
    while not rig.server.requests and not all(task.done() for task in tasks):  # noqa: ASYNC110 - in a thread
        await asyncio.sleep(0.01)
    await asyncio.wait(tasks, timeout=chance.random() * 0.3)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("seed", range(3))
async def test_the_servers_own_bill_stays_under_the_ceiling_over_many_lives_of_a_run(
    make_rig: RigMaker, sqlite_place: StoreLocation, open_place: Opener, seed: int
) -> None:
    chance = random.Random(seed)
    billing = Billing(chance)
    journal = DatabaseJournal(open_place(sqlite_place))
    for number in range(8):
        rig = make_rig(journal=journal, ceiling_usd=CEILING_USD, breaker_failures=1000, concurrency=16)
        for model in TIERS:
            rig.server.will(model, *[billing] * 1000)
        await life(rig, chance, number)
        charged = (await journal.charges("run-1")).usd
        assert billing.usd <= charged <= CEILING_USD
    assert billing.usd > 0.05 * CEILING_USD
