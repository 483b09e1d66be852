"""Courses an hour against the number of workers, what the queue itself costs, and 1,000 waiting reviews.

    python -m tests.bench.queue_throughput --workers 1 2 4 --latency-s 40

Workers are processes of their own over a real PostgreSQL server and a real HTTP author. A call takes up to
`--latency-s` seconds, so that it is not the CPU that is measured; vectors are warm. Every number of workers
gets as many courses for each of them. The queue itself is measured with courses that take no time: what is
left is enqueueing, fetching, the fence and the notes of a job.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import text

from courseai.course.policy import default_policy
from courseai.graph.run import Stop
from courseai.service.queue.course_job import CourseJobs
from courseai.service.queue.course_queue import CourseQueue, open_queue
from courseai.service.queue.orders import Order
from courseai.service.queue.worker import open_worker
from courseai.service.run_outcome import RunOutcome
from courseai.store.register import RunSettings, RunStatus
from courseai.store.run_store import open_run_store
from tests.bench.queue_campaign import document_of, lived, running
from tests.service.lives import PRELOADED, PROCESSES, counted_author
from tests.service.workers import QUICK, at_rest, begin_worker, with_queue

Figures = tuple[float, ...]
ROUNDS = 3
"""Courses that a worker makes one after another in each of its places."""
REPETITIONS = 5


def throughput(folder: Path, url: str, database: str, workers: int, concurrency: int) -> tuple[float, float]:
    """Seconds until so many workers have made all courses, and the CPU seconds that they took."""
    environment = {"COURSEAI_DATABASE_URL": database}
    courses = workers * concurrency * ROUNDS
    source = folder / f"inputs-{workers}"
    source.mkdir()
    for number in range(courses):
        document = json.dumps(document_of(0, asks=False))
        (source / f"{number:04}.json").write_text("{" + " " * number + document[1:])
    said = folder / "said.txt"
    processes = [
        begin_worker(environment, said, "--concurrency", str(concurrency), pace=QUICK) for _ in range(workers)
    ]
    try:
        with_queue(database, lambda queue: all_there(queue, workers))
        before_s = sum(cpu_s(process.pid) for process in processes)
        options = ["--queue", "env", "--detach", "--base-url", url, "--budget", "1000", "--quiet"]
        lived(["batch", str(source), "--out", str(folder / "out"), *options], environment, said, 0)
        began = time.monotonic()
        jobs = with_queue(database, lambda queue: at_rest(queue, limit_s=3600))
        seconds = time.monotonic() - began
        assert all(job.state == "finished" for job in jobs.values()), jobs
        return seconds, sum(cpu_s(process.pid) for process in processes) - before_s
    finally:
        for process in processes:
            process.kill()
            process.join()


async def all_there(queue: CourseQueue, workers: int) -> None:
    """Wait until all workers have registered."""
    count = text("SELECT count(*) FROM procrastinate_workers")
    read = queue.store.database.read
    while await read(lambda connection: connection.execute(count).scalar()) < workers:  # noqa: ASYNC110
        await asyncio.sleep(0.1)


def cpu_s(pid: int | None) -> float:
    """CPU seconds that a process has used (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def overhead(databases: Sequence[str], courses: int, waiting: int) -> list[tuple[str, list[float]]]:
    """What, and milliseconds a course: to enqueue, to work off, and of the worker's CPU.

    Medians of courses that take no time, in turns in an empty store and in one where others wait for review.
    """
    empty, full = databases
    asyncio.run(worked_off(full, "waiting", waiting, "waiting_for_review"))
    found: dict[str, list[Figures]] = {empty: [], full: []}
    for repetition in range(REPETITIONS):
        for database, figures in found.items():
            figures.append(asyncio.run(worked_off(database, f"r{repetition}", courses, "finished")))
    names = ("no reviews wait", f"{waiting} reviews wait")
    return [
        (name, [statistics.median(column) for column in zip(*found[database], strict=True)])
        for name, database in zip(names, databases, strict=True)
    ]


async def worked_off(database: str, prefix: str, count: int, status: RunStatus) -> Figures:
    """One repetition: courses that end at once with that status."""
    os.environ["COURSEAI_DATABASE_URL"] = database
    run_ids = [f"{prefix}-{number}" for number in range(count)]
    stop = Stop(0)
    async with open_run_store() as store:
        for run_id in run_ids:
            await asyncio.to_thread(store.register.add, run_id, "topic", settings())

        async def at_once(_jobs: CourseJobs, order: Order, _stop: Stop) -> RunOutcome:
            async with store.fence.hold(order.run_id):
                await asyncio.to_thread(store.register.mark, order.run_id, status)
            return RunOutcome(order.run_id, status, settings())

        with patch.object(CourseJobs, "_brought_forward", at_once):
            async with (
                open_worker(stop, lambda *_: None, concurrency=4) as worker,
                open_queue(store) as queue,
            ):
                began = time.monotonic()
                await queue.enqueue([Order(run_id) for run_id in run_ids])
                enqueued_s = time.monotonic() - began
                began, cpu = time.monotonic(), time.process_time()
                task = asyncio.create_task(worker.run())
                await under_way(queue)
                figures = enqueued_s, time.monotonic() - began, time.process_time() - cpu
                stop.request()
                await task
    return tuple(1000 * value / count for value in figures)


async def under_way(queue: CourseQueue) -> None:
    """Wait until nothing is."""
    count = text("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
    read = queue.store.database.read
    while await read(lambda connection: connection.execute(count).scalar()):  # noqa: ASYNC110
        await asyncio.sleep(0.1)


def settings() -> RunSettings:
    """Of a run that is never made."""
    return RunSettings(
        document=document_of(0, asks=False),
        language="en",
        folder=Path("/nowhere"),
        review="flag",
        seed=0,
        policy=default_policy(),
        base_url=None,
        model=None,
        offline_settings=None,
        provider="offline author",
        author="offline author",
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--concurrency", type=int, default=2)
    parser.add_argument("--latency-s", type=float, default=40.0)
    parser.add_argument("--overhead", type=int, default=300, help="courses that take no time")
    parser.add_argument("--waiting", type=int, default=1000, help="reviews that wait")
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    PROCESSES.set_forkserver_preload([*PRELOADED, "tests.service.workers", "courseai.service.queue.worker"])
    with tempfile.TemporaryDirectory() as place, running() as server:
        folder = Path(place)
        if options.overhead:
            show_overhead([server.new_database(), server.new_database()], options.overhead, options.waiting)
        if options.workers:
            with counted_author(folder / "first.txt", 0.0) as quick:
                warm_up(folder, quick)
            with counted_author(folder / "served.txt", options.latency_s) as url:
                show_throughput(folder, url, server, options)


def warm_up(folder: Path, url: str) -> None:
    """Once, so that the vectors of all texts are there."""
    document = folder / "analysis.json"
    document.write_text(json.dumps(document_of(0, asks=False)))
    begin = ["generate", str(document), "--base-url", url, "--out", str(folder / "first"), "--quiet"]
    home = {"COURSEAI_HOME": str(folder / "home")}
    lived([*begin, "--budget", "1000"], home, folder / "said.txt", 0)


def show_overhead(databases: Sequence[str], courses: int, waiting: int) -> None:
    """The queue alone."""
    print("| queue alone | to enqueue, ms a course | to work off, ms a course | CPU of the worker, ms |")
    print("|---|---|---|---|")
    for name, figures in overhead(databases, courses, waiting):
        print(f"| {name} |", " | ".join(f"{figure:.1f}" for figure in figures), "|", flush=True)


def show_throughput(folder: Path, url: str, server: Any, options: argparse.Namespace) -> None:
    """Against the number of workers."""
    print("| workers | courses | seconds | courses an hour | of linear | CPU s a course |")
    print("|---|---|---|---|---|---|")
    first = None
    for workers in options.workers:
        seconds, cpu = throughput(folder, url, server.new_database(), workers, options.concurrency)
        courses = workers * options.concurrency * ROUNDS
        an_hour = 3600 * courses / seconds
        first = first or an_hour / workers
        share = an_hour / (first * workers)
        cells = (workers, courses, f"{seconds:.0f}", f"{an_hour:.0f}", f"{share:.2f}", f"{cpu / courses:.2f}")
        print("|", " | ".join(map(str, cells)), "|", flush=True)


if __name__ == "__main__":
    sys.exit(main())
