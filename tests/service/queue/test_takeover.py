"""Workers that are killed, frozen or stopped in the middle of a course, and courses that kill workers."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, text

from courseai.service.queue.course_queue import CourseQueue
from courseai.service.queue.orders import Order
from courseai.service.queue.takeover import MOST_DEATHS, Takeover
from courseai.store.run_store import open_run_store
from courseai.store.tables import CALL
from tests.service.batch.conftest import inputs_in
from tests.service.batch.test_batch import answered_once
from tests.service.lives import PRELOADED, PROCESSES
from tests.service.queue.conftest import QueueRunner, working
from tests.service.workers import at_rest, begin_worker


@pytest.fixture
def given(
    batch: QueueRunner, short_file: Path, author: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> QueueRunner:
    """A queue with one course in it, and a model server that takes its time."""
    monkeypatch.syspath_prepend(Path(__file__).parents[3])  # The processes inherit it.
    PROCESSES.set_forkserver_preload(PRELOADED)
    batch.give(inputs_in(batch.folder / "inputs", short_file, ["one"]), "--base-url", author[0])
    return batch


@contextmanager
def busy(batch: QueueRunner, log: Path, *options: str) -> Iterator[BaseProcess]:
    """A worker in a process of its own that has just been answered its first call."""
    process = begin_worker(batch.environment, batch.folder / "said.txt", *options)
    try:
        while not log.read_text():
            assert process.is_alive(), said(batch)
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.join()


def said(batch: QueueRunner) -> str:
    return (batch.folder / "said.txt").read_text()


def paid_once(log: Path, in_flight: int) -> bool:
    """Whether the server gave no answer twice but for those that were in flight when a process ended."""
    answers = log.read_text().splitlines()
    return len(answers) - len(set(answers)) <= in_flight


async def in_flight(queue: CourseQueue) -> int:
    job = (await queue.all())[0]
    return len(await queue.store.journal.in_flight(job.run_id))


async def calls_begun(queue: CourseQueue) -> list[str]:
    query = select(CALL.c.call_id).order_by(CALL.c.number)
    return await queue.store.database.read(lambda connection: list(connection.scalars(query)))


def test_a_killed_workers_course_is_finished_by_another_and_nothing_finished_is_paid_again(
    given: QueueRunner, author: tuple[str, Path]
) -> None:
    with busy(given, author[1]) as process:
        process.kill()
        process.join()
    with working():
        job = given.at_rest()
    assert job.state == "finished"
    assert paid_once(author[1], given.ask(in_flight))


def test_a_frozen_workers_course_is_finished_by_another_and_it_writes_and_pays_nothing_when_it_wakes(
    given: QueueRunner, author: tuple[str, Path], short_file: Path
) -> None:
    with busy(given, author[1]) as process:
        assert process.pid is not None
        os.kill(process.pid, signal.SIGSTOP)
        with working():
            job = given.at_rest()
        assert job.state == "finished"
        answers = author[1].read_text()
        calls = given.ask(calls_begun)

        os.kill(process.pid, signal.SIGCONT)
        while "was taken over by another process" not in said(given):
            assert process.is_alive(), said(given)
            time.sleep(0.05)
        assert given.job().state == "finished"
        assert given.ask(calls_begun) == calls
        assert author[1].read_text() == answers

        # And it takes courses again.
        given.give(inputs_in(given.folder / "more", short_file, ["two"]), "--base-url", author[0])
        jobs = given.ask(at_rest)
    assert {job.state for job in jobs.values()} == {"finished"}


def test_sigterm_drains_a_worker_and_the_course_goes_on_in_another(
    given: QueueRunner, author: tuple[str, Path]
) -> None:
    with busy(given, author[1], "--metrics-port", "0") as process:
        url = said(given).split("Metrics at ")[1].split("/metrics")[0]
        assert httpx.get(f"{url}/healthz").status_code == 200
        assert httpx.get(f"{url}/readyz").status_code == 200
        assert "courseai_queue_workers 1.0" in httpx.get(f"{url}/metrics").text
        process.terminate()
        process.join(60)
        assert process.exitcode == 0, said(given)
    job = given.job()
    assert job.state in ("queued", "finished")
    with working():
        assert given.at_rest().state == "finished"
    assert paid_once(author[1], 0)
    asyncio.run(answered_once(given.environment["COURSEAI_DATABASE_URL"]))


class DeadWorkers:
    """Workers that take a job and are never heard of again, as the queue sees them."""

    def __init__(self, queue: CourseQueue) -> None:
        self._queue = queue
        self._manager = queue.app.job_manager

    async def take(self) -> int:
        """Another one takes the next job, whose number this is, and dies."""
        worker_id = await self._manager.register_worker()
        job = await self._manager.fetch_job(["courses"], worker_id)
        assert job is not None
        assert job.id is not None
        silence = text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
        await self._queue.store.database.write(lambda connection: connection.execute(silence))
        return job.id


def test_a_course_that_kills_one_worker_after_another_is_set_aside_with_the_reason(
    batch: QueueRunner,
) -> None:
    async def poisoned(queue: CourseQueue) -> None:
        await queue.enqueue([Order("poison", "press")])
        for _ in range(MOST_DEATHS):
            assert (await queue.last("poison")).state == "queued"
            await DeadWorkers(queue).take()
            await asyncio.gather(*(Takeover(queue, 30).look(None, set()) for _ in range(3)))
        job = await queue.last("poison")
        assert job.state == "set_aside"
        assert f"{MOST_DEATHS} workers in a row died" in job.problem
        assert len(await queue.all()) == 1

        await queue.retry("poison")
        await DeadWorkers(queue).take()
        await Takeover(queue, 30).look(None, set())
        assert (await queue.last("poison")).state == "queued"

    batch.ask(poisoned)


def test_a_job_that_a_worker_is_on_record_for_and_does_not_work_on_goes_on_at_the_second_look(
    batch: QueueRunner,
) -> None:
    async def lost(queue: CourseQueue) -> None:
        await queue.enqueue([Order("lost")])
        manager = queue.app.job_manager
        worker_id = await manager.register_worker()
        job = await manager.fetch_job(["courses"], worker_id)
        assert job is not None
        assert job.id is not None
        takeover = Takeover(queue, 30)
        for at_work in ({job.id}, set[int]()):
            await takeover.look(worker_id, at_work)
            assert (await queue.last("lost")).state == "working"
        await takeover.look(worker_id, set())
        assert (await queue.last("lost")).state == "queued"

    batch.ask(lost)


def test_a_worker_that_stood_still_does_not_take_over_from_itself(batch: QueueRunner) -> None:
    async def awake_again(queue: CourseQueue) -> None:
        await queue.enqueue([Order("mine")])
        job_id = await DeadWorkers(queue).take()
        await Takeover(queue, 30).look(None, {job_id})
        assert (await queue.last("mine")).state == "working"
        await Takeover(queue, 30).look(None, set())
        assert (await queue.last("mine")).state == "queued"

    batch.ask(awake_again)


def test_a_lock_that_was_taken_since_the_silence_began_is_left(batch: QueueRunner) -> None:
    async def held(queue: CourseQueue) -> None:
        async with open_run_store() as other, other.fence.hold("run"):
            await queue.store.fence.break_open("run", quiet_s=60)
            assert await is_locked(queue)
            await queue.store.fence.break_open("run", quiet_s=0)
            while await is_locked(queue):  # noqa: ASYNC110 - the server says nothing when a session ends
                await asyncio.sleep(0.01)

    batch.ask(held)


async def is_locked(queue: CourseQueue) -> bool:
    query = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database <> 0")
    return bool(await queue.store.database.read(lambda connection: connection.execute(query).scalar()))
