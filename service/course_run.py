"""Start or continue one run against the store of runs."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from courseai.course.errors import (
    BudgetExceededError,
    InsufficientLessonsError,
    SettingsError,
)
from courseai.course.policy import default_policy
from courseai.course.state import CourseState, Json, RunContext
from courseai.graph.run import Stop, advance, ask_again, next_input, standing
from courseai.models.provider import Provider, provider_from_environment
from courseai.ops.watch import Watcher
from courseai.service.budget_stop import same_ceiling
from courseai.service.files import disk_error, prepare_folder
from courseai.service.new_run import NewRun
from courseai.service.progress import ProgressView
from courseai.service.run_outcome import (
    OpenRun,
    RunOutcome,
    finished,
    short_of_lessons,
    stopped_by_budget,
    waiting,
)
from courseai.service.workbench import Tools, Workbench, open_workbench
from courseai.store.basis import Adopted, notices, policy_to_use, present_basis, require_prompts
from courseai.store.register import RunSettings
from courseai.store.run_store import RunStore

_log = logging.getLogger(__name__)


async def start_run(
    new: NewRun,
    view: ProgressView,
    *,
    stop: Stop | None = None,
    watchers: Sequence[Watcher] = (),
    bench: Workbench | None = None,
) -> RunOutcome:
    """Make a course. What the graph or the gateway raises is raised, with a note on how to continue.

    `bench` is what this process shares with its other runs, if there are any; it has watchers of its own.
    Raises `RunInUseError` when another process works on a run of that id.
    """
    async with _bench(bench, watchers) as shared, shared.store.fence.hold(new.run_id):
        store, settings = shared.store, new.settings
        await store.database.in_thread(store.register.add, new.run_id, new.topic, settings)
        run = OpenRun(
            new.run_id, settings, store, stop or Stop(), _log.warning, ceiling_usd=settings.budget_usd
        )
        async with shared.recorder.recording(store, run.run_id, settings):
            return await _drive(shared, run, new.provider, _first_input(settings), view)


async def resume_run(
    run_id: str,
    decisions: Json | list[Any] | None,
    folder: Path | None,
    view: ProgressView,
    *,
    adopt: Adopted | None = None,
    budget_usd: float | None = None,
    wait: bool = False,
    without_missing: bool = False,
    stop: Stop | None = None,
    say: Callable[[str], None] = _log.warning,
    watchers: Sequence[Watcher] = (),
    bench: Workbench | None = None,
) -> RunOutcome:
    """Continue a run; one that is finished gets its files again.

    `adopt` says which of this installation's prompts and policy to go on with where the run was begun with
    others (store/basis.py); `say` is told what differs. Raises `SettingsError` where it has to be decided.
    `budget_usd` is its ceiling from now on; raises `BudgetExceededError` where the run was stopped by its
    budget and this is no higher. `without_missing` lets a run that an outage stopped go on without the
    lessons that no model could be reached for; raises `SettingsError` where no such run stands still.
    Raises `RunNotFoundError`, and `RunInUseError` when another process works on it; with `wait`, once
    `stop` was asked for.
    """
    stop = stop or Stop()
    async with _bench(bench, watchers) as shared:
        store = shared.store
        # Nobody waits for a run that is not there.
        await store.database.in_thread(store.register.stored_settings, run_id)
        async with store.fence.hold(run_id, lambda: wait and not stop.is_requested):
            settings = await store.database.in_thread(_settings, store, run_id, adopt, say)
            if folder:
                settings = settings.model_copy(update={"folder": folder})
            run = OpenRun(run_id, settings, store, stop, say, without_missing=without_missing)
            async with shared.recorder.recording(store, run_id, settings):
                return await _resumed(shared, run, decisions, view, adopt=adopt, budget_usd=budget_usd)


def _bench(bench: Workbench | None, watchers: Sequence[Watcher]) -> AbstractAsyncContextManager[Workbench]:
    return open_workbench(watchers=watchers) if bench is None else nullcontext(bench)


def _settings(store: RunStore, run_id: str, adopt: Adopted | None, say: Callable[[str], None]) -> RunSettings:
    """As they are now: whoever worked on the run before may have changed them, or deleted it."""
    today = default_policy() if adopt in ("policy", "both") else None
    settings = store.register.settings(run_id, today)
    if settings.policy is today:
        say(f"The policy of run {run_id} cannot be read by this version; it goes on with today's.")
        store.register.change(run_id, settings)
    return settings


async def _resumed(
    bench: Workbench,
    run: OpenRun,
    decisions: Json | list[Any] | None,
    view: ProgressView,
    *,
    adopt: Adopted | None,
    budget_usd: float | None,
) -> RunOutcome:
    prepare_folder(run.settings.folder)
    now = await standing(run.store.saver, run.run_id)
    if decisions is not None and now.request is None:
        raise SettingsError(f"Run {run.run_id} does not wait for decisions; leave out --decisions.")
    if now.is_finished:
        with _saying_how_to_go_on(run.run_id):
            return await asyncio.to_thread(finished, run, now.state)
    provider = _same_provider(run)
    if now.request is not None and decisions is None:
        with _saying_how_to_go_on(run.run_id):
            return await asyncio.to_thread(waiting, run, now.request)
    run = await _with_ceiling(await asyncio.to_thread(_adopted, run, adopt), budget_usd)
    if now.request is None and "plan" in now.state:
        view.plan(now.state["plan"])
    return await _drive(bench, run, provider, next_input(now, _first_input(run.settings), decisions), view)


def _adopted(run: OpenRun, adopt: Adopted | None) -> OpenRun:
    """The run with the policy to go on with; what differs from its beginning is said, and stored."""
    settings, now = run.settings, present_basis()
    begun = settings.begun_with
    if begun is None or begun == now:
        return run
    require_prompts(run.run_id, begun, now, adopt)
    policy = policy_to_use(settings.policy, begun, now, adopt)
    for notice in notices(run.run_id, settings.policy, policy, begun, now):
        run.say(notice)
    if adopt is None:
        return run
    changes = {"policy": policy, "begun_with": now, "adopted": [*settings.adopted, begun]}
    changed = settings.model_copy(update=changes)
    run.store.register.change(run.run_id, changed)
    return replace(run, settings=changed)


async def _with_ceiling(run: OpenRun, budget_usd: float | None) -> OpenRun:
    """The run with the ceiling given, else its last; one that its budget stopped needs a higher one."""
    charges = await run.store.journal.charges(run.run_id)
    last_usd = charges.ceiling_usd or run.settings.budget_usd or run.settings.policy.budget.ceiling_usd
    in_thread = run.store.database.in_thread
    if await in_thread(run.store.register.status, run.run_id) == "budget_stop":
        if (budget_usd or 0.0) <= last_usd:
            raise same_ceiling(run.run_id, last_usd, charges.usd)
        await in_thread(run.mark, "unfinished")
    return replace(run, ceiling_usd=budget_usd or last_usd)


async def _drive(
    bench: Workbench, run: OpenRun, provider: Provider, graph_input: Any, view: ProgressView
) -> RunOutcome:
    budget = run.settings.policy.budget
    view.limits(run.ceiling_usd or budget.ceiling_usd, budget.target_usd)
    async with bench.tools(provider, run.settings) as tools:
        with _saying_how_to_go_on(run.run_id):
            return await _advanced(run, tools, graph_input, view)


async def _advanced(run: OpenRun, tools: Tools, graph_input: Any, view: ProgressView) -> RunOutcome:
    graph = tools.graph
    try:
        await ask_again(graph, run.run_id, without_missing=run.without_missing)
        with view:
            ended = await advance(
                graph,
                tools.services.gateway,
                run.run_id,
                graph_input,
                context=RunContext(
                    review=run.settings.review,
                    seed=run.settings.seed,
                    budget_usd=run.ceiling_usd,
                    highest_quality=run.settings.highest_quality,
                ),
                on_part=_shown(view),
                stop=run.stop,
            )
        if not ended:
            return RunOutcome(run.run_id, "unfinished", run.settings)
        snapshot = await graph.aget_state(run.config)
    except BudgetExceededError as error:
        error.__notes__ = await stopped_by_budget(run, error)
        raise
    except InsufficientLessonsError as error:
        paths = await short_of_lessons(run, graph)
        error.__notes__ = [f"What there is was saved: {', '.join(map(str, paths))}"]
        raise
    if snapshot.interrupts:
        request = snapshot.interrupts[0].value
        if problem := request.get("error"):
            raise SettingsError(f"The decisions cannot be used: {problem} The run still waits for them.")
        return await asyncio.to_thread(waiting, run, request)
    return await asyncio.to_thread(finished, run, cast(CourseState, snapshot.values))


@contextmanager
def _saying_how_to_go_on(run_id: str) -> Iterator[None]:
    """In place of LangGraph's note on an error, which names its task by a random id."""
    try:
        yield
    except (BudgetExceededError, InsufficientLessonsError):
        raise  # They say more themselves.
    except Exception as error:
        told = disk_error(error) or error
        told.__notes__ = [resume_hint(run_id)]
        raise told from told.__cause__


def _shown(view: ProgressView) -> Callable[[Any], None]:
    """Passes the parts of LangGraph's stream on to a view."""

    def show(part: Any) -> None:
        if part["type"] == "custom":
            view.note(part["data"])
        elif part["type"] == "updates" and (plan := (part["data"].get("validation") or {}).get("plan")):
            view.plan(plan)

    return show


def resume_hint(run_id: str) -> str:
    """How to go on with a run that stopped."""
    return f"Nothing that was paid for is lost. Continue with: courseai resume {run_id}"


def _first_input(settings: RunSettings) -> Json:
    return {"analysis_result": settings.document, "language": settings.language}


def _same_provider(run: OpenRun) -> Provider:
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
