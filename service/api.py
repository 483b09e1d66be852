"""Make and continue courses from Python, with all that the command line guarantees: journal, fence, resume.

    outcome = await run_course(document, run_id="course-17", review="ask")
    outcome = await resume_course("course-17", {"decisions": [{"type": "approve"}]})

Runs are kept where the environment says (store/run_store.py), and both ways in see the same ones. To embed
the graph itself, in a store and a process of your own, see `courseai.graph`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from courseai.course.errors import InputRejectedError
from courseai.course.event import ProgressEvent
from courseai.course.intake import validate_value
from courseai.course.policy import Policy
from courseai.course.state import Json, ReviewMode
from courseai.graph.run import Stop
from courseai.ops.watch import Watcher
from courseai.service.course_run import resume_run, start_run
from courseai.service.new_run import new_run
from courseai.service.progress import QuietView
from courseai.service.run_outcome import RunOutcome
from courseai.store.basis import Adopted

__all__ = ["RunOutcome", "Stop", "resume_course", "run_course"]


class _Listener(QuietView):
    """Passes events on to a function."""

    def __init__(self, on_event: Callable[[ProgressEvent], None]) -> None:
        self._on_event = on_event

    def note(self, event: ProgressEvent) -> None:
        """See `ProgressView`."""
        self._on_event(event)


async def run_course(
    document: Json,
    *,
    language: str | None = None,
    folder: Path | None = None,
    run_id: str | None = None,
    review: ReviewMode = "flag",
    policy: Policy | None = None,
    seed: int | None = 0,
    budget_usd: float | None = None,
    highest_quality: Sequence[str] = (),
    base_url: str | None = None,
    model: str | None = None,
    on_event: Callable[[ProgressEvent], None] | None = None,
    stop: Stop | None = None,
    watchers: Sequence[Watcher] = (),
) -> RunOutcome:
    """Make a course of an analysis_result and write its files to `folder` (by default courses/TOPIC-RUN).

    The outcome's status says where the run stands: finished, waiting_for_review, or unfinished where `stop`
    was asked for. `budget_usd` is its ceiling, the policy's by default; `highest_quality` holds the ids of
    sections that the strongest model writes at once. `watchers` are told of every call and node
    (ops/watch.py); make them once for your process, and close them when it ends. Raises
    `InputRejectedError`, `SettingsError`, `RunInUseError`, `InsufficientLessonsError`,
    `ModelUnavailableError` and `BudgetExceededError`; after the last two `resume_course` goes on.
    """
    intake = validate_value(document, language=language)
    if intake.analysis is None or intake.language is None:
        raise InputRejectedError("; ".join(problem.message for problem in intake.problems))
    new = new_run(
        intake.analysis,
        intake.language,
        review=review,
        seed=seed,
        run_id=run_id,
        folder=folder,
        policy=policy,
        budget_usd=budget_usd,
        highest_quality=highest_quality,
        base_url=base_url,
        model=model,
    )
    return await start_run(new, _view(on_event), stop=stop, watchers=watchers)


async def resume_course(
    run_id: str,
    decisions: Json | list[Any] | None = None,
    *,
    folder: Path | None = None,
    adopt: Adopted | None = None,
    budget_usd: float | None = None,
    wait: bool = False,
    without_missing: bool = False,
    on_event: Callable[[ProgressEvent], None] | None = None,
    stop: Stop | None = None,
    watchers: Sequence[Watcher] = (),
) -> RunOutcome:
    """Continue any run, whatever stopped it; a finished one is only read. It raises what `resume_run` does.

    A run that waits for a person goes on with `decisions`, and without them still waits. One that an outage
    stopped asks for the missing lessons again, or goes on `without_missing` ones.
    """
    view = _view(on_event)
    return await resume_run(
        run_id,
        decisions,
        folder,
        view,
        adopt=adopt,
        budget_usd=budget_usd,
        wait=wait,
        without_missing=without_missing,
        stop=stop,
        watchers=watchers,
    )


def _view(on_event: Callable[[ProgressEvent], None] | None) -> QuietView:
    return _Listener(on_event) if on_event else QuietView()
