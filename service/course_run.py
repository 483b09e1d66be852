"""Start or continue one run against the store of runs, and write what comes of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command
from pydantic import ValidationError

from courseai.course.errors import CourseAIError, InputRejectedError, InsufficientLessonsError, SettingsError
from courseai.course.output import Course
from courseai.course.plan import CoursePlan
from courseai.course.state import CourseState, Json, RunContext
from courseai.graph.build import CourseGraph, build_graph
from courseai.graph.checkpoints import RunStore, open_run_store
from courseai.graph.services import make_services
from courseai.models.provider import Provider, provider_from_environment
from courseai.nodes.report import make_report
from courseai.service.files import json_text, prepare_folder, write_files
from courseai.service.page import render_page
from courseai.service.progress import ProgressView
from courseai.service.register import RunRegister, RunSettings, RunStatus


@dataclass(frozen=True)
class RunOutcome:
    """Where a run stands when the command ends."""

    run_id: str
    status: RunStatus
    settings: RunSettings
    paths: list[Path] = field(default_factory=list)
    report: Json | None = None
    """Of a finished run."""
    request: Json | None = None
    """What a person has to decide, of a run that waits for review."""


@dataclass(frozen=True)
class _Run:
    run_id: str
    settings: RunSettings
    store: RunStore
    register: RunRegister

    @property
    def config(self) -> RunnableConfig:
        return {"configurable": {"thread_id": self.run_id}}


async def start_run(
    run_id: str, topic: str, settings: RunSettings, provider: Provider, view: ProgressView
) -> RunOutcome:
    """Make a course. What the graph or the gateway raises is raised, with a note on how to continue."""
    async with open_run_store() as store:
        run = _Run(run_id, settings, store, RunRegister(store.path))
        run.register.add(run_id, topic, settings)
        return await _drive(run, provider, _first_input(settings), view)


async def resume_run(
    run_id: str, decisions: Json | list[Any] | None, folder: Path | None, view: ProgressView
) -> RunOutcome:
    """Continue a run; one that is finished gets its files again. Raises `RunNotFoundError`."""
    async with open_run_store() as store:
        register = RunRegister(store.path)
        settings = register.settings(run_id)
        if folder:
            settings = settings.model_copy(update={"folder": folder})
        run = _Run(run_id, settings, store, register)
        prepare_folder(settings.folder)
        checkpoint = await store.saver.aget_tuple(run.config)
        values = cast(CourseState, checkpoint.checkpoint["channel_values"] if checkpoint else {})
        if values.get("status") == "finished":
            _refuse_decisions(run_id, decisions)
            return _finished(run, values)
        return await _continue(run, values, decisions, view)


async def _continue(
    run: _Run, values: CourseState, decisions: Json | list[Any] | None, view: ProgressView
) -> RunOutcome:
    provider = _same_provider(run)
    request = await _pending_request(run)
    if request is None:
        _refuse_decisions(run.run_id, decisions)
        if "plan" in values:
            view.plan(values["plan"])
        return await _drive(run, provider, None if values else _first_input(run.settings), view)
    if decisions is None:
        return _waiting(run, request)
    return await _drive(run, provider, Command(resume=decisions), view)


async def _drive(run: _Run, provider: Provider, graph_input: Any, view: ProgressView) -> RunOutcome:
    services = make_services(
        provider, policy=run.settings.policy, journal=run.store.journal, drafts=run.store.drafts
    )
    graph = build_graph(services, run.store.saver)
    try:
        with view:
            await _stream(graph, graph_input, run, view)
        snapshot = await graph.aget_state(run.config)
    except InsufficientLessonsError as error:
        paths = await _save_short_run(run, graph)
        error.__notes__ = [f"What there is was saved: {', '.join(map(str, paths))}"]
        raise
    except Exception as error:
        # In place of LangGraph's note, which names its task by a random id.
        error.__notes__ = [resume_hint(run.run_id)]
        raise
    finally:
        await services.aclose()
    if snapshot.interrupts:
        request = snapshot.interrupts[0].value
        if problem := request.get("error"):
            raise SettingsError(f"The decisions cannot be used: {problem} The run still waits for them.")
        return _waiting(run, request)
    return _finished(run, cast(CourseState, snapshot.values))


async def _stream(graph: CourseGraph, graph_input: Any, run: _Run, view: ProgressView) -> None:
    context = RunContext(review=run.settings.review, seed=run.settings.seed)
    async for part in graph.astream(
        graph_input,
        run.config,
        context=context,
        stream_mode=["custom", "updates"],
        subgraphs=True,
        durability="sync",
        version="v2",
    ):
        if part["type"] == "custom":
            view.note(part["data"])
        elif part["type"] == "updates" and (plan := (part["data"].get("validation") or {}).get("plan")):
            view.plan(plan)


def resume_hint(run_id: str) -> str:
    """How to go on with a run that stopped."""
    return f"Nothing that was paid for is lost. Continue with: courseai resume {run_id}"


def _first_input(settings: RunSettings) -> Json:
    return {"analysis_result": settings.document, "language": settings.language}


async def _pending_request(run: _Run) -> Json | None:
    """What the run waits for a person to decide, if it does."""
    checkpoint = await run.store.saver.aget_tuple(run.config)
    writes = (checkpoint.pending_writes or []) if checkpoint else []
    interrupts = [value for _task, channel, value in writes if channel == "__interrupt__"]
    request: Json | None = interrupts[-1][0].value if interrupts else None
    return request


def _refuse_decisions(run_id: str, decisions: Json | list[Any] | None) -> None:
    if decisions is not None:
        raise SettingsError(f"Run {run_id} does not wait for decisions; leave out --decisions.")


def _same_provider(run: _Run) -> Provider:
    """Who serves the models now; it has to be who did when the run began, so that the report stays true."""
    settings = run.settings
    provider = provider_from_environment(
        os.environ, settings.base_url, settings.model, settings.offline_settings
    )
    if provider.name != settings.provider:
        raise SettingsError(
            f"Run {run.run_id} was begun with {settings.author}, and now {provider.label} would answer. "
            "Set the keys and URLs in the environment as they were, or start a new run."
        )
    return provider


def _finished(run: _Run, values: CourseState) -> RunOutcome:
    """Check the course against the schema that the next stage reads, and write its files."""
    if values["status"] == "rejected":
        raise InputRejectedError(f"Run {run.run_id} was rejected; see `courseai validate`.")
    course, report = _checked(values["course"], run.run_id), values["report"]
    contents = {
        "report.json": json_text(report),
        "course.html": render_page(course, report, run.settings.author),
        "course.json": json_text(course),
    }
    paths = write_files(run.settings.folder, contents)
    run.register.mark(run.run_id, "finished")
    return RunOutcome(run.run_id, "finished", run.settings, paths, report)


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


def _waiting(run: _Run, request: Json) -> RunOutcome:
    paths = write_files(run.settings.folder, {"review.json": json_text(request)})
    run.register.mark(run.run_id, "waiting_for_review")
    return RunOutcome(run.run_id, "waiting_for_review", run.settings, paths, request=request)


async def _save_short_run(run: _Run, graph: CourseGraph) -> list[Path]:
    """The report of a run that wrote too few lessons: calls, drafts and verdicts, for finding out why."""
    state = cast(CourseState, (await graph.aget_state(run.config)).values)
    calls = await run.store.journal.calls(state["run_id"])
    plan = CoursePlan.model_validate(state["plan"])
    report = make_report(state, plan, calls, run.settings.policy) | {"status": "insufficient_lessons"}
    run.register.mark(run.run_id, "insufficient_lessons")
    return write_files(run.settings.folder, {"report.json": json_text(report)})
