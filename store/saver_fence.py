"""A checkpoint is written only by the process whose epoch is the run's newest (store/epoch.py)."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import aiosqlite
from psycopg import AsyncConnection

from courseai.store.channel_values import TABLE
from courseai.store.epoch import Epochs, fence_lost

_REFUSAL = "the run was taken over by another process"
_TRIGGER = """
CREATE TEMP TRIGGER fence_{table}_{event} BEFORE {event} ON main.{table}
WHEN epoch_here({row}.thread_id) IS NOT NULL AND epoch_here({row}.thread_id) IS NOT
    (SELECT epoch FROM main.run_epoch WHERE run_id = {row}.thread_id)
BEGIN SELECT RAISE(ABORT, '{refusal}'); END
"""
_GUARDED = (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))


async def guard_sqlite(connection: aiosqlite.Connection, epochs: Epochs) -> None:
    """Let SQLite itself refuse what a late process writes through this connection.

    Temporary triggers belong to the connection and run inside the statement that they guard.
    """
    await connection.create_function("epoch_here", 1, epochs.of)
    for table in ("checkpoints", "writes", TABLE):
        for event, row in _GUARDED:
            await connection.execute(_TRIGGER.format(table=table, event=event, row=row, refusal=_REFUSAL))
    await connection.commit()


@contextmanager
def refused_as_lost(run_id: str) -> Iterator[None]:
    """Raises `FenceLostError` in place of SQLite's refusal."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        if _REFUSAL not in str(error):
            raise
        raise fence_lost(run_id) from error


@asynccontextmanager
async def guarded_transaction(
    connection: AsyncConnection[Any], epochs: Epochs, run_id: str
) -> AsyncIterator[None]:
    """A PostgreSQL transaction that commits before another process takes the run, or not at all."""
    async with connection.transaction():
        if (epoch := epochs.of(run_id)) is not None:
            query = "SELECT 1 FROM run_epoch WHERE run_id = %s AND epoch = %s FOR SHARE"
            if await (await connection.execute(query, (run_id, epoch))).fetchone() is None:
                raise fence_lost(run_id)
        yield
