"""A process that was frozen while another one went on with its run pays nothing and writes nothing more."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import psycopg
import pytest

from courseai.store.database import FILE_NAME
from tests.service.killing import RUN, Course
from tests.service.lives import PRELOADED, PROCESSES, begin_life, counted_author

LIMIT_S = 120
_OPEN_TRANSACTION = (
    "SELECT 1 FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
)


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """The server's log: a line for each answer."""
    return tmp_path / "served.txt"


@pytest.fixture
def url(served: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A model server that is slow enough for a run to be frozen in the middle."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2])  # The processes inherit it.
    PROCESSES.set_forkserver_preload(PRELOADED)
    with counted_author(served, slowest_s=0.5) as url:
        yield url


@contextmanager
def frozen(course: Course) -> Iterator[BaseProcess]:
    """A process that has made a few calls and stands still, perhaps with others in flight."""
    process = begin_life(course.first(), course.environment, course.said)
    try:
        while len(course.served.read_text().splitlines()) < 2:
            assert process.is_alive(), course.said.read_text()
            time.sleep(0.02)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGSTOP)
        while is_written(course):
            os.kill(process.pid, signal.SIGCONT)
            time.sleep(0.02)
            os.kill(process.pid, signal.SIGSTOP)
        yield process
    finally:
        process.kill()
        process.join()


def is_written(course: Course) -> bool:
    """Whether it stands inside a transaction, which keeps others out: for a minute with PostgreSQL."""
    time.sleep(0.05)  # A signal takes a moment.
    if "COURSEAI_HOME" not in course.environment:
        with psycopg.connect(course.environment["COURSEAI_DATABASE_URL"], autocommit=True) as connection:
            return connection.execute(_OPEN_TRANSACTION).fetchone() is not None
    with closing(sqlite3.connect(Path(course.environment["COURSEAI_HOME"]) / FILE_NAME, timeout=0)) as store:
        try:
            store.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
    return False


def woken(process: BaseProcess) -> int | None:
    """Its exit code after it went on."""
    assert process.pid is not None
    os.kill(process.pid, signal.SIGCONT)
    process.join(LIMIT_S)
    return process.exitcode


def resumed(course: Course) -> int | None:
    """The exit code of a second process on the run."""
    process = begin_life(["resume", RUN, "--quiet"], course.environment, course.said)
    process.join(LIMIT_S)
    return process.exitcode


def test_a_frozen_process_whose_run_another_one_finished_pays_and_writes_nothing_when_it_wakes(
    url: str, served: Path, postgres_url: str, short_file: Path, tmp_path: Path
) -> None:
    course = Course(tmp_path, short_file, url, served, {"COURSEAI_DATABASE_URL": postgres_url})
    with frozen(course) as first:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'courseai fence' AND datname = current_database()"
            )
        assert resumed(course) == 0, course.said.read_text()
        calls, answers = course.stored().begun, served.read_text()
        files = {path.name: path.stat().st_mtime_ns for path in course.out.iterdir()}

        assert woken(first) == 6, course.said.read_text()
    assert "was taken over by another process" in course.said.read_text()
    assert course.stored().begun == calls
    assert served.read_text() == answers
    assert {path.name: path.stat().st_mtime_ns for path in course.out.iterdir()} == files


def test_a_frozen_process_keeps_a_run_on_this_machine_and_goes_on_when_it_wakes(
    url: str, served: Path, short_file: Path, tmp_path: Path
) -> None:
    course = Course(tmp_path, short_file, url, served, {"COURSEAI_HOME": str(tmp_path / "store")})
    with frozen(course) as first:
        assert resumed(course) == 6
        assert f"process {first.pid} on" in course.said.read_text()
        assert woken(first) == 0
