"""The watcher that records metrics (metric_table.py), for Prometheus to read and to be sent by OTLP."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from opentelemetry.sdk.metrics.export import MetricReader

from courseai.graph.observation import Step
from courseai.models.breaker import BreakerChange, BreakerState
from courseai.models.call import Call, Outcome
from courseai.ops.course_figures import CourseFigures
from courseai.ops.history.operation_history import ReviewQueue
from courseai.ops.metrics.instruments import Instruments
from courseai.ops.metrics.measurement import (
    of_breaker,
    of_call,
    of_course,
    of_replay,
    of_run_end,
    of_step,
)
from courseai.ops.metrics.metric_table import (
    OLDEST_REVIEW,
    QUEUE_FINISHED,
    QUEUE_OLDEST,
    QUEUE_SET_ASIDE,
    QUEUE_WAITING,
    QUEUE_WORKERS,
    QUEUE_WORKING,
    WAITING_REVIEWS,
    Metric,
)
from courseai.ops.run_end import RunEnd
from courseai.ops.watch import Watcher

_RUNS_KEPT = 1024
"""Runs whose cost is summed up for an end without a report; the oldest go first."""


@dataclass(frozen=True)
class CourseQueueFigures:
    """The queue of courses, as all workers share it."""

    waiting: int
    oldest_s: float
    """Seconds that the oldest has waited; 0 where none waits."""
    working: int
    workers: int
    set_aside: int
    finished_last_hour: int


_OF_QUEUE: Mapping[Metric, Callable[[CourseQueueFigures], float]] = {
    QUEUE_WAITING: lambda queue: queue.waiting,
    QUEUE_OLDEST: lambda queue: queue.oldest_s,
    QUEUE_WORKING: lambda queue: queue.working,
    QUEUE_WORKERS: lambda queue: queue.workers,
    QUEUE_SET_ASIDE: lambda queue: queue.set_aside,
    QUEUE_FINISHED: lambda queue: queue.finished_last_hour,
}


class Metrics(Watcher):
    """Records what it is told. One for a process; for any thread. `readers` are OpenTelemetry's."""

    def __init__(self, readers: Sequence[MetricReader] = ()) -> None:
        observed = {WAITING_REVIEWS: self._waiting_reviews, OLDEST_REVIEW: self._oldest_review_s}
        of_queue = {metric: partial(self._of_queue, read) for metric, read in _OF_QUEUE.items()}
        self._instruments = Instruments(readers, observed | of_queue)
        self._queue: Callable[[], ReviewQueue] | None = None
        self._courses: Callable[[], CourseQueueFigures | None] | None = None
        self._run_usd: OrderedDict[str, float | None] = OrderedDict()
        self._troubled: dict[tuple[str, str], BreakerChange] = {}
        self._lock = threading.Lock()

    @property
    def observes_reviews(self) -> bool:
        """Whether somebody tells of the runs that wait."""
        return self._queue is not None

    def observe_reviews(self, read: Callable[[], ReviewQueue] | None) -> None:
        """Ask this for the runs that wait whenever metrics are read, in the reader's thread; None ends it."""
        self._queue = read

    def observe_courses(self, read: Callable[[], CourseQueueFigures | None] | None) -> None:
        """The same for the courses that wait for a worker; nothing is measured where it gives None."""
        self._courses = read

    def exposition(self, accept: str = "") -> tuple[bytes, str]:
        """Everything as Prometheus reads it, and its content type; `accept` is the header of the request."""
        return self._instruments.exposition(accept)

    def on_call(self, call: Call) -> None:
        """See `Watcher`."""
        self._instruments.record(of_call(call))
        self._note_cost(call)
        self._note_answer(call)

    def on_replay(self, call: Call) -> None:
        """See `Watcher`."""
        self._instruments.record(of_replay(call))

    def on_breaker(self, change: BreakerChange) -> None:
        """See `Watcher`."""
        with self._lock:
            self._troubled[change.provider, change.model] = change
        self._instruments.record(of_breaker(change))

    def on_step(self, step: Step) -> None:
        """See `Watcher`."""
        self._instruments.record(of_step(step))

    def on_course(self, course: CourseFigures) -> None:
        """See `Watcher`."""
        self._instruments.record(of_course(course))

    def on_run_end(self, end: RunEnd) -> None:
        """See `Watcher`."""
        with self._lock:
            known_usd = self._run_usd.get(end.run_id)
            if end.report:
                self._run_usd.pop(end.run_id, None)
        self._instruments.record(of_run_end(end, known_usd))

    def close(self) -> None:
        """See `Watcher`."""
        self._queue = self._courses = None
        self._instruments.close()

    def _waiting_reviews(self) -> float | None:
        return self._queue().runs if self._queue else None

    def _oldest_review_s(self) -> float | None:
        return self._queue().oldest_s or 0.0 if self._queue else None

    def _of_queue(self, figure: Callable[[CourseQueueFigures], float]) -> float | None:
        figures = self._courses() if self._courses else None
        return figure(figures) if figures else None

    def _note_cost(self, call: Call) -> None:
        with self._lock:
            usd = self._run_usd.get(call.run_id)
            if call.cost_usd is not None:
                usd = (usd or 0.0) + call.cost_usd
            self._run_usd[call.run_id] = usd
            self._run_usd.move_to_end(call.run_id)
            while len(self._run_usd) > _RUNS_KEPT:
                self._run_usd.popitem(last=False)

    def _note_answer(self, call: Call) -> None:
        """A breaker that was left open ended with its run; that model's next answer shows that it is over."""
        if call.outcome is not Outcome.OK:
            return
        with self._lock:
            left = self._troubled.pop((call.provider, call.model_requested), None)
        if left:
            self._instruments.record(
                of_breaker(BreakerChange(left.provider, left.model, BreakerState.CLOSED, Outcome.OK))
            )
