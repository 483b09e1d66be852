"""Where bodies lie: briefs and lessons by content hash, outside the graph's state.

The same content has the same ref, so writing twice is harmless and a resumed run finds what it wrote.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any, Protocol

import aiosqlite

from courseai.course.errors import RunNotFoundError

_WAIT_S = 30
"""Seconds that a statement waits for another writer's."""


class DraftStore(Protocol):
    """Content-addressed JSON."""

    async def put(self, run_id: str, body: dict[str, Any]) -> str:
        """Store a body for a run and return its ref (32 hex digits); it goes when its last run is deleted."""
        ...

    async def get(self, ref: str) -> dict[str, Any]:
        """The body of a ref; raises RunNotFoundError when it is not here."""
        ...


class MemoryDraftStore:
    """For one process: embedding without files, and tests."""

    def __init__(self) -> None:
        self._bodies: dict[str, str] = {}

    async def put(self, run_id: str, body: dict[str, Any]) -> str:
        """See `DraftStore.put`."""
        text = _canonical(body)
        ref = _ref(text)
        self._bodies[ref] = text
        return ref

    async def get(self, ref: str) -> dict[str, Any]:
        """See `DraftStore.get`."""
        return _loaded(self._bodies.get(ref), ref)


class SqliteDraftStore:
    """One SQLite file, readable only by its owner; safe for several processes.

    Every statement commits itself: a cancelled run leaves no transaction open that would lock the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ready = False
        self._lock = asyncio.Lock()

    async def put(self, run_id: str, body: dict[str, Any]) -> str:
        """See `DraftStore.put`."""
        text = _canonical(body)
        ref = _ref(text)
        async with self._lock, self._connect() as database:
            await self._prepare(database)
            await database.execute("INSERT OR IGNORE INTO drafts VALUES (?, ?)", (ref, text))
        return ref

    async def get(self, ref: str) -> dict[str, Any]:
        """See `DraftStore.get`."""
        async with self._connect() as database:
            await self._prepare(database)
            cursor = await database.execute("SELECT body FROM drafts WHERE ref = ?", (ref,))
            row = await cursor.fetchone()
        return _loaded(row[0] if row else None, ref)

    def _connect(self) -> aiosqlite.Connection:
        return aiosqlite.connect(self._path, timeout=_WAIT_S, isolation_level=None)

    async def _prepare(self, database: aiosqlite.Connection) -> None:
        if self._ready:
            return
        await database.execute("PRAGMA journal_mode=WAL")
        await database.execute("CREATE TABLE IF NOT EXISTS drafts (ref TEXT PRIMARY KEY, body TEXT NOT NULL)")
        await asyncio.to_thread(self._path.chmod, 0o600)
        self._ready = True


def _canonical(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _ref(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _loaded(text: str | None, ref: str) -> dict[str, Any]:
    if text is None:
        raise RunNotFoundError(f"The stored text {ref} is missing: the run's files were moved or deleted.")
    body: dict[str, Any] = json.loads(text)
    return body
