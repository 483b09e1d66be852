"""One door to SQLite and PostgreSQL: short transactions in threads of their own, for any event loop.

A transaction that was begun is finished even when the task that waits for it is cancelled: what was paid for
is written down, and nothing stays locked.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, Executable, Row, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_exponential

from courseai.course.errors import SettingsError, StoreUnavailableError
from courseai.store.epoch import Epochs
from courseai.store.schema import prepare_tables
from courseai.store.seal import Seal

FILE_NAME = "runs.sqlite3"
OVERWRITE = "PRAGMA secure_delete = ON"
"""What is deleted is overwritten with zeros, also where SQLite was not built to do so by default."""
BUSY_S = 30
"""Seconds that a statement waits for another process's write, or for a database that went away."""
_POSTGRES_CONNECTIONS = 4
_KEYS_OF_A_STATEMENT = 1000
_GONE_SQLSTATES = ("08", "57P", "25P03")
"""Classes "connection exception" and "operator intervention", and "idle in transaction session timeout"
(PostgreSQL manual, appendix A)."""
_POSTGRES_CONNECTION: dict[str, str | int] = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
}
"""A host that vanished is noticed after half a minute."""
_POSTGRES_SESSION = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=4 "
    "-c idle_in_transaction_session_timeout=60s -c synchronous_commit=on"
)
"""The server notices too, and frees its locks; as it does when a process stands still inside a transaction.
And what it confirms is on its disk, however it is configured: what was paid for must outlive a crash."""

_Options = Mapping[str, Any]
_READS: _Options = {"writes": False}
_WRITES: _Options = {"writes": True}
_BY_ITSELF: _Options = {"isolation_level": "AUTOCOMMIT"}
"""Of SQLAlchemy's connections; `writes` is ours (`_begin_sqlite`)."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class StoreLocation:
    """Where a store is."""

    url: URL
    folder: Path | None
    """The folder of an SQLite store; None for PostgreSQL."""

    @property
    def words(self) -> str:
        """For people; without a password."""
        if self.folder:
            return str(self.folder / FILE_NAME)
        return f"the database {self.url.database} on {self.url.host or 'this machine'}"


def in_folder(folder: Path) -> StoreLocation:
    """The store in the SQLite file of a folder."""
    return StoreLocation(URL.create("sqlite", database=str(folder / FILE_NAME)), folder)


def at_url(text: str) -> StoreLocation:
    """The store in a PostgreSQL database. Raises `SettingsError`, which never repeats the URL's password."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise SettingsError(
            "COURSEAI_DATABASE_URL is no URL. It looks like postgresql://user:password@host/name."
        ) from None
    if url.drivername not in {"postgresql", "postgres", "postgresql+psycopg"} or not url.database:
        raise SettingsError(
            f"COURSEAI_DATABASE_URL has to be postgresql://user:password@host/name; it begins with "
            f"{url.drivername}:// and names {'a' if url.database else 'no'} database."
        )
    return StoreLocation(url.set(drivername="postgresql+psycopg"), None)


class Database:
    """Runs units of work, each in one transaction: `await database.write(lambda connection: ...)`.

    Raises `StoreUnavailableError` where the database cannot be reached or written. A PostgreSQL server that
    went away is waited for, `BUSY_S` seconds; a unit of work may then run twice, so each has to bear that.
    """

    def __init__(self, location: StoreLocation, seal: Seal) -> None:
        self.location = location
        self.seal = seal
        self.engine = _engine(location)
        self.epochs = Epochs()
        """The runs that this process has taken; see `write`."""
        # SQLite has one writer at a time, and its way of waiting for another one is to sleep and try again.
        self._threads = ThreadPoolExecutor(1 if location.folder else _POSTGRES_CONNECTIONS, "store")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run statements that change nothing."""
        return await self.in_thread(self._translated, work, _READS)

    async def write(self, work: Callable[[Connection], T], run_id: str | None = None) -> T:
        """Run statements in one transaction that is committed at the end, whether the caller waits or not.

        With a `run_id`, only while this process may write for that run; else raises `FenceLostError`.
        """
        if run_id is not None:
            work = partial(self._fenced, work, run_id)
        return await self.in_thread(self._translated, work, _WRITES)

    async def execute(
        self, statement: Executable, given: Mapping[str, Any], *, waits: bool = True
    ) -> Sequence[Row[Any]]:
        """Run one statement that PostgreSQL commits by itself, and give its rows.

        So no lock of it outlives it, even where this process stands still. Without `waits` a database that
        went away is not waited for.
        """

        def work(connection: Connection) -> Sequence[Row[Any]]:
            return connection.execute(statement, given).all()

        return await self.in_thread(self._translated, work, _BY_ITSELF, waits=waits)

    def read_now(self, work: Callable[[Connection], T], *, waits: bool = True) -> T:
        """`read` in the caller's own thread, which it blocks; it may do without a database that went away."""
        return self._translated(work, _READS, waits=waits)

    def write_now(self, work: Callable[[Connection], T], run_id: str | None = None) -> T:
        """`write` in the caller's own thread, which it blocks."""
        if run_id is not None:
            work = partial(self._fenced, work, run_id)
        return self._translated(work, _WRITES)

    async def in_thread(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Run code that reads and writes at once (`read_now`, `write_now`) in the database's own threads.

        Like a write it is finished whether the caller waits or not.
        """
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._threads, partial(work, *given, **named)))

    def prepare(self) -> None:
        """Make or upgrade the tables. Does not wait for a database that is not there.

        Raises `StoreUnavailableError`, and `SettingsError` for a store that this version cannot use.
        """
        work = partial(prepare_tables, seal=self.seal, place=self.location.words)
        self._translated(work, _WRITES, waits=False)

    async def aclose(self) -> None:
        """Finish what was begun and close every connection."""
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """`aclose` for code without an event loop."""
        self._threads.shutdown()
        self.engine.dispose()

    def _translated(self, work: Callable[[Connection], T], options: _Options, *, waits: bool = True) -> T:
        try:
            return (self._once_or_again if waits else self._transaction)(work, options)
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise store_error(self.location, error.orig or error) from error

    def _once_or_again(self, work: Callable[[Connection], T], options: _Options) -> T:
        waiting = Retrying(
            retry=retry_if_exception(is_gone),
            stop=stop_after_delay(BUSY_S),
            wait=wait_exponential(0.1, max=2),
            reraise=True,
        )
        result: T = waiting(self._transaction, work, options)
        return result

    def _fenced(self, work: Callable[[Connection], T], run_id: str, connection: Connection) -> T:
        self.epochs.require(connection, run_id)
        return work(connection)

    def _transaction(self, work: Callable[[Connection], T], options: _Options) -> T:
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            return work(connection)


def postgres_settings(url: URL, name: str) -> dict[str, str | int]:
    """How to connect to PostgreSQL beside the URL, whose `options` are kept. `name` is shown there."""
    options = " ".join([*url.normalized_query.get("options", ()), _POSTGRES_SESSION])
    return {**_POSTGRES_CONNECTION, "options": options, "application_name": name}


def add_once(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert a row unless there is one with that key, so that doing it twice changes nothing."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(table).values(values).on_conflict_do_nothing())


def in_portions(keys: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Keys for statements with IN, each of which takes a limited number."""
    rest = iter(keys)
    while portion := tuple(islice(rest, _KEYS_OF_A_STATEMENT)):
        yield portion


def is_gone(error: BaseException) -> bool:
    """Whether the server went away or never was there, which may pass."""
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or is_lost(error.orig)


def is_lost(error: BaseException | None) -> bool:
    """`is_gone` for the driver's own error."""
    import psycopg

    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(_GONE_SQLSTATES)


def store_error(location: StoreLocation, error: BaseException) -> StoreUnavailableError:
    """What to tell a person about a driver's error."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return StoreUnavailableError(
        f"Runs cannot be kept in {location.words}: {reason}. What was stored is safe; make room, give "
        "leave or start the database, then continue the run."
    )


@contextmanager
def store_errors(location: StoreLocation) -> Iterator[None]:
    """Raises `StoreUnavailableError` in place of what a driver raises."""
    import psycopg

    try:
        yield
    except DBAPIError as error:
        raise store_error(location, error.orig or error) from error
    except (psycopg.OperationalError, psycopg.InterfaceError, sqlite3.OperationalError) as error:
        raise store_error(location, error) from error


def _engine(location: StoreLocation) -> Engine:
    if location.folder:
        # Waiting for a lock is SQLite's own timeout; `hide_parameters` keeps content out of error messages.
        engine = create_engine(location.url, connect_args={"timeout": BUSY_S}, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        location.url,
        pool_size=_POSTGRES_CONNECTIONS,
        max_overflow=2,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=postgres_settings(location.url, "courseai"),
    )


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Every commit is on the disk before anybody acts on it: a power cut must not make us pay twice."""
    connection.isolation_level = None  # Else the driver begins transactions where it sees fit.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(OVERWRITE)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads before it writes fails at once when another one wrote in between.
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
