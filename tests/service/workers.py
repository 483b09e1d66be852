"""Workers as processes of their own, which notice each other's death within seconds."""

from __future__ import annotations

import asyncio
import functools
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from courseai.service.queue import worker as worker_module
from courseai.service.queue.course_queue import CourseQueue, open_queue
from courseai.service.queue.standing import JobStanding
from courseai.service.queue.worker import Pace
from courseai.store.run_store import open_run_store
from tests.service.lives import PROCESSES, live

QUICK = Pace(heartbeat_s=0.3, stalled_s=1.5, poll_s=0.3)
T = TypeVar("T")


def begin_worker(
    environment: Mapping[str, str], said: Path, *options: str, pace: Pace = QUICK
) -> BaseProcess:
    """`courseai worker` with these options; what it says goes to a file.

    `environment` is added to this process's, as it is now.
    """
    process = PROCESSES.Process(target=_work, args=(list(options), os.environ | environment, said, pace))
    process.start()
    return process


def _work(options: Sequence[str], environment: dict[str, str], said: Path, pace: Pace) -> None:
    quick = functools.partial(Pace, pace.heartbeat_s, pace.stalled_s, pace.poll_s)
    with patch.object(worker_module, "Pace", quick):
        live(["worker", *options], environment, said)


def with_queue(url: str, work: Callable[[CourseQueue], Awaitable[T]]) -> T:
    """Ask the queue in a database something."""

    async def run() -> T:
        async with open_run_store(url) as store, open_queue(store) as queue:
            return await work(queue)

    return asyncio.run(run())


async def at_rest(queue: CourseQueue, limit_s: float = 120) -> dict[str, JobStanding]:
    """Every course once nothing is under way any more."""
    return await until(queue, lambda jobs: not any(job.is_under_way for job in jobs.values()), limit_s)


async def until(
    queue: CourseQueue, holds: Callable[[dict[str, JobStanding]], Any], limit_s: float = 120
) -> dict[str, JobStanding]:
    """Every course once that is so."""
    end = time.monotonic() + limit_s
    while not holds(jobs := {job.run_id: job for job in await queue.all()}):
        assert time.monotonic() < end, jobs
        await asyncio.sleep(0.05)
    return jobs
