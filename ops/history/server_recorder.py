"""Keeps the figures of runs whose checkpoints are not ours: those that a LangGraph server makes.

They are written where calls are journalled, when a run begins and whenever it comes to rest, in a thread of
their own: a server's event loop waits for no database. Whatever goes wrong is logged and never fails a run.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from courseai.course.state import CourseState, Json
from courseai.graph.observation import Step
from courseai.models.breaker import BreakerChange
from courseai.models.call import Call
from courseai.ops.history.figure_store import (
    NodeFigure,
    Rest,
    Work,
    breaker_row,
    moment,
    note_begin,
    note_rest,
)
from courseai.ops.history.figures import Row, figures_of
from courseai.ops.run_end import Ending, RunEnd
from courseai.ops.watch import Watcher
from courseai.store.database import Database

_log = logging.getLogger(__name__)

_RUNS_KEPT = 1024
"""Runs that were cut off have no end: the oldest is forgotten first."""
_STATUSES: Mapping[Ending, str] = {
    "finished": "finished",
    "waiting_for_review": "waiting_for_review",
    "budget_stop": "budget_stop",
    "insufficient_lessons": "insufficient_lessons",
    "model_unavailable": "unfinished",
    "failed": "unfinished",
}


@dataclass
class _Stretch:
    """What is known of a run since it began or went on."""

    began_at: str
    state: Json = field(default_factory=dict)
    nodes: dict[str, NodeFigure] = field(default_factory=dict)
    provider: str = ""
    last: Step | None = None

    def take(self, step: Step) -> None:
        """Learn from a node that ran. Those of a section see and write a part of the state only."""
        one = NodeFigure(1, int(step.outcome == "failed"), step.seconds, step.seconds)
        self.nodes[step.node] = self.nodes.get(step.node, NodeFigure()).plus(one)
        self.last = step
        if step.section_id is None:
            self.state = {**self.state, **step.given, **step.update}
        else:
            sections = {**self.state.get("sections", {}), **step.update.get("sections", {})}
            self.state = {**self.state, "sections": sections}


class ServerRecorder(Watcher):
    """One for a process. `database` opens the store's, at the first run."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database
        self._stretches: OrderedDict[str, _Stretch] = OrderedDict()
        self._breakers: list[Row] = []
        self._lock = threading.Lock()
        self._writer = ThreadPoolExecutor(1, "figures")

    def on_step(self, step: Step) -> None:
        """See `Watcher`."""
        if step.run_id is None:
            return
        with self._lock:
            stretch = self._stretch(step.run_id)
            is_known = "plan" in stretch.state
            stretch.take(step)
        if not is_known and "plan" in stretch.state:
            self._write(step.run_id, partial(_begin, run_id=step.run_id, stretch=stretch))

    def on_call(self, call: Call) -> None:
        """See `Watcher`."""
        with self._lock:
            self._stretch(call.run_id).provider = call.provider

    def on_breaker(self, change: BreakerChange) -> None:
        """See `Watcher`."""
        if row := breaker_row(change):
            with self._lock:
                self._breakers.append(row)

    def on_run_end(self, end: RunEnd) -> None:
        """See `Watcher`."""
        with self._lock:
            stretch = self._stretches.pop(end.run_id, None)
            if stretch is None or "plan" not in stretch.state:
                return
            breakers, self._breakers = self._breakers, []
        self._write(
            end.run_id, partial(_rest, end=end, stretch=stretch, ended_at=moment(), breakers=breakers)
        )

    def close(self) -> None:
        """See `Watcher`: what is under way is written."""
        self._writer.shutdown()

    def _stretch(self, run_id: str) -> _Stretch:
        stretch = self._stretches.setdefault(run_id, _Stretch(moment()))
        self._stretches.move_to_end(run_id)
        while len(self._stretches) > _RUNS_KEPT:
            self._stretches.popitem(last=False)
        return stretch

    def _write(self, run_id: str, work: Callable[[Database], object]) -> None:
        self._writer.submit(self._written, run_id, work)

    def _written(self, run_id: str, work: Callable[[Database], object]) -> None:
        try:
            work(self._database())
        except Exception as error:
            _log.warning("The figures of run %s were not kept: %s: %s", run_id, type(error).__name__, error)


def _begin(database: Database, *, run_id: str, stretch: _Stretch) -> Work:
    title = database.seal.close_text(_title(stretch.state))
    work = partial(note_begin, run_id=run_id, sealed_title=title, started_at=stretch.began_at)
    return database.write_now(work)


def _rest(database: Database, *, end: RunEnd, stretch: _Stretch, ended_at: str, breakers: list[Row]) -> None:
    items = _items(stretch.last) if end.ending == "waiting_for_review" else None
    error = stretch.last.error if stretch.last and stretch.last.outcome == "failed" else None
    rest = Rest(
        run_id=end.run_id,
        figures=figures_of(cast(CourseState, stretch.state)),
        sealed_title=database.seal.close_text(_title(stretch.state)),
        provider=stretch.provider,
        ended_at=ended_at,
        before=_begin(database, run_id=end.run_id, stretch=stretch),
        work=Work(1, end.seconds, 0, stretch.nodes),
        status=_STATUSES[end.ending],
        stopped_by=type(error).__name__ if error else None,
        items_waiting=items,
        waiting_since=ended_at if items is not None else None,
        breakers=breakers,
    )
    database.write_now(partial(note_rest, rest=rest))


def _items(step: Step | None) -> int:
    """How many a person is asked about: LangGraph's interrupt carries the question."""
    (question,) = cast(Any, step).error.args[0]
    return len(question.value["action_requests"])


def _title(state: Json) -> str:
    topic = state.get("analysis_result", {}).get("topic_analysis", {}).get("determined_topic")
    return str(state.get("metadata", {}).get("value", {}).get("title") or topic or "")
