"""Make courses through the queue while workers are killed, frozen and drained and the database is restarted.

    python -m tests.bench.queue_campaign --courses 300 --report tests/bench/reports/queue.md

Workers are processes of their own over a real PostgreSQL server and a real HTTP author that answers the same
request with the same text (tests/service/lives.py). Every tenth course asks a person, and is answered. Inputs
are a few small analyses, each many times with other white space: so runs differ and texts do not, each course
can be compared byte by byte with one of the same analysis that was left alone, and vectors are warm. Every
moment of trouble is drawn by chance; a worker that was killed or drained is replaced a second later.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import select, text

from courseai.course.errors import CourseAIError
from courseai.graph.run import standing
from courseai.service.queue.course_queue import CourseQueue
from courseai.service.queue.worker import Pace
from courseai.store.tables import CALL
from tests.bench.course_bench import SAMPLES
from tests.graph.conftest import shortened
from tests.postgres import PostgresServer, make_server
from tests.service.lives import PRELOADED, PROCESSES, begin_life, counted_author, fingerprint
from tests.service.workers import begin_worker, with_queue

PACE = Pace(heartbeat_s=2.0, stalled_s=10.0, poll_s=1.0)
SLOWEST_S = 0.5
"""The model's slowest answer."""
VARIANTS = 5
REVIEWED = 10
"""Every so manieth course asks a person."""
QUIET_S = (5.0, 15.0)
"""Between two troubles."""
FROZEN_S = (PACE.stalled_s + 3, PACE.stalled_s + 10)
REPLACED_S = 1.0
RESTARTS = 2
TROUBLES = ("kill", "kill", "freeze", "drain")


@dataclass
class Counts:
    """What is counted; all from `unfinished` on has to stay 0."""

    courses: int = 0
    reviews_answered: int = 0
    kills: int = 0
    freezes: int = 0
    drains: int = 0
    database_restarts: int = 0
    jobs_taken_over: int = 0
    calls: int = 0
    """Answers that the journal holds."""
    served: int = 0
    """Answers that the server gave."""
    without_answer: int = 0
    """Calls that were in flight when their process ended, or that were given up."""
    paid_again: int = 0
    """Answers that the server gave and that the journal has not: each belongs to one of those."""
    most_a_minute: int = 0
    """Requests that the server got in any 60 seconds."""
    unfinished: int = 0
    finished_more_than_once: int = 0
    finished_calls_paid_again: int = 0
    answers_unaccounted: int = 0
    states_corrupted: int = 0
    """Runs whose last checkpoint is not the finished course of their file."""
    courses_different: int = 0
    """Courses that differ in a byte from one that was left alone."""
    requests_above_limit: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether all that has to stay 0 did."""
        names = [each.name for each in fields(self)]
        return not any(getattr(self, name) for name in names[names.index("unfinished") :])


@dataclass
class Campaign:
    """One queue, its workers, and the trouble they are in."""

    server: PostgresServer
    folder: Path
    chance: random.Random
    environment: dict[str, str]
    workers: list[BaseProcess] = field(default_factory=list)
    frozen: dict[int, float] = field(default_factory=dict)
    """By pid, when to wake it."""
    replacements: list[float] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)

    def run(self, courses: int, workers: int, concurrency: int) -> None:
        """Make trouble until nothing is under way any more."""
        for _ in range(workers):
            self.begin(concurrency)
        next_trouble = time.monotonic() + self.chance.uniform(*QUIET_S)
        restarts = [courses * (place + 1) // (RESTARTS + 1) for place in range(RESTARTS)]
        told = 0
        while (made := self.look()) < courses:
            self.keep_up(workers, concurrency)
            if restarts and made >= restarts[0]:
                restarts.pop(0)
                self.restart_database()
            elif time.monotonic() >= next_trouble:
                self.trouble()
                next_trouble = time.monotonic() + self.chance.uniform(*QUIET_S)
            if made >= told + 25:
                told = made
                print(f"{made} of {courses} made", vars(self.counts), flush=True)
            time.sleep(0.5)
        for process in self.workers:
            os.kill(process.pid, signal.SIGCONT)
            process.terminate()
        for process in self.workers:
            process.join()

    def begin(self, concurrency: int) -> None:
        """Another worker."""
        said = self.folder / "said.txt"
        self.workers.append(
            begin_worker(self.environment, said, "--concurrency", str(concurrency), pace=PACE)
        )

    def keep_up(self, workers: int, concurrency: int) -> None:
        """Replace those that ended, and wake those that have slept long enough."""
        now = time.monotonic()
        for process in [process for process in self.workers if not process.is_alive()]:
            self.workers.remove(process)
            self.replacements.append(now + REPLACED_S)
        while self.replacements and self.replacements[0] <= now and len(self.workers) < workers:
            self.replacements.pop(0)
            self.begin(concurrency)
        for pid in [pid for pid, until in self.frozen.items() if until <= now]:
            os.kill(pid, signal.SIGCONT)
            del self.frozen[pid]

    def trouble(self) -> None:
        """One of the workers that are awake is killed, frozen or drained."""
        awake = [process for process in self.workers if process.pid not in self.frozen]
        if not awake:
            return
        process, kind = self.chance.choice(awake), self.chance.choice(TROUBLES)
        if kind == "kill":
            process.kill()
            self.counts.kills += 1
        elif kind == "drain":
            process.terminate()
            self.counts.drains += 1
        else:
            os.kill(process.pid, signal.SIGSTOP)
            self.frozen[process.pid] = time.monotonic() + self.chance.uniform(*FROZEN_S)
            self.counts.freezes += 1

    def restart_database(self) -> None:
        """As after a crash."""
        self.server.stop()
        time.sleep(self.chance.uniform(1, 4))
        self.server.start()
        self.counts.database_restarts += 1

    def look(self) -> int:
        """Answer what waits; gives how many courses are made."""
        try:
            return with_queue(self.environment["COURSEAI_DATABASE_URL"], self._look)
        except CourseAIError as error:
            print(error, flush=True)
            return 0

    async def _look(self, queue: CourseQueue) -> int:
        jobs = await queue.all()
        if bad := [job for job in jobs if job.state in ("failed", "set_aside", "cancelled", "budget_stop")]:
            raise AssertionError(bad)
        for job in jobs:
            if job.state == "waiting_for_review":
                now = await standing(queue.store.saver, job.run_id)
                await queue.answer(job.run_id, approvals(now.request))
                self.counts.reviews_answered += 1
        return sum(job.state == "finished" for job in jobs)


async def audit(queue: CourseQueue, counts: Counts, references: dict[str, str]) -> Counter[str]:
    """Count what became of every course; gives how often the journal holds each answer."""
    read = queue.store.database.read
    jobs = await queue.all()
    endings = "SELECT lock, count(*) FROM procrastinate_jobs WHERE status = 'succeeded' GROUP BY lock"
    rows = await read(lambda connection: connection.execute(text(endings)).all())
    answered = {job.run_id for job in jobs if job.run_id.startswith("asks-")}
    for run_id, ends in rows:
        counts.finished_more_than_once += ends != (2 if run_id in answered else 1)
    aborted = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'aborted'"
    counts.jobs_taken_over = await read(lambda connection: connection.execute(text(aborted)).scalar())
    counts.unfinished = sum(job.state != "finished" for job in jobs)
    for job in jobs:
        now = await standing(queue.store.saver, job.run_id)
        settings = queue.store.register.settings(job.run_id)
        file = json.loads((settings.folder / "course.json").read_bytes())
        counts.states_corrupted += not now.is_finished or now.state["course"] != file
        kind = f"{settings.folder.parent.name}-{settings.folder.name.split('-')[0]}"
        counts.courses_different += without_run(file) != references[kind]
    calls = await read(lambda connection: connection.execute(select(CALL).order_by(CALL.c.number)).all())
    return note_calls(calls, counts, queue.store.database.seal.open_text)


def note_calls(calls, counts: Counts, open_text) -> Counter[str]:
    """Every call that was begun after the same one was answered is paid again."""
    answered_at: defaultdict[str, list[float]] = defaultdict(list)
    texts: Counter[str] = Counter()
    for row in calls:
        begun_at = datetime.fromisoformat(json.loads(row.begun)["started_at"]).timestamp()
        counts.finished_calls_paid_again += any(begun_at > moment for moment in answered_at[row.call_key])
        if row.sealed_answer is None:
            counts.without_answer += 1
            continue
        texts[fingerprint(open_text(row.sealed_answer))] += 1
        answered_at[row.call_key].append(begun_at + json.loads(row.record)["seconds"])
    counts.calls = texts.total()
    return texts


def note_served(log: Path, arrivals: Path, texts: Counter[str], counts: Counts, limit: int) -> None:
    """Compare with the server's own counts."""
    served = Counter(line.split()[0] for line in log.read_text().splitlines())
    counts.served = served.total()
    counts.paid_again = (served - texts).total()
    counts.answers_unaccounted = max(0, counts.paid_again - counts.without_answer) + (texts - served).total()
    moments = sorted(map(float, arrivals.read_text().splitlines()))
    first = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= 60:
            first += 1
        counts.most_a_minute = max(counts.most_a_minute, last - first + 1)
    counts.requests_above_limit = max(0, counts.most_a_minute - limit)


def without_run(course: dict) -> str:
    """A course as text, without the id of its run."""
    return json.dumps({key: value for key, value in course.items() if key != "run_id"})


def write_inputs(folder: Path, courses: int) -> tuple[Path, Path]:
    """Folders of inputs that make their course alone, and of those that ask a person."""
    plain, asking = folder / "plain", folder / "asks"
    for each in (plain, asking):
        each.mkdir(parents=True)
    for number in range(courses):
        variant, asks = number % VARIANTS, number % REVIEWED == REVIEWED - 1
        document = json.dumps(document_of(variant, asks=asks))
        path = (asking if asks else plain) / f"v{variant}-{number:04}.json"
        path.write_text("{" + " " * number + document[1:])
    return plain, asking


def document_of(variant: int, *, asks: bool) -> dict:
    """A small analysis; one section of those that ask needs a person's signature."""
    document = shortened(json.loads((SAMPLES / "programming_beginner.json").read_bytes()))
    document["topic_analysis"]["determined_topic"] += f" ({'abcde'[variant]})"
    if asks:
        document["compliance"]["safety_critical"] = True
        for section in document["recommended_structure"]["sections_breakdown"]:
            section["risk"] = "safety_critical" if section["section_id"] == "s1" else "none"
    return document


def approvals(request: dict) -> dict:
    """The answer that this campaign gives to every question."""
    items = [action["args"]["item_id"] for action in request["action_requests"]]
    return {"decisions": {item: {"type": "approve"} for item in items}}


def lived(arguments: list[str], environment: dict[str, str], said: Path, expected: int) -> None:
    """Run a command to its end."""
    process = begin_life(arguments, environment, said)
    process.join()
    if process.exitcode != expected:
        raise AssertionError(f"exit code {process.exitcode}: {said.read_text()[-2000:]}")


def make_references(folder: Path, url: str) -> dict[str, str]:
    """Each analysis as a course that was left alone."""
    home, references = {"COURSEAI_HOME": str(folder / "home")}, {}
    for variant in range(VARIANTS):
        for kind in ("plain", "asks"):
            name = f"{kind}-v{variant}"
            out, document = folder / name, folder / f"{name}.json"
            document.write_text(json.dumps(document_of(variant, asks=kind == "asks")))
            begin = ["generate", str(document), "--base-url", url, "--run-id", name, "--out", str(out)]
            options = ["--review", "ask" if kind == "asks" else "flag", "--budget", "1000", "--quiet"]
            lived([*begin, *options], home, folder / "said.txt", 10 if kind == "asks" else 0)
            if kind == "asks":
                answer = folder / "answer.json"
                answer.write_text(json.dumps(approvals(json.loads((out / "review.json").read_bytes()))))
                lived(["resume", name, "--decisions", str(answer)], home, folder / "said.txt", 0)
            references[name] = without_run(json.loads((out / "course.json").read_bytes()))
    return references


@contextmanager
def running() -> Iterator[PostgresServer]:
    """A server with room for all workers."""
    with tempfile.TemporaryDirectory(prefix="courseai-postgres-", ignore_cleanup_errors=True) as data:
        server = make_server(Path(data))
        server.connections = 200
        server.start()
        try:
            yield server
        finally:
            server.stop()


def give(folder: Path, courses: int, url: str, environment: dict[str, str]) -> None:
    """Every input to the queue, in two batches of two tenants."""
    for source, review in zip(write_inputs(folder / "inputs", courses), ("flag", "ask"), strict=True):
        if not any(source.iterdir()):
            continue
        name = source.name
        begin = ["batch", str(source), "--name", name, "--out", str(folder / "out" / name)]
        queue = ["--queue", "env", "--detach", "--tenant", name]
        options = ["--base-url", url, "--review", review, "--budget", "1000", "--quiet"]
        lived([*begin, *queue, *options], environment, folder / "said.txt", 0)


def main() -> None:
    """Run the campaign, print its counts, and write them to the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--courses", type=int, default=300)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--concurrency", type=int, default=3)
    parser.add_argument("--limit", type=int, default=300, help="requests a minute over all workers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report", type=Path, help="write the table to this file as well")
    parser.add_argument("--said", type=Path, help="keep what the workers printed in this file")
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    PROCESSES.set_forkserver_preload([*PRELOADED, "tests.service.workers", "courseai.service.queue.worker"])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        served, arrivals = folder / "served.txt", folder / "arrivals.txt"
        with running() as server, counted_author(served, SLOWEST_S, arrivals) as url:
            references = make_references(folder, url)
            served.write_text("")
            arrivals.write_text("")
            environment = {
                "COURSEAI_DATABASE_URL": server.new_database(),
                "COURSEAI_REQUESTS_A_MINUTE": str(options.limit),
                "COURSEAI_STOP_GRACE_S": "3",
            }
            give(folder, options.courses, url, environment)
            campaign = Campaign(server, folder, random.Random(options.seed), environment)
            campaign.counts.courses = options.courses
            began = time.monotonic()
            try:
                campaign.run(options.courses, options.workers, options.concurrency)
            finally:
                for process in campaign.workers:
                    process.kill()
                if options.said:
                    options.said.write_text((folder / "said.txt").read_text())
            seconds = time.monotonic() - began
            counts = campaign.counts
            texts = with_queue(
                environment["COURSEAI_DATABASE_URL"], lambda queue: audit(queue, counts, references)
            )
            note_served(served, arrivals, texts, counts, options.limit)
    print(report(counts, options, seconds))
    if options.report:
        options.report.write_text(report(counts, options, seconds))
    sys.exit(0 if counts.is_clean else 1)


def report(counts: Counts, options: argparse.Namespace, seconds: float) -> str:
    """As it is kept in the repository."""
    lines = [
        "# Queue",
        "",
        f"`python -m tests.bench.queue_campaign --courses {options.courses} --workers {options.workers} "
        f"--concurrency {options.concurrency} --limit {options.limit} --seed {options.seed}`, "
        f"{date.today()}, {os.cpu_count()}-core {platform.machine()}, Python {platform.python_version()}, "
        f"{seconds / 60:.0f} minutes.",
        "",
        "| what | count |",
        "|---|---|",
        *(f"| {each.name.replace('_', ' ')} | {getattr(counts, each.name)} |" for each in fields(counts)),
        "",
        f"Workers give a heartbeat every {PACE.heartbeat_s:g} s and are taken for dead after "
        f"{PACE.stalled_s:g} s; frozen ones sleep for {FROZEN_S[0]:g} to {FROZEN_S[1]:g} s.",
        "Reviewed courses end two jobs, all others one. `calls` are the answers in the journal, `served`",
        "those that the server counted; the difference is `paid again`, never more than the calls",
        "`without answer`: in flight when their process ended, or given up. A finished call is paid again",
        "where one of the same key was begun after its answer. Courses are compared byte by byte with one of",
        "the same analysis that was left alone, states with the files. All from `unfinished` on has to be 0.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
