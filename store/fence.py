"""One process at a time works on a run; a second one is refused or waits.

With SQLite the lock is a file's (`flock`), with PostgreSQL a session's advisory lock on the run's id: the
operating system and the server free them when their holder is killed, at once. A holder that was frozen
long enough to lose its lock is stopped by its epoch (store/epoch.py).

PostgreSQL must be reached directly or through a pooler in session mode: in transaction mode a session's
lock is left behind on a connection that serves others.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import psycopg
from sqlalchemy import Connection, text

from courseai.course.errors import RunInUseError, SettingsError
from courseai.store.database import Database, store_errors
from courseai.store.epoch import last_holder, take_epoch

Lock = Callable[[str, Callable[[], bool]], AbstractAsyncContextManager[None]]
_POLL_S = 0.2
"""Seconds between two tries of a process that waits."""
_END_SESSIONS = text(
    """
    SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (classid::bigint << 32 | objid::bigint) = hashtextextended(:run_id, 0)
      AND backend_start < now() - make_interval(secs => :quiet_s)
    """
)
"""The key of an advisory lock in two halves: PostgreSQL manual, 54.13 pg_locks."""


def at_once() -> bool:
    """Do not wait."""
    return False


class _TakenError(Exception):
    """Another process holds the lock."""


class Fence:
    """Guards the runs of one store."""

    def __init__(self, database: Database, lock: Lock) -> None:
        self.epochs = database.epochs
        self._database = database
        self._engine = database.engine
        self._location = database.location
        self._lock = lock

    @asynccontextmanager
    async def hold(self, run_id: str, keep_waiting: Callable[[], bool] = at_once) -> AsyncIterator[None]:
        """Work on a run alone, after waiting for whoever does now for as long as `keep_waiting()` is true.

        Raises `RunInUseError` when another process still works on it, and `StoreUnavailableError`. Inside, a
        write raises `FenceLostError` once another process has taken the run all the same.
        """
        try:
            # A lock that was broken open is free while its holder, in this process, works on under its epoch.
            while self.epochs.holds(run_id):
                if not keep_waiting():
                    raise _TakenError
                await asyncio.sleep(_POLL_S)
            async with AsyncExitStack() as stack:
                with store_errors(self._location):
                    await stack.enter_async_context(self._lock(run_id, keep_waiting))
                    epoch = await asyncio.to_thread(
                        take_epoch, self._engine, run_id, os.getpid(), socket.gethostname()
                    )
                self.epochs.keep(run_id, epoch)
                try:
                    yield
                finally:
                    self.epochs.drop(run_id)
        except _TakenError:
            raise await asyncio.to_thread(self._in_use, run_id) from None

    async def break_open(self, run_id: str, quiet_s: float) -> None:
        """Free a run that a process holds which has not moved for `quiet_s` seconds; PostgreSQL only.

        Locks that were taken since are left: that process was awake. The one that loses its lock is stopped
        by its epoch, once another has taken the run.
        """
        given = {"run_id": run_id, "quiet_s": quiet_s}

        def end_sessions(connection: Connection) -> None:
            connection.execute(_END_SESSIONS, given)

        await self._database.write(end_sessions)

    def _in_use(self, run_id: str) -> RunInUseError:
        holder = last_holder(self._engine, run_id)
        who = f": process {holder.pid} on {holder.host}, since {holder.since}" if holder else ""
        return RunInUseError(
            f"Run {run_id} is being worked on by another process{who}. "
            "Wait for it with --wait, or stop it first; what it has paid for is kept."
        )


def file_lock(folder: Path) -> Lock:
    """Locks on files `RUN.lock` in `folder`, which have to lie on this machine's own disk."""
    return partial(_hold_file, folder)


def advisory_lock(conninfo: str) -> Lock:
    """Locks in the PostgreSQL database of a connection string, each on a connection of its own."""
    return partial(_hold_advisory, conninfo)


@asynccontextmanager
async def _hold_file(folder: Path, run_id: str, keep_waiting: Callable[[], bool]) -> AsyncIterator[None]:
    handle = _open_lock_file(folder, run_id)
    try:
        while not _try_flock(handle):
            if not keep_waiting():
                raise _TakenError
            await asyncio.sleep(_POLL_S)
        yield
    finally:
        # Closing frees the lock. The file stays: to remove it would let two processes lock two files.
        os.close(handle)


def _open_lock_file(folder: Path, run_id: str) -> int:
    path = folder / f"{run_id}.lock"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        return os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise SettingsError(f"The lock {path} cannot be made: {error.strerror}.") from error


def _try_flock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@asynccontextmanager
async def _hold_advisory(conninfo: str, run_id: str, keep_waiting: Callable[[], bool]) -> AsyncIterator[None]:
    connection = await psycopg.AsyncConnection.connect(conninfo, autocommit=True)
    try:
        while not await _try_advisory(connection, run_id):
            if not keep_waiting():
                raise _TakenError
            await asyncio.sleep(_POLL_S)
        yield
    finally:
        await connection.close()


async def _try_advisory(connection: psycopg.AsyncConnection[tuple[bool]], run_id: str) -> bool:
    cursor = await connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (run_id,))
    row = await cursor.fetchone()
    return bool(row and row[0])
