"""Briefs and lessons by content hash in a store's database; safe for several processes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from courseai.models.draft_store import canonical_text, loaded_body, ref_of
from courseai.store.database import Database, add_once
from courseai.store.tables import DRAFT, DRAFT_USE


class DatabaseDraftStore:
    """In a store; safe for several processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, run_id: str, body: dict[str, Any]) -> str:
        """See `DraftStore.put`."""
        text = canonical_text(body)
        ref = ref_of(text)
        sealed = self._database.seal.close_text(text)

        def write(connection: Connection) -> None:
            add_once(connection, DRAFT, {"ref": ref, "sealed_body": sealed})
            add_once(connection, DRAFT_USE, {"run_id": run_id, "ref": ref})

        await self._database.write(write, run_id)
        return ref

    async def get(self, ref: str) -> dict[str, Any]:
        """See `DraftStore.get`."""
        query = select(DRAFT.c.sealed_body).where(DRAFT.c.ref == ref)
        sealed = await self._database.read(lambda connection: connection.execute(query).scalar())
        return loaded_body(None if sealed is None else self._database.seal.open_text(sealed), ref)
