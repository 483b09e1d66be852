"""The values of a run's state in an SQLite store, each version once.

LangGraph's SQLite saver writes the whole state with every checkpoint. Its PostgreSQL saver writes each
version of a value once, to which checkpoints refer by their `channel_versions`; so does this.
"""

from __future__ import annotations

from typing import Any

import aiosqlite
from langgraph.checkpoint.base import Checkpoint, CheckpointTuple
from langgraph.checkpoint.serde.base import SerializerProtocol

TABLE = "channel_values"
_CREATE = f"""
CREATE TABLE IF NOT EXISTS {TABLE} (
    thread_id TEXT NOT NULL,
    checkpoint_ns TEXT NOT NULL,
    channel TEXT NOT NULL,
    version TEXT NOT NULL,
    type TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (thread_id, checkpoint_ns, channel, version)
)
"""
_KNOWN = f"SELECT channel, version FROM {TABLE} WHERE thread_id = ? AND checkpoint_ns = ?"
_KEEP = f"INSERT INTO {TABLE} VALUES (?, ?, ?, ?, ?, ?)"
_READ = f"""
SELECT type, value FROM {TABLE} WHERE thread_id = ? AND checkpoint_ns = ? AND channel = ? AND version = ?
"""
_DELETE = f"DELETE FROM {TABLE} WHERE thread_id = ?"
OF_SECTIONS = f"""
DELETE FROM {TABLE} AS kept WHERE thread_id = ? AND checkpoint_ns <> '' AND NOT EXISTS (
    SELECT 1 FROM checkpoints WHERE thread_id = kept.thread_id AND checkpoint_ns = kept.checkpoint_ns)
"""
"""Deletes the values of sections that have no checkpoint any more."""
_INLINE = (str, int, float, type(None))
"""Stay in the checkpoint, as PostgreSQL's saver has it: a row of their own would cost more."""


class ChannelValues:
    """Those of one store. Whoever calls holds the saver's lock, and commits."""

    def __init__(self, connection: aiosqlite.Connection, serializer: SerializerProtocol) -> None:
        self._connection = connection
        self._serializer = serializer

    async def prepare(self) -> None:
        """Make the table, if it is not there."""
        await self._connection.execute(_CREATE)

    async def keep(self, run_id: str, namespace: str, checkpoint: Checkpoint) -> Checkpoint:
        """Write the values that have no row yet, and give the checkpoint without those that have one.

        A value that did not change has none either, if an older store has it in an earlier checkpoint.
        """
        async with self._connection.execute(_KNOWN, (run_id, namespace)) as cursor:
            known = {(channel, version) async for channel, version in cursor}
        inline: dict[str, Any] = {}
        rows = []
        for channel, value in checkpoint["channel_values"].items():
            version = checkpoint["channel_versions"].get(channel)
            if version is None or isinstance(value, _INLINE):
                inline[channel] = value
            elif (channel, str(version)) not in known:
                rows.append((run_id, namespace, channel, str(version), *self._serializer.dumps_typed(value)))
        await self._connection.executemany(_KEEP, rows)
        return {**checkpoint, "channel_values": inline}

    async def filled(self, found: CheckpointTuple) -> CheckpointTuple:
        """A checkpoint with its values again. Those of older stores hold theirs themselves."""
        place = found.config["configurable"]
        values = dict(found.checkpoint["channel_values"])
        for channel, version in found.checkpoint["channel_versions"].items():
            if channel in values:
                continue
            key = (place["thread_id"], place["checkpoint_ns"], channel, str(version))
            async with self._connection.execute(_READ, key) as cursor:
                if row := await cursor.fetchone():
                    values[channel] = self._serializer.loads_typed((row[0], row[1]))
        return found._replace(checkpoint={**found.checkpoint, "channel_values": values})

    async def delete(self, run_id: str) -> None:
        """Those of a run."""
        await self._connection.execute(_DELETE, (run_id,))
