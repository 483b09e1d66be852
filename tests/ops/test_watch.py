"""Watchers are told of everything a run does, and nothing that goes wrong in one reaches the run."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from courseai.course.errors import BudgetExceededError, InsufficientLessonsError
from courseai.models.draft_store import MemoryDraftStore
from courseai.models.journal import MemoryJournal
from courseai.ops.watch import Watcher, close_all, hooks_of
from tests.graph.conftest import PLANNED, changed_policy
from tests.graph.reviewing import STRICT, answer
from tests.graph.test_observation import SILENT

if TYPE_CHECKING:
    from courseai.graph.observation import Step
    from courseai.models.breaker import BreakerChange
    from courseai.models.call import Call
    from courseai.ops.course_figures import CourseFigures
    from courseai.ops.run_end import RunEnd
    from tests.graph.conftest import Json, PipelineMaker


class Notes(Watcher):
    """Notes everything."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.steps: list[Step] = []
        self.changes: list[BreakerChange] = []
        self.courses: list[CourseFigures] = []
        self.ends: list[RunEnd] = []

    def on_call(self, call: Call) -> None:
        self.calls.append(call)

    def on_step(self, step: Step) -> None:
        self.steps.append(step)

    def on_breaker(self, change: BreakerChange) -> None:
        self.changes.append(change)

    def on_course(self, course: CourseFigures) -> None:
        self.courses.append(course)

    def on_run_end(self, end: RunEnd) -> None:
        self.ends.append(end)


class Broken(Watcher):
    """Fails at everything."""

    def on_call(self, call: Call) -> None:
        raise RuntimeError(f"no place for {call.call_id}")

    def on_step(self, step: Step) -> None:
        raise RuntimeError(f"no place for {step.node}")

    def on_course(self, course: CourseFigures) -> None:
        raise RuntimeError(f"no place for {course.run_id}")

    def on_run_end(self, end: RunEnd) -> None:
        raise RuntimeError(f"no place for {end.run_id}")

    def close(self) -> None:
        raise RuntimeError("cannot be closed")


async def test_a_watcher_is_told_of_calls_nodes_and_the_end_of_a_run(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    notes = Notes()
    outcome = await make_pipeline(**hooks_of([notes])).run(document, thread="course-17")

    assert len(notes.calls) == outcome.report["totals"]["calls"] > 0
    assert notes.steps[-1].node == "assembly"
    (end,) = notes.ends
    assert (end.run_id, end.ending, end.report) == ("course-17", "finished", outcome.report)
    assert end.seconds >= max(step.seconds for step in notes.steps)


async def test_what_a_watcher_raises_fails_no_run_and_is_logged_once_a_hook(
    make_pipeline: PipelineMaker, document: Json, caplog: pytest.LogCaptureFixture
) -> None:
    notes = Notes()
    with caplog.at_level(logging.WARNING, logger="courseai.ops.watch"):
        outcome = await make_pipeline(**hooks_of([Broken(), notes])).run(document)

    assert outcome.report["totals"]["calls"] == len(notes.calls) > 1
    assert len(notes.ends) == 1
    hooks = [record.getMessage().partition(":")[0].rpartition(".")[2] for record in caplog.records]
    assert sorted(hooks) == ["on_call", "on_course", "on_run_end", "on_step"]


def test_a_watcher_that_cannot_be_closed_keeps_no_other_open(caplog: pytest.LogCaptureFixture) -> None:
    closed: list[str] = []

    class Second(Watcher):
        def close(self) -> None:
            closed.append("second")

    close_all([Broken(), Second()])
    assert closed == ["second"]
    assert "cannot be closed" in caplog.text


def test_without_watchers_there_are_no_hooks() -> None:
    assert not any(hooks_of([]).values())


async def test_a_run_that_waits_for_a_person_ends_there_and_begins_anew_with_the_answer(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    notes = Notes()
    strict = changed_policy(alignment=STRICT)
    pipeline = make_pipeline(**hooks_of([notes]), policy=strict, checkpointer=InMemorySaver())
    await pipeline.run(document, thread="waits", review="ask")
    await pipeline.answer(answer(), thread="waits")

    assert [end.ending for end in notes.ends] == ["waiting_for_review", "finished"]
    assert notes.ends[0].report is None


async def test_a_run_that_its_budget_stops_has_one_end_though_many_branches_fail(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    notes = Notes()
    policy = changed_policy(budget={"cheaper_tier": []}, output={"metadata_tokens": 1000})
    pipeline = make_pipeline(**hooks_of([notes]), policy=policy)
    with pytest.raises(BudgetExceededError):
        await pipeline.run(document, budget_usd=0.0037)
    assert [end.ending for end in notes.ends] == ["budget_stop"]


async def test_a_run_with_too_few_lessons_has_an_end_of_its_own(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    notes = Notes()
    with pytest.raises(InsufficientLessonsError):
        await make_pipeline(SILENT, **hooks_of([notes])).run(document)
    assert [end.ending for end in notes.ends] == ["insufficient_lessons"]
    (course,) = notes.courses
    assert {section.status for section in course.sections} == {"flagged"}


async def test_a_courses_figures_are_those_of_its_report(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    notes = Notes()
    faults = {"openai/gpt-oss-20b": {"off_topic_share": 1.0}}
    report = (await make_pipeline(faults, **hooks_of([notes])).run(document)).report

    (course,) = notes.courses
    assert [lesson.status for lesson in course.lessons] == [v["status"] for v in report["verdicts"]]
    assert course.escalated_sections == report["escalations"]["sections_escalated"] > 0
    reasons = [climb.reason for section in course.sections for climb in section.escalations]
    assert {reason: reasons.count(reason) for reason in reasons} == report["escalations"]["by_reason"]
    assert course.bloom_compliance == report["quality"]["bloom_compliance"]
    assert sorted(course.alignments["sections"]) == sorted(s["alignment"] for s in report["sections"])
    assert {s.section_id: s.complexity for s in course.sections} == {
        s["section_id"]: s["complexity"]["score"] for s in report["sections"]
    }


async def test_a_courses_figures_are_those_of_before_a_person_decided_and_told_once(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    asking, going_on = Notes(), Notes()
    strict = changed_policy(alignment=STRICT)
    store = InMemorySaver(), MemoryJournal(), MemoryDraftStore()
    parts = dict(zip(("checkpointer", "journal", "drafts"), store, strict=True))
    pipeline = make_pipeline(**hooks_of([asking]), policy=strict, **parts)
    await pipeline.run(document, thread="waits", review="ask")
    other_process = make_pipeline(**hooks_of([going_on]), policy=strict, **parts)
    await other_process.answer(answer(), thread="waits")

    (course,) = asking.courses
    assert course.flagged_lessons == len(course.lessons) == len(PLANNED)
    assert going_on.courses == []
    assert [end.ending for end in going_on.ends] == ["finished"]
