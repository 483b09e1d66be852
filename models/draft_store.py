"""Where bodies lie: briefs and lessons by content hash, outside the graph's state.

The same content has the same ref, so writing twice is harmless and a resumed run finds what it wrote.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Protocol

from sqlalchemy import Connection, select

from courseai.course.errors import RunNotFoundError
from courseai.models.database import Database, add_once
from courseai.models.tables import DRAFT, DRAFT_USE


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

    async def put(self, run_id: str, body: dict[str, Any]) -> str:  # noqa: ARG002 - nothing is deleted here
        """See `DraftStore.put`."""
        text = _canonical(body)
        ref = _ref(text)
        self._bodies[ref] = text
        return ref

    async def get(self, ref: str) -> dict[str, Any]:
        """See `DraftStore.get`."""
        return _loaded(self._bodies.get(ref), ref)


class DatabaseDraftStore:
    """In a store; safe for several processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, run_id: str, body: dict[str, Any]) -> str:
        """See `DraftStore.put`."""
        text = _canonical(body)
        ref = _ref(text)
        sealed = self._database.seal.close_text(text)

        def write(connection: Connection) -> None:
            add_once(connection, DRAFT, {"ref": ref, "sealed_body": sealed})
            add_once(connection, DRAFT_USE, {"run_id": run_id, "ref": ref})

        await self._database.write(write)
        return ref

    async def get(self, ref: str) -> dict[str, Any]:
        """See `DraftStore.get`."""
        query = select(DRAFT.c.sealed_body).where(DRAFT.c.ref == ref)
        sealed = await self._database.read(lambda connection: connection.execute(query).scalar())
        return _loaded(None if sealed is None else self._database.seal.open_text(sealed), ref)


def _canonical(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _ref(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _loaded(text: str | None, ref: str) -> dict[str, Any]:
    if text is None:
        raise RunNotFoundError(f"The stored text {ref} is missing: the run's files were moved or deleted.")
    body: dict[str, Any] = json.loads(text)
    return body
