"""One job in a worker: bring its course forward, and tell Procrastinate by an error what becomes of the job.

It returns where the course is made or waits for a person. What it raises is tried again or not by retry.py.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from procrastinate import JobContext
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from courseai.course.errors import CourseAIError, FenceLostError, RunNotFoundError, StoreUnavailableError
from courseai.graph.run import Stop, standing
from courseai.service.course_run import resume_run
from courseai.service.progress import QuietView
from courseai.service.queue.course_queue import CourseQueue
from courseai.service.queue.orders import Order, order_of
from courseai.service.queue.retry import DrainedError, retry_in_s
from courseai.service.queue.table import COURSE_TROUBLE
from courseai.service.run_outcome import RunOutcome
from courseai.service.workbench import Workbench

_log = logging.getLogger(__name__)

Notice = Callable[[str, str], None]
"""Told the id of a run and what became of its job, in words."""


class CourseJobs:
    """The jobs of one worker. `out` is a folder for all courses; without it each goes where it was asked for.

    `grace_s`: seconds that calls in flight get when the worker or a job is stopped.
    """

    def __init__(
        self, queue: CourseQueue, bench: Workbench, notice: Notice, *, grace_s: float, out: Path | None
    ) -> None:
        self._queue = queue
        self._bench = bench
        self._notice = notice
        self._grace_s = grace_s
        self._out = out
        self._stops: dict[int, Stop] = {}
        self._is_draining = False

    @property
    def at_work(self) -> set[int]:
        """Ids of the jobs that are under way here."""
        return set(self._stops)

    def drain(self) -> None:
        """Ask every course to end at its next step; a second time, at once."""
        self._is_draining = True
        for stop in self._stops.values():
            stop.request()

    async def run(self, context: JobContext, /, **arguments: Any) -> None:
        """The task that Procrastinate runs."""
        job_id = context.job.id
        assert job_id is not None
        order = order_of(arguments, self._bench.store.database.seal)
        stop = self._stops[job_id] = Stop(self._grace_s)
        if self._is_draining:
            stop.request()
        try:
            outcome = await _uncancelled(self._brought_forward(order, stop), stop)
        except asyncio.CancelledError:
            if context.abort_reason() is AbortReason.USER_REQUEST:
                raise JobAborted from None
            raise DrainedError from None
        except Exception as error:
            await self._failed(order.run_id, error, context.job.attempts)
            raise
        finally:
            del self._stops[job_id]
        if outcome.status == "unfinished":
            self._notice(order.run_id, "stopped, and goes on in another worker")
            raise DrainedError
        with suppress(StoreUnavailableError):
            await self._queue.forget_trouble(order.run_id)
        self._notice(order.run_id, outcome.status.replace("_", " "))

    async def _brought_forward(self, order: Order, stop: Stop) -> RunOutcome:
        return await resume_run(
            order.run_id,
            await self._decisions(order),
            self._out / order.run_id if self._out else None,
            QuietView(),
            budget_usd=order.budget_usd,
            stop=stop,
            say=partial(_log.warning, "%s: %s", order.run_id),
            bench=self._bench,
        )

    async def _decisions(self, order: Order) -> Any:
        """Those of the order, unless the run has taken them in already and its worker died after that."""
        if order.answer is None:
            return None
        now = await standing(self._bench.store.saver, order.run_id)
        return order.answer.decisions if now.request_id == order.answer.question_id else None

    async def _failed(self, run_id: str, error: Exception, attempts: int) -> None:
        """Note why, for `courseai jobs`; what is not ours is an error in our own code."""
        again_s = retry_in_s(error, attempts)
        said = " ".join([_words(error), *getattr(error, "__notes__", ())])
        rest = "" if again_s is None else f" Next try in {again_s:.0f} s."
        self._notice(run_id, said + rest)
        if not isinstance(error, CourseAIError):
            _log.error("The course of run %s failed", run_id, exc_info=error)
        if isinstance(error, FenceLostError | RunNotFoundError):
            return  # Another process has the run and tells of it now; or nobody does.
        sealed = self._bench.store.database.seal.close_text(said)
        with suppress(StoreUnavailableError):
            await self._bench.store.database.write(partial(_note_problem, run_id, sealed))


async def _uncancelled(work: Any, stop: Stop) -> RunOutcome:
    """Wait for it; where the job is cancelled meanwhile, ask it to stop and wait for that before."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stop.request()
        with suppress(Exception):
            await task
        raise


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, CourseAIError) else f"{type(error).__name__}: {error}"


def _note_problem(run_id: str, sealed: bytes, connection: Connection) -> None:
    row = insert(COURSE_TROUBLE).values(
        run_id=run_id, sealed_problem=sealed, deaths=0, calls=0, is_set_aside=False
    )
    connection.execute(row.on_conflict_do_update(index_elements=["run_id"], set_={"sealed_problem": sealed}))
