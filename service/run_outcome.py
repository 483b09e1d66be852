"""What comes of a run: its files are written, and the list of runs says where it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from langchain_core.runnables import RunnableConfig
from pydantic import ValidationError

from courseai.course.errors import BudgetExceededError, CourseAIError, InputRejectedError
from courseai.course.output import Course
from courseai.course.plan import CoursePlan
from courseai.course.state import CourseState, Json
from courseai.graph.build import CourseGraph
from courseai.graph.run import Stop, thread
from courseai.nodes.budget_report import budget_report
from courseai.nodes.report import make_report
from courseai.service.budget_stop import raise_hint, save_stopped_run
from courseai.service.files import json_text, write_files
from courseai.service.page import render_page
from courseai.store.register import RunSettings, RunStatus
from courseai.store.run_store import RunStore


@dataclass(frozen=True)
class RunOutcome:
    """Where a run stands when the command ends."""

    run_id: str
    status: RunStatus
    settings: RunSettings
    paths: list[Path] = field(default_factory=list)
    course: Json | None = None
    report: Json | None = None
    """Of a finished run, both."""
    request: Json | None = None
    """What a person has to decide, of a run that waits for review."""


@dataclass(frozen=True)
class OpenRun:
    """A run that this process holds (store/fence.py) and works on."""

    run_id: str
    settings: RunSettings
    store: RunStore
    stop: Stop
    say: Callable[[str], None]
    """Tells a person what differs from how it was begun."""
    ceiling_usd: float | None = None
    """The most that it may cost; None for the policy's."""
    without_missing: bool = False
    """To go on without the lessons that no model could be reached for."""

    @property
    def config(self) -> RunnableConfig:
        """LangGraph's name for it."""
        return thread(self.run_id)

    def mark(self, status: RunStatus) -> None:
        """Note where it stands. Blocks for one statement: in an event loop, call it in a thread."""
        self.store.register.mark(self.run_id, status)


def finished(run: OpenRun, values: CourseState) -> RunOutcome:
    """Check the course against the schema that the next stage reads, and write its files.

    Raises `InputRejectedError` for a run without a course.
    """
    if values["status"] == "rejected":
        raise InputRejectedError(f"Run {run.run_id} was rejected; see `courseai validate`.")
    course, report = _checked(values["course"], run.run_id), values["report"]
    if run.settings.adopted:
        report = report | {"earlier_versions": [basis.model_dump() for basis in run.settings.adopted]}
    contents = {
        "report.json": json_text(report),
        "course.html": render_page(course, report, run.settings.author),
        "course.json": json_text(course),
    }
    paths = write_files(run.settings.folder, contents)
    run.mark("finished")
    return RunOutcome(run.run_id, "finished", run.settings, paths, course, report)


def waiting(run: OpenRun, request: Json) -> RunOutcome:
    """Write what a person has to decide."""
    paths = write_files(run.settings.folder, {"review.json": json_text(request)})
    run.mark("waiting_for_review")
    return RunOutcome(run.run_id, "waiting_for_review", run.settings, paths, request=request)


async def stopped_by_budget(run: OpenRun, error: BudgetExceededError) -> list[str]:
    """Save what there is; returns where it is and how to go on."""
    budget, folder = run.settings.policy.budget, run.settings.folder
    paths = await save_stopped_run(run.store, budget, folder, error)
    await run.store.database.in_thread(run.mark, "budget_stop")
    return [f"What there is was saved: {', '.join(map(str, paths))}", raise_hint(error)]


async def short_of_lessons(run: OpenRun, graph: CourseGraph) -> list[Path]:
    """The report of a run that wrote too few lessons: calls, drafts and verdicts, for finding out why."""
    state = cast(CourseState, (await graph.aget_state(run.config)).values)
    calls = await run.store.journal.calls(state["run_id"])
    plan = CoursePlan.model_validate(state["plan"])
    report = make_report(state, plan, calls, run.settings.policy) | {"status": "insufficient_lessons"}
    report["budget"] = await budget_report(run.store.journal, run.run_id, run.settings.policy.budget)
    await run.store.database.in_thread(run.mark, "insufficient_lessons")
    return write_files(run.settings.folder, {"report.json": json_text(report)})


def _checked(course: Json, run_id: str) -> Json:
    try:
        Course.model_validate(course)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise CourseAIError(
            f"The course of run {run_id} breaks its schema at {place}: {first['msg']}."
        ) from error
    return course
