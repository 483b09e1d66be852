"""A worker: takes courses from the queue and makes some at a time, until it is asked to drain."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker

from courseai.course.errors import StoreUnavailableError
from courseai.graph.run import Stop
from courseai.ops.metrics.metrics import CourseQueueFigures
from courseai.ops.watch import Watcher
from courseai.service.monitoring import metrics_of
from courseai.service.queue.course_job import CourseJobs, Notice
from courseai.service.queue.course_queue import QUEUE, TASK, CourseQueue, open_queue, reason
from courseai.service.queue.figures import queue_figures
from courseai.service.queue.retry import CourseRetry
from courseai.service.queue.takeover import Takeover
from courseai.service.workbench import Workbench, open_workbench

_log = logging.getLogger(__name__)

_LOOK_S = 0.1
_STEP_END_S = 10.0
"""Seconds beyond the grace of calls in flight after which a course that does not end is cancelled."""


@dataclass(frozen=True)
class Pace:
    """How quickly workers notice things; the defaults are Procrastinate's, in seconds."""

    heartbeat_s: float = 10.0
    stalled_s: float = 30.0
    """After its last heartbeat a worker is taken for dead. Heartbeats share its event loop with courses."""
    poll_s: float = 5.0
    """Between two looks for jobs that nobody was told of: retries that are due."""


@dataclass
class Vitals:
    """How a worker is, for probes from another thread. Times are of `time.monotonic`, in seconds."""

    pace: Pace
    turned_at: float = field(default_factory=time.monotonic)
    """When its event loop last turned."""
    reached_at: float | None = None
    """When the database last answered."""
    is_draining: bool = False

    @property
    def is_alive(self) -> bool:
        """Whether the event loop turns; where it does not, only a restart helps."""
        return time.monotonic() - self.turned_at < 2 * self.pace.stalled_s

    @property
    def is_ready(self) -> bool:
        """Whether it takes courses."""
        if self.is_draining or self.reached_at is None:
            return False
        return time.monotonic() - self.reached_at < self.pace.stalled_s


class CourseWorker:
    """Makes courses of a queue, `concurrency` at once. `stop` drains it: courses under way go back."""

    def __init__(
        self,
        queue: CourseQueue,
        bench: Workbench,
        stop: Stop,
        notice: Notice,
        *,
        concurrency: int,
        out: Path | None = None,
        vitals: Vitals | None = None,
    ) -> None:
        self._queue = queue
        self._stop = stop
        self._concurrency = concurrency
        self._vitals = vitals or Vitals(Pace())
        self._pace = self._vitals.pace
        self._jobs = CourseJobs(queue, bench, notice, grace_s=stop.grace_s, out=out)
        self._takeover = Takeover(queue, self._pace.stalled_s)
        self._worker: Worker | None = None
        self.figures: CourseQueueFigures | None = None
        """The whole queue as it was at the last look, for metrics."""
        queue.app.task(name=TASK, queue=QUEUE, pass_context=True, retry=CourseRetry())(self._jobs.run)

    @property
    def place(self) -> str:
        """Where its queue is, for people."""
        return self._queue.store.database.location.words

    async def run(self) -> None:
        """Work until `stop` is asked for and every course under way has ended."""
        side = [asyncio.create_task(self._watch()), asyncio.create_task(self._look_after())]
        try:
            while not self._stop.is_requested:
                await self._work()
        finally:
            for task in side:
                task.cancel()
            await asyncio.gather(*side, return_exceptions=True)

    async def _work(self) -> None:
        """As one worker on record; it ends with `stop`, or when the database was away for too long."""
        self._worker = Worker(
            self._queue.app,
            queues=[QUEUE],
            concurrency=self._concurrency,
            fetch_job_polling_interval=self._pace.poll_s,
            abort_job_polling_interval=self._pace.poll_s,
            shutdown_graceful_timeout=self._stop.grace_s + _STEP_END_S,
            install_signal_handlers=False,
            update_heartbeat_interval=self._pace.heartbeat_s,
            stalled_worker_timeout=self._pace.stalled_s,
        )
        try:
            await self._worker.run()  # type: ignore[no-untyped-call]
        except ConnectorException as error:
            _log.warning("The queue cannot be reached, and is tried again: %s", reason(error))
        if not self._stop.is_requested:
            await asyncio.sleep(self._pace.poll_s)

    async def _watch(self) -> None:
        """Pass the stop on, which a signal handler has set, and show that the event loop turns."""
        asked = 0
        while True:
            self._vitals.turned_at = time.monotonic()
            wanted = self._stop.is_requested + self._stop.is_urgent
            if wanted > asked:
                asked, self._vitals.is_draining = wanted, True
                self._jobs.drain()
            if self._stop.is_requested and self._worker:
                self._worker.stop()  # type: ignore[no-untyped-call]
            await asyncio.sleep(_LOOK_S)

    async def _look_after(self) -> None:
        """Take over what dead workers have left, and see how long the queue is."""
        while True:
            try:
                worker_id = self._worker.worker_id if self._worker else None
                await self._takeover.look(worker_id, self._jobs.at_work)
                self.figures = await self._queue.store.database.read(
                    partial(queue_figures, stalled_s=self._pace.stalled_s)
                )
                self._vitals.reached_at = time.monotonic()
            except StoreUnavailableError as error:
                _log.warning("%s", error)
            except Exception:
                _log.exception("Jobs that nobody works on cannot be looked for")
            await asyncio.sleep(self._pace.heartbeat_s)


def worker_bench(watchers: Sequence[Watcher]) -> AbstractAsyncContextManager[Workbench]:
    """What all courses of a worker are made with: the store, and the services over their one gateway."""
    return open_workbench(watchers=watchers)


@asynccontextmanager
async def open_worker(
    stop: Stop,
    notice: Notice,
    watchers: Sequence[Watcher] = (),
    *,
    concurrency: int,
    out: Path | None = None,
    vitals: Vitals | None = None,
) -> AsyncIterator[CourseWorker]:
    """A worker for the queue in the store that the environment names.

    Raises `SettingsError` for a store without a queue, `StoreUnavailableError`.
    """
    async with worker_bench(watchers) as bench, open_queue(bench.store) as queue:
        worker = CourseWorker(queue, bench, stop, notice, concurrency=concurrency, out=out, vitals=vitals)
        if metrics := metrics_of(watchers):
            metrics.observe_courses(lambda: worker.figures)
        yield worker
