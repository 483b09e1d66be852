"""The queue of courses: what workers take from and everybody else adds to, in the store's own database."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import procrastinate
import psycopg
from procrastinate.connector import Notify
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job, Status
from sqlalchemy import Connection, Row, text

from courseai.course.errors import RunInUseError, RunNotFoundError, SettingsError
from courseai.course.state import Json
from courseai.graph.run import standing
from courseai.service.queue.fairness import first_turn, rank, ranks_of, turn_of
from courseai.service.queue.orders import Answer, Order
from courseai.service.queue.standing import JobStanding, JobState, job_state
from courseai.service.queue.table import prepare_queue
from courseai.store.database import BUSY_S, store_error
from courseai.store.run_store import RunStore, conninfo

_log = logging.getLogger(__name__)

QUEUE, TASK = "courses", "course"
"""Procrastinate's names for our queue and for the one task in it."""
_CONNECTIONS = 3
_PORTION = 200
"""Jobs that are added in one statement."""
_RECONNECT_S = 1.0
_LAST_JOBS = """
    SELECT job.id, job.lock AS run_id, job.status::text AS status, job.args, job.attempts, job.scheduled_at,
           run.status AS run_status,
           trouble.sealed_problem, coalesce(trouble.is_set_aside, false) AS is_set_aside,
           (SELECT min(at) FROM procrastinate_events
            WHERE job_id = job.id AND type = 'deferred') AS enqueued_at
    FROM (
        SELECT DISTINCT ON (lock) * FROM procrastinate_jobs
        WHERE queue_name = 'courses' {which} ORDER BY lock, id DESC
    ) AS job
    LEFT JOIN run ON run.run_id = job.lock
    LEFT JOIN course_trouble AS trouble ON trouble.run_id = job.lock
    ORDER BY job.id DESC
"""
_TURNS = """
    SELECT max(priority) AS front, min(priority) FILTER (WHERE args->>'tenant' = :tenant) AS last_own
    FROM procrastinate_jobs
    WHERE queue_name = 'courses' AND status = 'todo' AND priority BETWEEN :lowest AND :highest
"""


class _PatientConnector(procrastinate.PsycopgConnector):
    """Listens on while the server is restarted, where Procrastinate's own would end its worker."""

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        """See `PsycopgConnector`."""
        while True:
            try:
                await super().listen_notify(on_notification, channels)
            except ConnectorException:
                await asyncio.sleep(_RECONNECT_S)


class _PatientJobManager(procrastinate.manager.JobManager):
    """What became of a job that is not this worker's any more, or cannot be noted just now, is left.

    The first was taken over, and the second is found by those who look for jobs that nobody works on.
    """

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """See `JobManager`."""
        with _left_to_others(job):
            await super().finish_job(job, status, delete_job)

    async def retry_job(self, job: Job, *given: Any, **named: Any) -> None:
        """See `JobManager`."""
        with _left_to_others(job):
            await super().retry_job(job, *given, **named)


@contextmanager
def _left_to_others(job: Job) -> Iterator[None]:
    try:
        yield
    except ConnectorException as error:
        _log.warning("What became of job %s of run %s is not noted: %s", job.id, job.lock, reason(error))


def reason(error: ConnectorException) -> str:
    """The first line of what the database said."""
    return str(error.__cause__ or error).strip().partition("\n")[0]


class CourseQueue:
    """Open one with `open_queue`. Methods raise `StoreUnavailableError` where the database is away."""

    def __init__(self, store: RunStore, connector: procrastinate.PsycopgConnector) -> None:
        self.store = store
        self.app = procrastinate.App(connector=connector)
        self.app.job_manager = _PatientJobManager(connector)
        self._connector = connector

    async def enqueue(self, orders: Sequence[Order]) -> None:
        """Add courses that the store knows; those that are under way are left as they are."""
        for start in range(0, len(orders), _PORTION):
            await self._enqueue_portion(orders[start : start + _PORTION])

    async def answer(self, run_id: str, decisions: Any) -> None:
        """Have a run that waits for a person go on with these decisions, before the others of its priority.

        Raises `SettingsError` where it does not wait, `RunInUseError` where an earlier answer is under way.
        """
        last = await self.last(run_id)
        now = await standing(self.store.saver, run_id)
        if last.is_under_way:
            raise RunInUseError(f"Run {run_id} is under way already. Wait until it comes back.")
        if now.request is None:
            raise SettingsError(f"Run {run_id} does not wait for decisions.")
        answer = Answer(now.request_id, decisions)
        await self._defer([Order(run_id, last.tenant, last.priority, answer=answer)], is_first=True)

    async def last(self, run_id: str) -> JobStanding:
        """Where an enqueued run stands. Raises `RunNotFoundError` for one that never was enqueued."""
        found = await self.find([run_id])
        if run_id not in found:
            raise RunNotFoundError(f"Run {run_id} was not given to the queue; see courseai jobs.")
        return found[run_id]

    async def find(self, run_ids: Sequence[str]) -> dict[str, JobStanding]:
        """Where these runs stand; those that never were enqueued are left out."""
        rows = await self._rows("AND lock = ANY(:run_ids)", run_ids=list(run_ids))
        return {row.run_id: self._standing(row) for row in rows}

    async def all(self) -> list[JobStanding]:
        """Every enqueued run, the latest first."""
        return [self._standing(row) for row in await self._rows("")]

    async def cancel(self, run_id: str) -> JobState:
        """Take a course out; one that is being made ends at its next step. Gives the state that it was in.

        Raises `SettingsError` where it is not under way.
        """
        last = await self.last(run_id)
        if not last.is_under_way:
            raise SettingsError(f"Run {run_id} is not under way: {last.state.replace('_', ' ')}.")
        with self.errors():
            await self.app.job_manager.cancel_job_by_id_async(last.job_id, abort=True)
        return last.state

    async def retry(self, run_id: str, budget_usd: float | None = None) -> None:
        """Enqueue a course again that failed, was set aside or taken out; its deaths are forgotten.

        Raises `SettingsError` where it is under way, made, or waits for a person.
        """
        last = await self.last(run_id)
        if last.is_under_way or last.state in ("finished", "waiting_for_review"):
            raise SettingsError(f"Run {run_id} cannot be tried again: {last.state.replace('_', ' ')}.")
        await self.forget_trouble(run_id)
        await self._defer([Order(run_id, last.tenant, last.priority, budget_usd)])

    async def forget(self, run_ids: Sequence[str]) -> None:
        """Delete all jobs of runs that were deleted, with the answers and the problems that they hold."""
        await self.store.database.write(partial(_forget, list(run_ids)))

    async def forget_trouble(self, run_id: str) -> None:
        """Nothing is wrong with a course any more."""
        forget = text("DELETE FROM course_trouble WHERE run_id = :run_id")
        await self.store.database.write(lambda connection: connection.execute(forget, {"run_id": run_id}))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """A connection for several statements, all of which count or none."""
        async with self._connector.pool.connection() as connection, connection.transaction():
            yield connection

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raises `StoreUnavailableError` in place of what Procrastinate raises."""
        try:
            yield
        except AlreadyEnqueued:
            raise
        except (ConnectorException, psycopg.OperationalError) as error:
            raise store_error(self.store.database.location, error.__cause__ or error) from error

    async def _enqueue_portion(self, orders: Sequence[Order]) -> None:
        """Again where another process has enqueued some of them meanwhile: then these are under way."""
        while True:
            known = await self.find([order.run_id for order in orders])
            under_way = {run_id for run_id, job in known.items() if job.is_under_way}
            try:
                return await self._defer([order for order in orders if order.run_id not in under_way])
            except AlreadyEnqueued:
                continue

    async def _defer(self, orders: Sequence[Order], *, is_first: bool = False) -> None:
        """`is_first`: at the turn that is on, whatever else the tenant has waiting."""
        groups: defaultdict[tuple[str, int], list[Order]] = defaultdict(list)
        for order in orders:
            groups[order.tenant, order.priority].append(order)
        jobs = []
        for (tenant, priority), some in groups.items():
            front, last_own = await self._turns(tenant, priority)
            first = first_turn(front, None if is_first else last_own)
            jobs += [self._job(order, rank(priority, first + place)) for place, order in enumerate(some)]
        if jobs:
            with self.errors():
                await self.app.job_manager.batch_defer_jobs_async(jobs)

    def _job(self, order: Order, number: int) -> Job:
        return Job(
            queue=QUEUE,
            task_name=TASK,
            lock=order.run_id,
            queueing_lock=order.run_id,
            priority=number,
            task_kwargs=order.arguments(self.store.database.seal),
        )

    async def _turns(self, tenant: str, priority: int) -> tuple[int | None, int | None]:
        lowest, highest = ranks_of(priority)
        given = {"tenant": tenant, "lowest": lowest, "highest": highest}
        (row,) = await self.store.database.read(partial(_all_rows, _TURNS, given))
        front, last_own = (
            None if number is None else turn_of(number, priority) for number in (row.front, row.last_own)
        )
        return front, last_own

    async def _rows(self, which: str, **given: Any) -> Sequence[Row[Any]]:
        return await self.store.database.read(partial(_all_rows, _LAST_JOBS.format(which=which), given))

    def _standing(self, row: Row[Any]) -> JobStanding:
        sealed, seal = row.sealed_problem, self.store.database.seal
        state = job_state(row.status, row.run_status, is_set_aside=row.is_set_aside)
        return JobStanding(
            run_id=row.run_id,
            job_id=row.id,
            state=state,
            tenant=row.args["tenant"],
            priority=row.args["priority"],
            attempts=row.attempts,
            enqueued_at=row.enqueued_at.isoformat(timespec="seconds"),
            next_try_at=row.scheduled_at.isoformat(timespec="seconds")
            if row.scheduled_at and state == "queued"
            else None,
            problem=seal.open_text(sealed) if sealed else "",
        )


@asynccontextmanager
async def open_queue(store: RunStore) -> AsyncIterator[CourseQueue]:
    """The queue in a store's database, whose tables are made where they are missing.

    Raises `SettingsError` for a store that is not in PostgreSQL, `StoreUnavailableError`.
    """
    database = store.database
    if database.location.folder:
        raise SettingsError(
            f"A queue needs PostgreSQL, and runs are kept in {database.location.words}. Set "
            "COURSEAI_DATABASE_URL=postgresql://user:password@host/name."
        )
    await database.write(prepare_queue)
    connector = _PatientConnector(
        conninfo=conninfo(database.location, "courseai queue"),
        min_size=1,
        max_size=_CONNECTIONS,
        timeout=BUSY_S,
    )
    queue = CourseQueue(store, connector)
    with queue.errors():
        await queue.app.open_async()
    try:
        yield queue
    finally:
        await queue.app.close_async()


def _forget(run_ids: list[str], connection: Connection) -> None:
    for table, column in (("procrastinate_jobs", "lock"), ("course_trouble", "run_id")):
        statement = text(f"DELETE FROM {table} WHERE {column} = ANY(:run_ids)")
        connection.execute(statement, {"run_ids": run_ids})


def _all_rows(query: str, given: Json, connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(text(query), given).all()
