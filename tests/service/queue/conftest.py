"""A store with a queue in a database of its own, batches for it, and a worker in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import Result

from courseai.graph.run import Stop
from courseai.service.queue.course_queue import CourseQueue, open_queue
from courseai.service.queue.standing import JobStanding
from courseai.service.queue.worker import Vitals, open_worker
from courseai.store.run_store import open_run_store
from tests.service.batch.conftest import BatchRunner, author
from tests.service.workers import QUICK, until

__all__ = ["author"]

T = TypeVar("T")


class QueueRunner(BatchRunner):
    """`courseai batch` with a store in PostgreSQL, and a look at its queue."""

    def __init__(self, courseai: Callable[..., Result], folder: Path, url: str) -> None:
        super().__init__(courseai, folder)
        self.environment["COURSEAI_DATABASE_URL"] = url

    def command(self, *arguments: str | Path) -> Result:
        """`courseai` on that store."""
        return self._courseai(*arguments, **self.environment)

    def give(self, source: Path, *options: str | Path) -> None:
        """The inputs to the queue, without following them."""
        given = self(source, "--queue", "env", "--detach", *options)
        assert given.exit_code == 0, given.output

    def ask(self, work: Callable[[CourseQueue], Awaitable[T]]) -> T:
        """The queue."""

        async def run() -> T:
            async with open_run_store() as store, open_queue(store) as queue:
                return await work(queue)

        return asyncio.run(run())

    def job(self) -> JobStanding:
        """The only course."""
        (job,) = self.ask(lambda queue: queue.all())
        return job

    def job_once(self, holds: Callable[[JobStanding], object]) -> JobStanding:
        """The only course, once that is so."""
        jobs = self.ask(lambda queue: until(queue, lambda jobs: all(map(holds, jobs.values()))))
        (job,) = jobs.values()
        return job

    def at_rest(self) -> JobStanding:
        """The only course, once it is not under way any more."""
        return self.job_once(lambda job: not job.is_under_way)


@pytest.fixture
def batch(
    courseai: Callable[..., Result], postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> QueueRunner:
    """In a database of its own, where workers of this process look too."""
    monkeypatch.setenv("COURSEAI_DATABASE_URL", postgres_url)
    return QueueRunner(courseai, tmp_path, postgres_url)


@contextmanager
def working(out: Path | None = None) -> Iterator[Vitals]:
    """A worker meanwhile, which makes two courses at once."""
    stop, vitals = Stop(grace_s=5), Vitals(QUICK)

    async def work() -> None:
        async with open_worker(stop, lambda *_: None, concurrency=2, out=out, vitals=vitals) as worker:
            await worker.run()

    thread = threading.Thread(target=asyncio.run, args=(work(),))
    thread.start()
    try:
        yield vitals
    finally:
        stop.request()
        thread.join()
