"""LangGraph's savers for SQLite and PostgreSQL, made safe for runs that are stopped, retried and taken over.

Both are LangGraph's own, except that
- a write is finished even when its task is cancelled, so that no transaction stays open and locks the store;
- SQLite too keeps each version of a value of the state once (channel_values.py);
- what a newer checkpoint has made superfluous is deleted (see `SUPERSEDED`);
- of a task that failed only the error is stored (see `finished_writes`);
- a process that lost its run writes nothing more (saver_fence.py);
- what the database refuses is told to people as `StoreUnavailableError`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.types import ERROR
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_exponential

from courseai.store.channel_values import OF_SECTIONS, ChannelValues
from courseai.store.database import BUSY_S, Database, is_lost, store_error, store_errors
from courseai.store.saver_fence import guarded_transaction, refused_as_lost
from courseai.store.serializer import SealedSerializer

Pool = AsyncConnectionPool[AsyncConnection[DictRow]]
T = TypeVar("T")

_run_written: ContextVar[str | None] = ContextVar("run_written", default=None)
"""The run whose fence the current write has to pass."""


SUPERSEDED = (
    "DELETE FROM {writes} WHERE thread_id = {value} AND checkpoint_id < {value}",
    "DELETE FROM checkpoints WHERE thread_id = {value} AND checkpoint_id < {value} AND checkpoint_ns <> ''",
)
"""What every step of the course leaves behind: the writes that its checkpoint has taken in, and the
checkpoints of sections that are through. Ids grow with time. The course's own checkpoints, which a run can be
forked from, stay. Stored bytes would grow 8 times faster without this."""


def finished_writes(writes: Sequence[tuple[str, Any]]) -> Sequence[tuple[str, Any]]:
    """What a task wrote; of one that failed or was cancelled, only the error: it has not finished.

    A task that is stopped while it hands over its output records part of it beside the error. On resume
    LangGraph 1.2 takes any output for a finished task (`pregel/_task_status.py` says so), so the rest,
    the way to the next node included, is lost and the run ends there without a word.
    """
    return [write for write in writes if write[0] == ERROR] or writes


class Writes:
    """Writes under way. Each is finished even when its caller is cancelled.

    LangGraph does not wait for the writes of a run that was cancelled, so whoever closes the database has to:
    SQLite keeps a file locked when it is closed in the middle of a transaction.
    """

    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[Any]] = set()

    async def finish(self, work: Coroutine[Any, Any, T]) -> T:
        """Do this write, then be cancelled."""
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._end)
        return await asyncio.shield(task)

    async def settle(self) -> None:
        """Wait for every write that was begun."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # Nobody is left to be told when the caller was cancelled.


class RunSaver(AsyncSqliteSaver):
    """The saver of an SQLite store."""

    def __init__(self, connection: aiosqlite.Connection, database: Database) -> None:
        super().__init__(connection, serde=SealedSerializer(database.seal))
        self.database = database
        self.writes = Writes()
        self._values = ChannelValues(connection, self.serde)

    async def setup(self) -> None:
        """See AsyncSqliteSaver."""
        if not self.is_setup:
            await super().setup()
            async with self.lock:
                await self._values.prepare()
                await self.conn.commit()

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """See AsyncSqliteSaver."""
        found = await super().aget_tuple(config)
        if found is None:
            return None
        async with self.lock:
            return await self._values.filled(found)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """See AsyncSqliteSaver, which holds the lock meanwhile."""
        listed = super().alist(config, filter=filter, before=before, limit=limit)
        async with aclosing(cast("AsyncGenerator[CheckpointTuple]", listed)) as listing:
            async for found in listing:
                yield await self._values.filled(found)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """See AsyncSqliteSaver."""
        put = super().aput

        async def write() -> RunnableConfig:
            place = config["configurable"]
            async with self.lock:
                # Committed first: no checkpoint is ever without its values.
                rest = await self._values.keep(place["thread_id"], place["checkpoint_ns"], checkpoint)
                await self.conn.commit()
            return await self._tidied(await put(config, rest, metadata, new_versions))

        return await self._written(config, write())

    async def adelete_thread(self, thread_id: str) -> None:
        """See AsyncSqliteSaver."""
        await super().adelete_thread(thread_id)
        async with self.lock:
            await self._values.delete(thread_id)
            await self.conn.commit()

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """See AsyncSqliteSaver and `finished_writes`."""
        write = super().aput_writes(config, finished_writes(writes), task_id, task_path)
        await self._written(config, write)

    async def _tidied(self, config: RunnableConfig) -> RunnableConfig:
        written = config["configurable"]
        if not written["checkpoint_ns"]:
            key = (written["thread_id"], written["checkpoint_id"])
            async with self.lock:
                for statement in (*SUPERSEDED, OF_SECTIONS):
                    filled = statement.format(writes="writes", value="?")
                    await self.conn.execute(filled, key[: filled.count("?")])
                await self.conn.commit()
        return config

    async def _written(self, config: RunnableConfig, write: Coroutine[Any, Any, T]) -> T:
        return await self.writes.finish(self._wholly(config["configurable"]["thread_id"], write))

    async def _wholly(self, run_id: str, write: Coroutine[Any, Any, T]) -> T:
        try:
            with refused_as_lost(run_id):
                return await write
        except Exception as error:
            async with self.lock:
                await self.conn.rollback()
            if isinstance(error, sqlite3.OperationalError):
                raise store_error(self.database.location, error) from error
            raise


_SECTION_BLOBS = """
DELETE FROM checkpoint_blobs AS blob WHERE thread_id = %s AND checkpoint_ns <> '' AND NOT EXISTS (
    SELECT 1 FROM checkpoints AS kept
    WHERE kept.thread_id = blob.thread_id AND kept.checkpoint_ns = blob.checkpoint_ns)
"""


class PostgresRunSaver(AsyncPostgresSaver):
    """The saver of a PostgreSQL store. Waits `BUSY_S` seconds for a server that went away.

    LangGraph's holds one lock over its whole pool; here every operation has a connection of its own.
    """

    def __init__(self, pool: Pool, database: Database) -> None:
        super().__init__(pool, serde=SealedSerializer(database.seal))
        self._pool = pool
        self.database = database
        self.writes = Writes()

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """See AsyncPostgresSaver."""
        read = super().aget_tuple
        return await self._again(lambda: read(config))

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """See AsyncPostgresSaver."""
        put = super().aput

        async def write() -> RunnableConfig:
            written = await put(config, checkpoint, metadata, new_versions)
            await self._tidy(written["configurable"])
            return written

        return await self._written(config, write)

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """See AsyncPostgresSaver and `finished_writes`."""
        write, finished = super().aput_writes, finished_writes(writes)
        await self._written(config, lambda: write(config, finished, task_id, task_path))

    async def _tidy(self, written: Mapping[str, str]) -> None:
        if written["checkpoint_ns"]:
            return
        key = (written["thread_id"], written["checkpoint_id"])
        async with self._cursor(pipeline=True) as cursor:
            for statement in (*SUPERSEDED, _SECTION_BLOBS):
                filled = statement.format(writes="checkpoint_writes", value="%s")
                await cursor.execute(filled, key[: filled.count("%s")])

    async def _written(self, config: RunnableConfig, write: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return await self.writes.finish(self._fenced(config["configurable"]["thread_id"], write))

    async def _fenced(self, run_id: str, write: Callable[[], Coroutine[Any, Any, T]]) -> T:
        # `Writes` runs this in a task, whose context nobody else sees.
        _run_written.set(run_id)
        return await self._again(write)

    async def _again(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Every write here is an upsert by key: to do it twice is to do it once."""
        waiting = AsyncRetrying(
            retry=retry_if_exception(is_lost),
            stop=stop_after_delay(BUSY_S),
            wait=wait_exponential(0.1, max=2),
            reraise=True,
        )

        async def attempt() -> T:  # tenacity awaits only what is declared async
            return await work()

        with store_errors(self.database.location):
            result: T = await waiting(attempt)
            return result

    @asynccontextmanager
    async def _cursor(self, *, pipeline: bool = False) -> AsyncIterator[AsyncCursor[DictRow]]:
        """Replaces LangGraph's, which waits for one lock; `pipeline` asks for one transaction."""
        async with self._pool.connection() as connection:
            run_id = _run_written.get()
            if not pipeline or run_id is None:
                async with connection.cursor(binary=True, row_factory=dict_row) as cursor:
                    yield cursor
                return
            async with (
                guarded_transaction(connection, self.database.epochs, run_id),
                connection.cursor(binary=True, row_factory=dict_row) as cursor,
            ):
                yield cursor
