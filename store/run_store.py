"""Where runs are kept: checkpoints, calls, drafts and the list of runs, in one store.

By default that is one SQLite file in a private folder: `COURSEAI_HOME`, else `$XDG_DATA_HOME/courseai`, else
`~/.local/share/courseai`. With `COURSEAI_DATABASE_URL` it is a PostgreSQL database.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiosqlite
import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from courseai.course.errors import SettingsError
from courseai.models.breaker_board import BreakerBoard
from courseai.models.draft_store import DraftStore
from courseai.models.journal import Journal
from courseai.models.rate_limit import LocalRateLimit, RateLimit
from courseai.store.database import (
    BUSY_S,
    FILE_NAME,
    OVERWRITE,
    Database,
    StoreLocation,
    at_url,
    in_folder,
    postgres_settings,
    store_errors,
)
from courseai.store.database_drafts import DatabaseDraftStore
from courseai.store.database_journal import DatabaseJournal
from courseai.store.fence import Fence, advisory_lock, file_lock
from courseai.store.open_database import open_database
from courseai.store.register import RunRegister
from courseai.store.saver import Pool, PostgresRunSaver, RunSaver
from courseai.store.saver_fence import guard_sqlite
from courseai.store.seal import seal_from_environment
from courseai.store.shared_breaker_board import SharedBoard
from courseai.store.shared_rate_limit import SharedRateLimit

RUN_ID_PATTERN = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
_POOL_SIZE = 8
"""Checkpoints that one process writes at once; more wait for a connection."""
_SETUP_LOCK = 0x636F75727365
"""PostgreSQL's advisory lock for LangGraph's tables: "course" in ASCII."""
_POLL_S = 0.1


@dataclass(frozen=True)
class RunStore:
    """Everything that outlives a process. `saver` goes to `build_graph`, the rest to `make_services`."""

    database: Database
    saver: RunSaver | PostgresRunSaver
    journal: Journal
    drafts: DraftStore
    register: RunRegister
    rate_limit: RateLimit
    """Holds over all processes on a PostgreSQL store, and over this one on an SQLite store."""
    breaker_board: BreakerBoard | None
    """Keeps the breakers of all processes on a PostgreSQL store in step."""
    fence: Fence
    """To be held around all work on a run."""


@asynccontextmanager
async def open_run_store(place: Path | str | None = None) -> AsyncIterator[RunStore]:
    """Open the store in a folder or at a PostgreSQL URL, by default where the environment says.

    Raises `SettingsError` when the place cannot be used, `StoreUnavailableError` when it cannot be reached.
    """
    location = store_location(os.environ, place)
    seal = seal_from_environment(os.environ)
    database = await asyncio.to_thread(open_database, location, seal)
    try:
        async with _open_saver(database) as saver:
            yield RunStore(
                database=database,
                saver=saver,
                journal=DatabaseJournal(database),
                drafts=DatabaseDraftStore(database),
                register=RunRegister(database),
                rate_limit=rate_limit_of(database),
                breaker_board=breaker_board_of(database),
                fence=_fence(database),
            )
    finally:
        await database.aclose()


def rate_limit_of(database: Database) -> RateLimit:
    """The rate limit that holds over all that use this database, as far as that can be."""
    return LocalRateLimit() if database.location.folder else SharedRateLimit(database)


def breaker_board_of(database: Database) -> BreakerBoard | None:
    """The board that all who use this database share; None for SQLite."""
    return None if database.location.folder else SharedBoard(database)


def store_location(env: Mapping[str, str], place: Path | str | None = None) -> StoreLocation:
    """The place that was named, else the environment's. Raises `SettingsError` for a URL of another kind."""
    if isinstance(place, Path):
        return in_folder(place)
    if url := place or env.get("COURSEAI_DATABASE_URL", "").strip():
        return at_url(url)
    return in_folder(runs_folder(env))


def runs_folder(env: Mapping[str, str]) -> Path:
    """The folder that the environment names; relative XDG paths are ignored, as its specification says."""
    if home := env.get("COURSEAI_HOME", "").strip():
        return Path(home).expanduser().absolute()
    data_home = Path(env.get("XDG_DATA_HOME", "").strip())
    return (data_home if data_home.is_absolute() else Path.home() / ".local" / "share") / "courseai"


def new_run_id() -> str:
    """UTC time and six random hex digits: sorts by age, `20261123-154501-ab12cd`."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def check_run_id(run_id: str) -> str:
    """The id if it can name a run and a folder; else raises `SettingsError`."""
    if not re.fullmatch(RUN_ID_PATTERN, run_id):
        raise SettingsError(
            f"{run_id!r} cannot name a run: 1 to 64 letters, digits, dots, dashes and underscores, "
            "beginning with a letter or digit."
        )
    return run_id


@asynccontextmanager
async def _open_saver(database: Database) -> AsyncIterator[RunSaver | PostgresRunSaver]:
    if folder := database.location.folder:
        async with aiosqlite.connect(folder / FILE_NAME, timeout=BUSY_S) as connection:
            saver = RunSaver(connection, database)
            with store_errors(database.location):
                # A power cut takes the last checkpoints; their answers are in the journal, which waits for
                # the disk.
                await connection.execute("PRAGMA synchronous = NORMAL")
                await connection.execute(OVERWRITE)
                await saver.setup()
                await guard_sqlite(connection, database.epochs)
            async with _settled(saver):
                yield saver
    else:
        async with _pool(database.location) as pool:
            twin = PostgresRunSaver(pool, database)
            await _set_up(twin, pool)
            async with _settled(twin):
                yield twin


@asynccontextmanager
async def _settled(saver: RunSaver | PostgresRunSaver) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await saver.writes.settle()


@asynccontextmanager
async def _pool(location: StoreLocation) -> AsyncIterator[Pool]:
    pool: Pool = AsyncConnectionPool(
        conninfo(location, "courseai"),
        min_size=1,
        max_size=_POOL_SIZE,
        timeout=BUSY_S,
        check=AsyncConnectionPool.check_connection,
        kwargs={
            "autocommit": True,
            "prepare_threshold": 0,
            "row_factory": dict_row,
        },
        open=False,
    )
    async with pool:
        yield pool


async def _set_up(saver: PostgresRunSaver, pool: Pool) -> None:
    """LangGraph's migrations where some are missing, by one process at a time.

    Whoever stands still meanwhile keeps the others waiting: so where none is missing, nobody takes the lock.
    They make indexes concurrently, which waits for every statement under way: for one that waits for a lock
    too, so the lock is asked for again and again instead.
    """
    with store_errors(saver.database.location):
        async with pool.connection() as connection:
            if await _is_set_up(saver, connection):
                return
            while not await _try_lock(connection):  # noqa: ASYNC110 - another process holds it
                await asyncio.sleep(_POLL_S)
            try:
                await saver.setup()
            finally:
                await connection.execute("SELECT pg_advisory_unlock(%s)", (_SETUP_LOCK,))


async def _is_set_up(
    saver: PostgresRunSaver, connection: psycopg.AsyncConnection[psycopg.rows.DictRow]
) -> bool:
    cursor = await connection.execute("SELECT to_regclass('checkpoint_migrations') AS migrations")
    row = await cursor.fetchone()
    if row is None or row["migrations"] is None:
        return False
    cursor = await connection.execute("SELECT max(v) AS last FROM checkpoint_migrations")
    row = await cursor.fetchone()
    return bool(row and row["last"] == len(saver.MIGRATIONS) - 1)


async def _try_lock(connection: psycopg.AsyncConnection[psycopg.rows.DictRow]) -> bool:
    cursor = await connection.execute("SELECT pg_try_advisory_lock(%s) AS taken", (_SETUP_LOCK,))
    row = await cursor.fetchone()
    return bool(row and row["taken"])


def _fence(database: Database) -> Fence:
    location = database.location
    lock = (
        file_lock(location.folder / "locks")
        if location.folder
        else advisory_lock(conninfo(location, "courseai fence"))
    )
    return Fence(database, lock)


def conninfo(location: StoreLocation, name: str) -> str:
    """The connection string of a store in PostgreSQL; connections are shown there under that name."""
    url = location.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return make_conninfo(url, **postgres_settings(location.url, name))
