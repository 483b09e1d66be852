"""The figures that real runs leave in the store, whatever becomes of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, select, text

from courseai.course.errors import BudgetExceededError, ModelUnavailableError
from courseai.course.intake import validate_value
from courseai.ops.history.figures import figures_of, state_of_report
from courseai.ops.history.recorder import catch_up
from courseai.service.course_run import resume_run, start_run
from courseai.service.new_run import NewRun, new_run
from courseai.service.progress import QuietView
from courseai.service.run_outcome import RunOutcome
from courseai.service.workbench import Workbench, open_workbench
from courseai.store.figure_tables import (
    BREAKER_FIGURE,
    CALL_FIGURE,
    DRAFT_FIGURE,
    FIGURES_OF_RUNS,
    LESSON_FIGURE,
    NODE_FIGURE,
    RUN_FIGURE,
    SECTION_FIGURE,
)
from courseai.store.run_archive import delete_older, delete_run
from courseai.store.run_store import RunStore, open_run_store
from courseai.store.tables import PROMPT
from tests.graph.conftest import changed_policy
from tests.graph.reviewing import STRICT

Json = dict[str, Any]
Starter = Callable[..., NewRun]
CHEAP_IS_OFF_TOPIC = {"openai/gpt-oss-20b": {"off_topic_share": 1.0}}
FRUGAL = changed_policy(metadata={"tier": "oss_20b"}, budget={"cheaper_tier": []})
IMPATIENT = changed_policy(availability={"backoff_s": [0.0]})
ALL_DOWN = {"*": {"status_faults": [{"status": 503, "share": 1.0}]}}


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """A store to be made, in each kind of database."""
    if request.param == "sqlite":
        return tmp_path
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def starting(document: Json, tmp_path: Path) -> Starter:
    """A run of three sections and ten lessons, to be started."""

    def make(models: Json | None = None, **options: Any) -> NewRun:
        settings = tmp_path / "offline.json"
        settings.write_text(json.dumps({"models": models or {}}))
        intake = validate_value(document, language="en")
        assert intake.analysis is not None
        chosen: dict[str, Any] = {
            "review": "flag",
            "seed": 0,
            "run_id": "r",
            "folder": tmp_path / "out",
        } | options
        return new_run(intake.analysis, "en", offline_settings=settings, **chosen)

    return make


async def start(bench: Workbench, new: NewRun) -> RunOutcome:
    """Bring it to rest."""
    return await start_run(new, QuietView(), bench=bench)


async def rows(store: RunStore, table: Table) -> list[Json]:
    """All rows of a table, in no order."""
    found = await store.database.read(lambda one: one.execute(select(table)).mappings().all())
    return [dict(row) for row in found]


async def run_row(store: RunStore) -> Json:
    """The figures of the one run."""
    (row,) = await rows(store, RUN_FIGURE)
    return row


async def test_a_finished_run_leaves_the_figures_of_its_report(place: Path | str, starting: Starter) -> None:
    async with open_workbench(place) as bench:
        outcome = await start(bench, starting(CHEAP_IS_OFF_TOPIC))
        report, store = outcome.report, bench.store
        assert report is not None
        row = await run_row(store)
        assert (row["status"], row["stretches"], row["stopped_by"]) == ("finished", 1, None)
        assert row["cost_usd"] == pytest.approx(report["totals"]["cost_usd"])
        assert (row["calls"], row["lessons"]) == (report["totals"]["calls"], report["lessons"]["written"])
        assert row["sections_escalated"] == report["escalations"]["sections_escalated"] > 0
        assert row["alignment"] == pytest.approx(report["quality"]["mean_alignment"], abs=1e-4)
        assert row["bloom_compliance"] == report["quality"]["bloom_compliance"]
        title = store.database.seal.open_text(row["sealed_title"])
        assert title == (outcome.course or {})["title"]
        expected = figures_of(state_of_report(report))
        for table, known in (
            (SECTION_FIGURE, expected.sections),
            (DRAFT_FIGURE, expected.drafts),
            (LESSON_FIGURE, expected.lessons),
        ):
            found = [
                {key: value for key, value in one.items() if key != "run_id"}
                for one in await rows(store, table)
            ]
            assert sorted(found, key=str) == sorted(known, key=str)
        nodes = {one["node"]: one for one in await rows(store, NODE_FIGURE)}
        assert nodes["assembly"]["times"] == 1
        assert nodes["draft"]["times"] == len(expected.drafts)
        assert 0 < nodes["judge"]["seconds"] < row["seconds"]


async def test_figures_of_a_run_that_was_stopped_and_went_on_are_kept_once(
    place: Path | str, starting: Starter
) -> None:
    async with open_workbench(place) as bench:
        with pytest.raises(BudgetExceededError):
            await start(bench, starting(CHEAP_IS_OFF_TOPIC, policy=FRUGAL, budget_usd=0.0035))
        stopped = await run_row(bench.store)
        assert (stopped["status"], stopped["budget_stops"]) == ("budget_stop", 1)
        assert stopped["stopped_by"] == "BudgetExceededError"
        calls = len(await rows(bench.store, CALL_FIGURE))
        assert 0 < calls == stopped["calls"]
        with pytest.raises(BudgetExceededError):
            await resume_run("r", None, None, QuietView(), bench=bench)
        assert await run_row(bench.store) == stopped
        outcome = await resume_run("r", None, None, QuietView(), budget_usd=0.2, bench=bench)
        ended = await run_row(bench.store)
    assert outcome.report is not None
    assert (ended["status"], ended["stretches"], ended["budget_stops"]) == ("finished", 2, 1)
    assert ended["calls"] == outcome.report["totals"]["calls"] > calls
    assert ended["seconds"] > stopped["seconds"] > 0
    assert ended["started_at"] == stopped["started_at"] < stopped["ended_at"] < ended["ended_at"]


async def test_sections_that_were_through_when_the_budget_ended_have_figures(
    tmp_path: Path, starting: Starter
) -> None:
    async with open_workbench(tmp_path) as bench:
        with pytest.raises(BudgetExceededError):
            await start(bench, starting(CHEAP_IS_OFF_TOPIC, policy=FRUGAL, budget_usd=0.0035))
        report = json.loads((tmp_path / "out" / "report.json").read_bytes())
        sections = {one["section_id"] for one in await rows(bench.store, SECTION_FIGURE)}
    assert sections == {one["section_id"] for one in report["sections"]} != set()


async def test_a_run_that_waits_says_for_how_many_decisions_and_since_when(
    tmp_path: Path, starting: Starter
) -> None:
    async with open_workbench(tmp_path) as bench:
        outcome = await start(bench, starting(review="ask", policy=changed_policy(alignment=STRICT)))
        waiting = await run_row(bench.store)
        await resume_run("r", None, None, QuietView(), bench=bench)
        assert await run_row(bench.store) == waiting
        assert outcome.request is not None
        items = len(outcome.request["action_requests"])
        assert waiting["items_waiting"] == items
        assert waiting["started_at"] < waiting["waiting_since"] <= waiting["ended_at"]
        approvals = {"decisions": [{"type": "approve"}] * items}
        await resume_run("r", approvals, None, QuietView(), bench=bench)
        ended = await run_row(bench.store)
    assert (ended["status"], ended["items_waiting"], ended["waiting_since"]) == ("finished", None, None)


async def test_an_outage_is_named_and_what_breakers_did_is_kept_until_it_is_old(
    tmp_path: Path, starting: Starter
) -> None:
    async with open_workbench(tmp_path) as bench:
        with pytest.raises(ModelUnavailableError):
            await start(bench, starting(ALL_DOWN, policy=IMPATIENT))
        row, changes = await run_row(bench.store), await rows(bench.store, BREAKER_FIGURE)
        assert (row["status"], row["stopped_by"]) == ("unfinished", "ModelUnavailableError")
        assert {(one["state"], one["reason"]) for one in changes} == {("open", "server_error")}
        await delete_older(bench.store, 0)
        assert await rows(bench.store, BREAKER_FIGURE) == []


async def test_a_run_is_seen_from_its_beginning(tmp_path: Path, starting: Starter) -> None:
    new = starting()
    async with open_workbench(tmp_path) as bench, bench.store.fence.hold("r"):
        bench.store.register.add("r", new.topic, new.settings)
        async with bench.recorder.recording(bench.store, "r", new.settings):
            row = await run_row(bench.store)
    assert (row["status"], row["ended_at"], row["stretches"]) == ("unfinished", None, 0)


async def test_deleting_a_run_deletes_all_that_is_kept_of_it(place: Path | str, starting: Starter) -> None:
    async with open_workbench(place) as bench:
        await start(bench, starting())
        tables = (*FIGURES_OF_RUNS, PROMPT)
        assert all([await rows(bench.store, table) for table in tables])
        await delete_run(bench.store, "r")
        assert [await rows(bench.store, table) for table in tables] == [[]] * len(tables)


async def test_a_request_that_is_sent_again_and_again_has_one_prompt(
    tmp_path: Path, starting: Starter
) -> None:
    async with open_workbench(tmp_path) as bench:
        with pytest.raises(ModelUnavailableError):
            await start(bench, starting(ALL_DOWN, policy=IMPATIENT))
        calls, prompts = await rows(bench.store, CALL_FIGURE), await rows(bench.store, PROMPT)
        kept = json.loads(bench.store.database.seal.open_text(prompts[0]["sealed_prompt"]))
    assert len(calls) > len(prompts) == 1
    assert kept["name"] == "metadata"
    assert "Python" in kept["user"]


async def test_figures_that_cannot_be_written_fail_no_run(
    tmp_path: Path, starting: Starter, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_workbench(tmp_path) as bench:
        await bench.store.database.write(lambda one: one.execute(text("DROP TABLE run_figure")))
        outcome = await start(bench, starting())
    assert outcome.status == "finished"
    assert "The figures of run r were not kept" in caplog.text


async def test_runs_of_an_older_version_are_caught_up_with(place: Path | str, starting: Starter) -> None:
    async with open_workbench(place) as bench:
        await start(bench, starting(CHEAP_IS_OFF_TOPIC))
    async with open_run_store(place) as store:
        derived = (RUN_FIGURE, SECTION_FIGURE, DRAFT_FIGURE, LESSON_FIGURE)
        before = {table.name: await rows(store, table) for table in derived}
        for table in (*derived, NODE_FIGURE):
            await store.database.write(partial(Connection.execute, statement=delete(table)))
        told: list[tuple[int, int]] = []
        await catch_up(store, lambda done, of: told.append((done, of)))
        await catch_up(store, lambda done, of: told.append((done, of)))
        after = {table.name: await rows(store, table) for table in derived}
    assert told == [(1, 1)]
    unknown = dict.fromkeys(("seconds", "ended_at", "sealed_title"))
    assert after["run_figure"][0] | unknown == before["run_figure"][0] | unknown
    assert after["run_figure"][0]["seconds"] is None
    assert after["run_figure"][0]["ended_at"] <= before["run_figure"][0]["ended_at"]
    for table in (SECTION_FIGURE, DRAFT_FIGURE, LESSON_FIGURE):
        assert after[table.name] == before[table.name]
