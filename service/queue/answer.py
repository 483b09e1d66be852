"""What a person decided on a course of the queue is given to the queue, and a worker goes on with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from courseai.graph.run import Stop
from courseai.service.queue.course_queue import CourseQueue, open_queue
from courseai.service.queue.standing import JobStanding
from courseai.service.queue.table import has_queue
from courseai.service.run_outcome import RunOutcome
from courseai.store.run_store import RunStore, open_run_store

_LOOK_S = 0.5


@asynccontextmanager
async def queue_if_any(store: RunStore) -> AsyncIterator[CourseQueue | None]:
    """The queue in a store's database; None where nothing was ever enqueued there."""
    if store.database.location.folder or not await store.database.read(has_queue):
        yield None
        return
    async with open_queue(store) as queue:
        yield queue


async def hand_over(run_id: str, decisions: Any) -> RunOutcome | None:
    """Give an answer to the queue where the run is one of its own; None where it is not.

    For the store that the environment names. The outcome is `unfinished`: a worker goes on with the run.
    Raises what `CourseQueue.answer` does.
    """
    async with open_run_store() as store, queue_if_any(store) as queue:
        if queue is None or run_id not in await queue.find([run_id]):
            return None
        await queue.answer(run_id, decisions)
        settings = await asyncio.to_thread(store.register.settings, run_id)
        return RunOutcome(run_id, "unfinished", settings)


async def followed(queue: CourseQueue, run_id: str, stop: Stop) -> JobStanding:
    """Where a run stands once workers are done with it, or `stop` was asked for."""
    while (job := await queue.last(run_id)).is_under_way and not stop.is_requested:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_S)  # It is in the database that something happens.
    return job
