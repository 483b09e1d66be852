"""A run goes on where it was, in another process' graph, and nothing that was paid for is paid again."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from courseai.store.run_store import open_run_store
from tests.graph.conftest import LESSONS, PLANNED, changed_policy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.graph.conftest import Asked, Json, Pipeline, PipelineMaker

    Opener = Callable[[], AbstractAsyncContextManager[Pipeline]]


@pytest.fixture
def open_pipeline(make_pipeline: PipelineMaker, tmp_path: Path) -> Opener:
    """A new pipeline each time, over the same file of runs."""
    policy = changed_policy(alignment={"accept": 1.0, "accept_with_flag": 0.0, "borderline": 0.0})

    @asynccontextmanager
    async def opened() -> AsyncIterator[Pipeline]:
        async with open_run_store(tmp_path) as store:
            yield make_pipeline(
                policy=policy, checkpointer=store.saver, journal=store.journal, drafts=store.drafts
            )

    return opened


async def test_run_that_waits_is_answered_by_a_new_graph_without_any_model(
    open_pipeline: Opener, document: Json
) -> None:
    async with open_pipeline() as first:
        waiting = await first.run(document, review="ask", thread="t")
    items = waiting.interrupts[0].value["action_requests"]

    async with open_pipeline() as second:
        outcome = await second.answer({"decisions": [{"type": "approve"}] * len(items)}, "t")

    assert outcome.lesson_ids == PLANNED
    assert second.author.asked == []
    assert len(outcome.report["calls"]) == len(first.author.asked)


async def test_run_that_was_cut_off_goes_on_and_asks_nothing_twice(
    open_pipeline: Opener, document: Json
) -> None:
    cut = asyncio.Event()

    async def hang(asked: Asked) -> str | None:
        if asked.section_id == "s3":
            cut.set()
            await asyncio.Event().wait()
        return None

    async with open_pipeline() as first:
        first.author.interfere = hang
        running = asyncio.create_task(first.run(document, thread="t"))
        await cut.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        answered = await first.services.gateway.journal.calls("t")
    async with open_pipeline() as second:
        outcome = await second.drive(None, "t")

    assert outcome.lesson_ids == PLANNED
    assert {call.call_id for call in answered} < {call["call_id"] for call in outcome.report["calls"]}
    assert len(outcome.report["calls"]) == len(answered) + len(second.author.asked)
    assert second.author.requests("course_metadata") == []


async def test_second_run_in_a_thread_starts_afresh(make_pipeline: PipelineMaker, document: Json) -> None:
    pipeline = make_pipeline({"qwen/qwen3-max": {"broken_json_share": 1.0}}, checkpointer=InMemorySaver())
    first = await pipeline.run(document, thread="t")
    asked = len(pipeline.author.asked)

    second = await pipeline.run(document, thread="t")

    assert (first.state["run_id"], second.state["run_id"]) == ("t", "t-2")
    assert len(second.report["calls"]) == len(pipeline.author.asked) - asked == asked
    assert second.report["metadata"]["attempts"] == first.report["metadata"]["attempts"] == 2
    changed = {key for key in second.state if second.state[key] != first.state[key]}
    assert changed <= {"run_id", "course", "report", "sections"}
    assert [second.route(section_id) for section_id in LESSONS] == [first.route(s) for s in LESSONS]
