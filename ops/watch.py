"""Watchers: what wants to know of calls, nodes, breakers and ends of runs, without any of them knowing it.

A way in (command line, server, worker, embedder) makes its watchers once for its process and passes them on:

    services = make_services(..., **hooks_of(watchers))

Whatever a watcher raises is logged once and dropped: monitoring never fails a run.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ParamSpec, TypedDict

from courseai.graph.observation import Step, StepHook
from courseai.models.breaker import BreakerChange
from courseai.models.call import Call
from courseai.ops.course_figures import CourseFigures
from courseai.ops.course_follower import CourseFollower
from courseai.ops.run_end import RunEnd, RunFollower

if TYPE_CHECKING:
    from langchain_core.callbacks import BaseCallbackHandler

_log = logging.getLogger(__name__)

P = ParamSpec("P")


class Watcher:
    """Override what you want to know. All but `close` is called while runs go on, by any thread: be quick."""

    callbacks: Sequence[BaseCallbackHandler] = ()
    """LangChain's handlers, told of the beginning of nodes and calls too: traces need that."""

    def on_call(self, call: Call) -> None:
        """A try at a model ended, and is written down."""

    def on_replay(self, call: Call) -> None:
        """An answer was read from the journal: it is that earlier call's, and is not paid again."""

    def on_step(self, step: Step) -> None:
        """A node ran."""

    def on_breaker(self, change: BreakerChange) -> None:
        """A circuit breaker changed its state."""

    def on_course(self, course: CourseFigures) -> None:
        """The pipeline has done what it can on a course; no person has decided on it yet. Once a course."""

    def on_run_end(self, end: RunEnd) -> None:
        """A run came to rest: finished, waiting for a person, or failed. Told after the step behind it."""

    def close(self) -> None:
        """Send what was kept back. Called once, outside of any event loop, before the process ends."""


class Hooks(TypedDict):
    """Keyword arguments of `make_services`."""

    on_call: Sequence[Callable[[Call], None]]
    on_replay: Sequence[Callable[[Call], None]]
    on_breaker: Sequence[Callable[[BreakerChange], None]]
    on_step: Sequence[StepHook]
    callbacks: Sequence[BaseCallbackHandler]


def hooks_of(watchers: Iterable[Watcher]) -> Hooks:
    """What `make_services` takes, for the watchers; nothing at all where there are none."""
    watched = list(watchers)
    if not watched:
        return Hooks(on_call=(), on_replay=(), on_breaker=(), on_step=(), callbacks=())
    courses = CourseFollower(_all([watcher.on_course for watcher in watched]))
    runs = RunFollower(_all([watcher.on_run_end for watcher in watched]))
    on_step = [*(watcher.on_step for watcher in watched), courses.on_step, runs.on_step]
    return Hooks(
        on_call=[_guarded(watcher.on_call) for watcher in watched],
        on_replay=[_guarded(watcher.on_replay) for watcher in watched],
        on_breaker=[_guarded(watcher.on_breaker) for watcher in watched],
        on_step=[_guarded(hook) for hook in on_step],
        callbacks=[handler for watcher in watched for handler in watcher.callbacks],
    )


def close_all(watchers: Iterable[Watcher]) -> None:
    """Close them side by side: each may wait seconds for what takes its last words.

    What one raises is logged. The threads keep no process alive whose user does not want to wait.
    """
    closing = [threading.Thread(target=_guarded(one.close), name="close", daemon=True) for one in watchers]
    for thread in closing:
        thread.start()
    for thread in closing:
        thread.join()


def _all(hooks: Sequence[Callable[P, None]]) -> Callable[P, None]:
    """One hook that tells each, whatever the others raise."""
    guarded = [_guarded(hook) for hook in hooks]

    def call(*record: P.args, **named: P.kwargs) -> None:
        for hook in guarded:
            hook(*record, **named)

    return call


def _guarded(hook: Callable[P, None]) -> Callable[P, None]:
    """The hook, whose first error is logged and whose every error is dropped."""
    has_failed = False

    def call(*record: P.args, **named: P.kwargs) -> None:
        nonlocal has_failed
        try:
            hook(*record, **named)
        except Exception as error:
            if not has_failed:
                has_failed = True
                name = getattr(hook, "__qualname__", repr(hook))
                _log.warning("Monitoring failed in %s: %s: %s", name, type(error).__name__, error)

    return call
