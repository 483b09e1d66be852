"""What a run has spent so far."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from courseai.models.call import Call, Outcome
from courseai.models.journal import MemoryJournal
from courseai.models.spending import Spending

CALL = Call(
    call_id="c1",
    run_id="r",
    phase="sections",
    purpose="draft",
    subject="s1",
    tier="oss_20b",
    answering_tier="oss_20b",
    provider="p",
    model_requested="m",
    model_answered="m",
    attempt=1,
    transport_attempt=1,
    prompt_name="section",
    prompt_version="1",
    tokens_in=1,
    tokens_out=1,
    tokens_cached=0,
    cost_usd=0.25,
    seconds=1.0,
    started_at="2026-11-24T00:00:00Z",
    outcome=Outcome.OK,
)


def call(call_id: str, **facts: Any) -> Call:
    return replace(CALL, call_id=call_id, **facts)


async def journal_of(*calls: Call) -> MemoryJournal:
    journal = MemoryJournal()
    for each in calls:
        await journal.finish(each.call_id, each, None)
    return journal


async def test_nothing_is_spent_before_the_first_call() -> None:
    assert (await Spending(MemoryJournal()).of("r")).usd == 0.0


async def test_calls_of_earlier_processes_are_counted() -> None:
    spending = Spending(await journal_of(call("c1"), call("c2")))
    run = await spending.of("r")
    spending.add(call("c3", cost_usd=0.5))

    assert run.usd == 1.0


async def test_a_call_is_counted_once() -> None:
    spending = Spending(await journal_of(call("c1")))
    run = await spending.of("r")
    spending.add(call("c1"))

    assert run.usd == 0.25


async def test_runs_are_kept_apart() -> None:
    spending = Spending(MemoryJournal())
    mine, other = await spending.of("r"), await spending.of("other")
    spending.add(call("c1"))

    assert (mine.usd, other.usd) == (0.25, 0.0)


async def test_costs_that_nobody_knows_are_not_zero() -> None:
    spending = Spending(MemoryJournal())
    run = await spending.of("r")
    spending.add(call("c1", cost_usd=None))

    assert run.usd is None
    assert run.draft_usd == {}


async def test_the_mean_of_a_draft_is_known_by_tier() -> None:
    spending = Spending(MemoryJournal())
    run = await spending.of("r")
    spending.add(call("c1", cost_usd=0.1))
    spending.add(call("c2", cost_usd=0.3))
    spending.add(call("c3", cost_usd=9.0, purpose="judge", phase="judge"))

    assert run.draft_usd == {"oss_20b": pytest.approx(0.2)}


async def test_many_branches_that_wake_at_once_read_the_journal_once() -> None:
    class CountingJournal(MemoryJournal):
        reads = 0

        async def calls(self, run_id: str) -> list[Call]:
            self.reads += 1
            await asyncio.sleep(0)
            return await super().calls(run_id)

    journal = CountingJournal()
    spending = Spending(journal)
    await asyncio.gather(*(spending.of("r") for _ in range(50)))

    assert journal.reads == 1


async def test_an_old_run_is_read_again_and_loses_nothing() -> None:
    spending = Spending(await journal_of(call("c1")))
    await spending.of("r")
    for number in range(300):
        await spending.of(f"later-{number}")

    assert (await spending.of("r")).usd == 0.25
