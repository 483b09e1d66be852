"""Runs whose checkpoints a server keeps leave their figures in our store, in both kinds of database."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from sqlalchemy import Table, select

from courseai.course.errors import BudgetExceededError
from courseai.ops.history import run_history
from courseai.ops.history.figures import figures_of, state_of_report
from courseai.ops.history.operation_history import review_queue
from courseai.ops.history.server_recorder import ServerRecorder
from courseai.ops.watch import hooks_of
from courseai.store.figure_tables import DRAFT_FIGURE, LESSON_FIGURE, NODE_FIGURE, SECTION_FIGURE
from tests.graph.conftest import PLANNED, changed_policy
from tests.graph.reviewing import STRICT, answer

if TYPE_CHECKING:
    from courseai.store.run_store import RunStore
    from tests.graph.conftest import PipelineMaker

Json = dict[str, Any]


@pytest.fixture
def recorder(store: RunStore) -> Iterator[ServerRecorder]:
    """One over the store."""
    made = ServerRecorder(lambda: store.database)
    yield made
    made.close()


async def run_of(store: RunStore) -> run_history.RunLine:
    """The one run that the store has figures of."""
    page = partial(run_history.run_page, seal=store.database.seal)
    (run,) = (await store.database.read(page)).runs
    return run


async def rows(store: RunStore, table: Table) -> list[Json]:
    """All of a table's."""
    found = await store.database.read(lambda one: one.execute(select(table)).mappings().all())
    return [dict(row) for row in found]


async def test_a_finished_run_leaves_the_figures_of_its_report(
    store: RunStore, recorder: ServerRecorder, make_pipeline: PipelineMaker, document: Json
) -> None:
    faults = {"openai/gpt-oss-20b": {"off_topic_share": 1.0}}
    pipeline = make_pipeline(faults, journal=store.journal, **hooks_of([recorder]))
    outcome = await pipeline.run(document, thread="t")
    recorder.close()

    run = await run_of(store)
    assert (run.run_id, run.status, run.title) == ("t", "finished", outcome.state["course"]["title"])
    assert run.sections_escalated == outcome.report["escalations"]["sections_escalated"] > 0
    assert (run.calls, run.provider) == (outcome.report["totals"]["calls"], "offline author")
    assert run.cost_usd == pytest.approx(outcome.report["totals"]["cost_usd"])
    expected = figures_of(state_of_report(outcome.report))
    for table, known in (
        (SECTION_FIGURE, expected.sections),
        (DRAFT_FIGURE, expected.drafts),
        (LESSON_FIGURE, expected.lessons),
    ):
        found = [{name: row[name] for name in known[0]} for row in await rows(store, table)]
        assert sorted(map(str, found)) == sorted(map(str, known))
    assert {row["node"] for row in await rows(store, NODE_FIGURE)} >= {"metadata", "draft", "assembly"}


async def test_a_run_that_waits_is_in_the_queue_until_it_is_answered(
    store: RunStore, recorder: ServerRecorder, make_pipeline: PipelineMaker, document: Json
) -> None:
    strict, saver = changed_policy(alignment=STRICT), InMemorySaver()
    pipeline = make_pipeline(policy=strict, checkpointer=saver, journal=store.journal, **hooks_of([recorder]))
    await pipeline.run(document, thread="t", review="ask")
    recorder.close()
    queue = await store.database.read(review_queue)
    assert (queue.runs, queue.items) == (1, (await run_of(store)).items_waiting)
    assert queue.items >= len(PLANNED)

    restarted = ServerRecorder(lambda: store.database)
    parts: Json = {"checkpointer": saver, "journal": store.journal, "drafts": pipeline.services.drafts}
    later = make_pipeline(policy=strict, **parts, **hooks_of([restarted]))
    await later.answer(answer(), thread="t")
    restarted.close()
    run = await run_of(store)
    assert (run.status, run.stretches, run.items_waiting) == ("finished", 2, None)
    assert (await store.database.read(review_queue)).runs == 0


async def test_a_run_that_its_budget_stops_leaves_what_it_has_so_far(
    store: RunStore, recorder: ServerRecorder, make_pipeline: PipelineMaker, document: Json
) -> None:
    policy = changed_policy(budget={"cheaper_tier": []}, output={"metadata_tokens": 1000})
    pipeline = make_pipeline(policy=policy, journal=store.journal, **hooks_of([recorder]))
    with pytest.raises(BudgetExceededError):
        await pipeline.run(document, thread="t", budget_usd=0.0037)
    recorder.close()

    run = await run_of(store)
    assert (run.status, run.budget_stops, run.stopped_by) == ("budget_stop", 1, "BudgetExceededError")
    assert (run.lessons_planned, run.metadata_attempts) == (len(PLANNED), 1)


async def test_rejected_input_leaves_no_run(
    store: RunStore, recorder: ServerRecorder, make_pipeline: PipelineMaker
) -> None:
    await make_pipeline(**hooks_of([recorder])).run({}, thread="t")
    recorder.close()
    assert (await store.database.read(partial(run_history.run_page, seal=store.database.seal))).count == 0


async def test_a_store_that_cannot_be_written_fails_no_run(
    make_pipeline: PipelineMaker, document: Json, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> Any:
        raise OSError("no store")

    recorder = ServerRecorder(fail)
    with caplog.at_level(logging.WARNING, logger="courseai.ops.history.server_recorder"):
        outcome = await make_pipeline(**hooks_of([recorder])).run(document, thread="t")
        recorder.close()
    assert outcome.report["totals"]["calls"] > 0
    assert "The figures of run t were not kept: OSError: no store" in caplog.text
