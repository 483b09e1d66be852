"""Where a run comes to rest, seen from its nodes alone: the same for the command line and for any server."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from courseai.course.errors import BudgetExceededError, InsufficientLessonsError, ModelUnavailableError
from courseai.course.state import Json
from courseai.graph.observation import Step

Ending = Literal[
    "finished",
    "waiting_for_review",
    "rejected",
    "insufficient_lessons",
    "budget_stop",
    "model_unavailable",
    "failed",
]
_RUNS_KEPT = 1024
"""Under way at once in one process; the oldest is forgotten first, and its end is then not told."""


@dataclass(frozen=True)
class RunEnd:
    """A run that came to rest. One that is stopped by a signal has no end yet: it can be resumed."""

    run_id: str
    ending: Ending
    seconds: float
    """Wall time of this stretch: since it began or was resumed, so waiting for a person is not in it."""
    report: Json | None = None
    """Of a finished run: its report, totals over all its stretches."""


@dataclass
class _Stretch:
    began: float
    ended: float | None = None


class RunFollower:
    """Tells each end once, whatever the other branches of the failed step still do. For any thread."""

    def __init__(self, tell: Callable[[RunEnd], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._clock = clock
        self._stretches: OrderedDict[str, _Stretch] = OrderedDict()
        self._lock = threading.Lock()

    def on_step(self, step: Step) -> None:
        """Follow a run by a node of it that ran."""
        if step.run_id is None:
            return
        now = self._clock()
        ending = _ending(step)
        with self._lock:
            stretch = self._stretch(step.run_id, now - step.seconds)
            if ending is None or stretch.ended is not None:
                return
            stretch.ended = now
        if ending != "stopped":
            report = step.update.get("report") if ending == "finished" else None
            self._tell(RunEnd(step.run_id, ending, now - stretch.began, report))

    def _stretch(self, run_id: str, node_began: float) -> _Stretch:
        """The stretch that a node belongs to; one that began after the last end begins a new one."""
        stretch = self._stretches.get(run_id)
        if stretch is None or (stretch.ended is not None and node_began >= stretch.ended):
            stretch = self._stretches[run_id] = _Stretch(node_began)
            self._stretches.move_to_end(run_id)
            while len(self._stretches) > _RUNS_KEPT:
                self._stretches.popitem(last=False)
        stretch.began = min(stretch.began, node_began)
        return stretch


def _ending(step: Step) -> Ending | Literal["stopped"] | None:
    if step.outcome == "failed":
        return _failure(step.error)
    if step.outcome == "interrupted":
        return "waiting_for_review" if step.node == "human_review" else None
    if step.update.get("status") == "rejected":
        return "rejected"
    return "finished" if step.node == "assembly" else None


def _failure(error: BaseException | None) -> Ending | Literal["stopped"]:
    if isinstance(error, asyncio.CancelledError):
        return "stopped"
    if isinstance(error, BudgetExceededError):
        return "budget_stop"
    if isinstance(error, InsufficientLessonsError):
        return "insufficient_lessons"
    return "model_unavailable" if isinstance(error, ModelUnavailableError) else "failed"
