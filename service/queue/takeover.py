"""Jobs of workers that died or stand still go to others; one that kills its workers is set aside.

A worker that stands still keeps the advisory lock of its runs, since its connections stay open: so they are
ended from here, and the run's epoch (store/epoch.py) keeps it from writing and paying should it wake up. Its
job is ended too and another one added in its place, so that what it tells Procrastinate when it wakes up
reaches nobody.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job, Status
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from courseai.service.queue.course_queue import QUEUE, CourseQueue
from courseai.service.queue.table import COURSE_TROUBLE
from courseai.store.tables import CALL

_log = logging.getLogger(__name__)

_IS_UNDER_WAY = "SELECT id FROM procrastinate_jobs WHERE id = %s AND status = 'doing' FOR UPDATE"
_END = "SELECT procrastinate_finish_job_v1(%s, %s, false)"

MOST_DEATHS = 5
"""So many workers in a row that die over a course before it came any further set it aside."""


@dataclass(frozen=True)
class Deaths:
    """How often workers died over a course in a row, while its journal stayed at so many finished calls."""

    count: int = 0
    calls: int = 0

    def once_more(self, calls: int) -> Deaths:
        """After another one; a course that came further meanwhile is no reason for it."""
        return Deaths(self.count + 1 if calls == self.calls else 1, calls)

    @property
    def are_too_many(self) -> bool:
        """Whether the course itself is the likely reason."""
        return self.count >= MOST_DEATHS


class Takeover:
    """Looks for jobs that nobody works on, again and again; every worker has one.

    A worker is taken for dead `stalled_s` seconds after its last heartbeat.
    """

    def __init__(self, queue: CourseQueue, stalled_s: float) -> None:
        self._queue = queue
        self._stalled_s = stalled_s
        self._manager = queue.app.job_manager
        self._suspects: set[int] = set()

    async def look(self, worker_id: int | None, at_work: set[int]) -> None:
        """Take over what others have left, and what this worker has lost: jobs that it is on record for and
        does not work on, in two looks one after the other.
        """
        with self._queue.errors():
            stalled = await self._manager.get_stalled_jobs(
                queue=QUEUE, seconds_since_heartbeat=self._stalled_s
            )
            lost = await self._lost(worker_id, at_work)
        for job in stalled:
            # This worker has stood still itself, and goes on: its course has nobody else yet.
            if job.id not in at_work:
                await self._take_over(job)
        for job in lost:
            await self._hand_on(job)

    async def _lost(self, worker_id: int | None, at_work: set[int]) -> list[Job]:
        if worker_id is None:
            return []
        jobs = await self._manager.list_jobs_async(queue=QUEUE, status="doing", worker_id=worker_id)
        missing = [job for job in jobs if job.id not in at_work]
        suspects, self._suspects = self._suspects, {job.id for job in missing if job.id}
        return [job for job in missing if job.id in suspects]

    async def _take_over(self, job: Job) -> None:
        run_id = str(job.lock)
        read = self._queue.store.database.read
        before, calls = await read(partial(_deaths, run_id))
        deaths = before.once_more(calls)
        await self._queue.store.fence.break_open(run_id, self._stalled_s)
        was_there = await (self._set_aside(job) if deaths.are_too_many else self._hand_on(job))
        if not was_there:
            return  # Another worker was quicker, or this one moved after all.
        await self._note(run_id, deaths)
        fate = "is set aside" if deaths.are_too_many else "goes on in another worker"
        _log.warning("The worker of run %s died or stands still; the run %s.", run_id, fate)

    async def _hand_on(self, job: Job) -> bool:
        """End a job and add its successor, both or neither. Whether it was this call that ended it."""
        successor = job.evolve(id=None, status=None, attempts=0, scheduled_at=None, worker_id=None)
        with self._queue.errors(), suppress(AlreadyEnqueued):
            async with self._queue.transaction() as connection:
                if await _ended(connection, job, Status.ABORTED):
                    await self._manager.batch_defer_jobs_async([successor], connection=connection)
                    return True
        return False

    async def _set_aside(self, job: Job) -> bool:
        """End a job for good. Whether it was this call that ended it."""
        with self._queue.errors():
            async with self._queue.transaction() as connection:
                return await _ended(connection, job, Status.FAILED)

    async def _note(self, run_id: str, deaths: Deaths) -> None:
        problem = None
        if deaths.are_too_many:
            text = (
                f"{deaths.count} workers in a row died or stood still over it, and it came no further. "
                f"Look for the reason in their logs, then: courseai jobs retry {run_id}"
            )
            problem = self._queue.store.database.seal.close_text(text)
        values = {
            "deaths": deaths.count,
            "calls": deaths.calls,
            "is_set_aside": deaths.are_too_many,
            "sealed_problem": problem,
        }
        row = insert(COURSE_TROUBLE).values(run_id=run_id, **values)
        upsert = row.on_conflict_do_update(index_elements=["run_id"], set_=values)
        await self._queue.store.database.write(lambda connection: connection.execute(upsert))


async def _ended(connection: psycopg.AsyncConnection[Any], job: Job, status: Status) -> bool:
    """Whether it was under way until now."""
    found = await connection.execute(_IS_UNDER_WAY, (job.id,))
    if found.rowcount != 1:
        return False
    await connection.execute(_END, (job.id, status.value))
    return True


def _deaths(run_id: str, connection: Connection) -> tuple[Deaths, int]:
    """Those so far, and the finished calls of the run now."""
    table = COURSE_TROUBLE.c
    known = connection.execute(select(table.deaths, table.calls).where(table.run_id == run_id)).first()
    finished = select(func.count()).where(CALL.c.run_id == run_id, CALL.c.record.is_not(None))
    calls = int(connection.execute(finished).scalar_one())
    return Deaths(known.deaths, known.calls) if known else Deaths(), calls
