"""Stores for tests: an SQLite file, and a real PostgreSQL server of Debian's in a folder of its own.

One server for all tests, with a fresh database for each. Where it cannot be started the tests are skipped.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from courseai.store.database import Database, StoreLocation, at_url, in_folder
from courseai.store.open_database import open_database
from courseai.store.seal import Seal

Opener = Callable[[StoreLocation], Database]
_START_S = 30
_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
)


class NoPostgresError(Exception):
    """There is no server to start here; the message says why."""


@dataclass
class PostgresServer:
    """A server that can be stopped and started again."""

    binaries: Path
    folder: Path
    port: int
    user: str | None
    """Who runs it: PostgreSQL refuses to be run by root. None for whoever runs the tests."""
    connections: int = 60

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql://courseai:secret@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The URL of a fresh database."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def start(self) -> None:
        """Start it and wait until it answers."""
        own = (f"port={self.port}", f"max_connections={self.connections}")
        options = " ".join(f"-c {setting}" for setting in (*_SETTINGS, *own))
        self._control("-o", options, "-l", str(self.folder / "log"), "-w", "-t", str(_START_S), "start")

    def stop(self) -> None:
        """Stop it as a crash would: every connection is cut."""
        self._control("-m", "immediate", "-w", "stop")

    def _control(self, *arguments: str) -> None:
        data = str(self.folder / "data")
        _run(self.user, self.folder, str(self.binaries / "pg_ctl"), "-D", data, *arguments)


def make_server(folder: Path) -> PostgresServer:
    """A server that is not started yet. Raises `NoPostgresError`."""
    binaries, user = _binaries(), _user()
    if user:
        shutil.chown(folder, user)
    password = folder / "password"
    password.write_text("secret")
    password.chmod(0o644)
    data = str(folder / "data")
    initdb = [str(binaries / "initdb"), "-D", data, "-U", "courseai", "--pwfile", str(password)]
    _run(user, folder, *initdb, "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync")
    return PostgresServer(binaries, folder, _free_port(), user)


def _binaries() -> Path:
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    folders += [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise NoPostgresError("PostgreSQL is not installed (Debian: apt-get install postgresql)")


def _user() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in names:
            return name
    raise NoPostgresError("PostgreSQL refuses to be run by root, and there is no user postgres or nobody")


def _run(user: str | None, folder: Path, *command: str) -> None:
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(folder)}
    done = subprocess.run(
        command,
        user=user,
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip()
        raise NoPostgresError(f"{Path(command[0]).name} failed: {reason}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running server for all tests, for those that leave it running."""
    with tempfile.TemporaryDirectory(prefix="courseai-postgres-", ignore_cleanup_errors=True) as folder:
        try:
            server = make_server(Path(folder))
            server.start()
        except NoPostgresError as reason:
            pytest.skip(str(reason))
        yield server
        server.stop()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """The URL of a fresh database."""
    return postgres_server.new_database()


@pytest.fixture
def postgresql_place(postgres_url: str) -> StoreLocation:
    """A store to be made in PostgreSQL."""
    return at_url(postgres_url)


@pytest.fixture
def sqlite_place(tmp_path: Path) -> StoreLocation:
    """A store to be made in a folder."""
    return in_folder(tmp_path / "store")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_place(request: pytest.FixtureRequest) -> StoreLocation:
    """A store to be made, in each kind of database."""
    place: StoreLocation = request.getfixturevalue(f"{request.param}_place")
    return place


@pytest.fixture
def open_place() -> Iterator[Opener]:
    """Opens the database of a store, which is closed after the test."""
    opened: list[Database] = []

    def open_one(place: StoreLocation) -> Database:
        opened.append(open_database(place, Seal()))
        return opened[-1]

    yield open_one
    for database in opened:
        database.close()
