"""Runs one by one and their calls, in both databases."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from courseai.models.call import Outcome
from courseai.models.journal import Begun
from courseai.ops.history import run_history
from courseai.ops.history.figure_store import NodeFigure, note_begin
from courseai.ops.history.run_history import Page
from courseai.store.run_store import RunStore
from courseai.store.tables import RUN
from tests.ops.planting import NOON, PROMPT, Planted, call, days_before, plant, verdict


async def page(store: RunStore, **asked: Any) -> Page:
    """A part of the list."""
    found: Page = await sealed(store, run_history.run_page, **asked)
    return found


async def sealed(store: RunStore, query: Callable[..., Any], **asked: Any) -> Any:
    """What a query finds that opens texts."""
    return await store.database.read(partial(query, seal=store.database.seal, **asked))


async def test_runs_are_listed_page_by_page_from_the_newest(store: RunStore) -> None:
    for number in range(5):
        await plant(store, Planted(f"r{number}", days_before(5 - number), title=f"Course {number}"))
    found = await page(store, limit=2)
    assert ([run.title for run in found.runs], found.count) == (["Course 4", "Course 3"], 5)
    assert [run.run_id for run in (await page(store, limit=2, offset=4)).runs] == ["r0"]
    assert (await page(store, offset=5)).runs == []


@pytest.mark.parametrize(
    ("order", "first"), [("cost_usd", "dear"), ("alignment", "good"), ("lessons_flagged", "poor")]
)
async def test_the_highest_come_first_and_the_unknown_last(store: RunStore, order: str, first: str) -> None:
    flagged = [verdict("s1-l1", "FAIL", alignment=0.4)]
    await plant(store, Planted("poor", calls=[call("c1", usd=0.01)], verdicts=flagged))
    await plant(store, Planted("good", calls=[call("c2", usd=0.02)], verdicts=[verdict("s1-l1")]))
    await plant(
        store, Planted("dear", calls=[call("c3", usd=0.03)], verdicts=[verdict("s1-l1", alignment=0.5)])
    )
    await plant(store, Planted("unknown", calls=[call("c4", usd=None)]))
    found = await page(store, order=order)
    assert found.runs[0].run_id == first
    if order != "lessons_flagged":
        assert found.runs[-1].run_id == "unknown"


async def test_runs_of_a_status_or_with_a_beginning_are_found_and_wildcards_mean_themselves(
    store: RunStore,
) -> None:
    await plant(store, Planted("a_1", status="waiting_for_review"))
    await plant(store, Planted("a_2"))
    await plant(store, Planted("ab1"))
    assert [run.run_id for run in (await page(store, status="waiting_for_review")).runs] == ["a_1"]
    assert {run.run_id for run in (await page(store, beginning="a_")).runs} == {"a_1", "a_2"}
    assert (await page(store, beginning="%")).count == 0


async def test_a_run_that_has_not_rested_yet_shows_what_its_calls_cost_so_far(store: RunStore) -> None:
    planted = Planted("r", calls=[call("c1", usd=0.01), call("c2", usd=None)])
    await plant(store, planted)
    row = {"run_id": "new", "started_at": "2026-11-20T12:00:01+00:00", "status": "unfinished"}
    title = store.database.seal.close_text("Rain")
    texts = {"sealed_topic": title, "sealed_settings": title}
    await store.database.write(lambda one: one.execute(RUN.insert().values(row | texts)))
    await store.database.write(lambda one: note_begin(one, "new", title))
    new, rested = (await page(store)).runs
    assert (new.title, new.ended_at, new.calls, new.cost_usd, new.alignment) == ("Rain", None, 0, 0.0, None)
    assert (rested.calls, rested.calls_of_unknown_cost, rested.cost_usd) == (2, 1, 0.01)


async def test_calls_of_a_section_are_those_of_its_lessons_and_exercises_too(store: RunStore) -> None:
    subjects = ("course", "s1", "s1-l2", "s1-l2-e3", "s10", "s10-l1")
    calls = [call(f"c{number}", subject=subject) for number, subject in enumerate(subjects)]
    await plant(store, Planted("r", calls=calls))
    own = await store.database.read(partial(run_history.calls_of_run, run_id="r", subject="s1"))
    assert [one.subject for one in own] == ["s1", "s1-l2", "s1-l2-e3"]
    assert len(await store.database.read(partial(run_history.calls_of_run, run_id="r"))) == len(subjects)


async def test_a_run_is_parted_by_phase_tier_and_node(store: RunStore) -> None:
    calls = [call("c1", usd=0.002, tier="qwen3_max", phase="metadata"), call("c2", usd=0.001)]
    nodes = {"draft": NodeFigure(3, 1, 6.0, 4.0)}
    await plant(store, Planted("r", calls=calls, nodes=nodes))
    await plant(store, Planted("other", calls=[call("c3", usd=1.0)]))
    read = store.database.read
    phases = await read(partial(run_history.cost_of_run_by_phase, run_id="r"))
    tiers = await read(partial(run_history.cost_of_run_by_tier, run_id="r"))
    (node,) = await read(partial(run_history.node_times_of_run, run_id="r"))
    assert [part.name for part in phases] == ["metadata", "sections"]
    assert [part.name for part in tiers] == ["qwen3_max", "oss_20b"]
    assert (node.times, node.failures, node.mean_s, node.slowest_s) == (3, 1, 2.0, 4.0)


async def test_a_call_is_shown_with_its_prompt_its_answer_and_its_other_tries(store: RunStore) -> None:
    await plant(store, Planted("r", calls=[call("c1")]))
    begun = Begun("c2", "c1", "r", "sections", "draft", "s1", "oss_20b", "m", 1, 0.1, 0.2, "2026-11-20")
    await store.journal.begin(begun, PROMPT)
    found = await sealed(store, run_history.call_view, call_id="c1")
    assert (found.prompt["system"], found.prompt["user"]) == (PROMPT.system, PROMPT.user)
    assert (found.answer, found.record["outcome"]) == ("an answer", Outcome.OK)
    in_flight = await sealed(store, run_history.call_view, call_id="c2")
    assert (in_flight.record, in_flight.answer) == (None, None)
    assert in_flight.prompt == found.prompt
    assert [one.call_id for one in in_flight.tries] == ["c1"]


async def test_what_is_not_there_is_none(store: RunStore) -> None:
    assert await sealed(store, run_history.run_line, run_id="nobody") is None
    assert await sealed(store, run_history.call_view, call_id="nothing") is None
    await plant(store, Planted("r", NOON))
    assert (await sealed(store, run_history.run_line, run_id="r")).title == "Winds"
