"""Makes the tables of a store, upgrades those of an older version, and refuses those of a newer one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, insert, inspect, select, text, true, update

from courseai.course.errors import SettingsError
from courseai.store.figure_writer import note_older_calls
from courseai.store.seal import Seal
from courseai.store.shared_tables import SHARED_METADATA
from courseai.store.tables import CALL, DRAFT, DRAFT_USE, METADATA, RUN, STORE, STORE_VERSION

_CHECK = b"courseai"
_TABLES_OF_VERSION_1 = ("run", "call", "drafts")
_LOCK = int.from_bytes(hashlib.sha256(b"courseai tables").digest()[:8], signed=True)
"""Of PostgreSQL's advisory locks: two processes that make the same table at once fail."""


def prepare_tables(connection: Connection, seal: Seal, place: str) -> None:
    """Bring the tables to this version, in the caller's transaction; `place` is named to people.

    Raises `SettingsError` for a store of a newer version.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        # They hold nothing that has to be kept, so no version counts them: what is missing is made.
        SHARED_METADATA.create_all(connection)
    version = _version(connection)
    if version == STORE_VERSION:
        _check_key(connection, seal, place)
        return
    if version is not None and version > STORE_VERSION:
        raise SettingsError(
            f"The runs in {place} were stored by a newer CourseAI (store version {version}, this one knows "
            f"{STORE_VERSION}). Update CourseAI, or set COURSEAI_HOME to another folder."
        )
    if version == 1 and seal.encrypts:
        raise SettingsError(f"{place} is of an older version and not encrypted. Open it once without a key.")
    if version in (2, 3):
        _check_key(connection, seal, place)
        connection.execute(update(STORE).values(version=STORE_VERSION))
        METADATA.create_all(connection)
    else:
        older = _set_aside(connection) if version == 1 else []
        METADATA.create_all(connection)
        check = seal.close(_CHECK) if seal.encrypts else None
        connection.execute(insert(STORE).values(version=STORE_VERSION, sealed_check=check))
        _take_over(connection, seal, older)
    note_older_calls(connection)


def _version(connection: Connection) -> int | None:
    """None for an empty database."""
    tables = set(inspect(connection).get_table_names())
    if STORE.name in tables:
        return int(connection.execute(select(STORE.c.version)).scalar_one())
    is_older = connection.dialect.name == "sqlite" and tables.intersection(_TABLES_OF_VERSION_1)
    return 1 if is_older else None


def _check_key(connection: Connection, seal: Seal, place: str) -> None:
    """Refuse the wrong key at once, and never mix encrypted with plain content."""
    check = connection.execute(select(STORE.c.sealed_check)).scalar_one()
    if check is None and seal.encrypts:
        raise SettingsError(
            f"{place} is not encrypted, and there is a key. Leave out the key, or "
            "start an encrypted store by setting COURSEAI_HOME to a new folder."
        )
    if check is not None and not seal.encrypts:
        raise SettingsError(
            f"{place} is encrypted. Set COURSEAI_ENCRYPTION_KEY or COURSEAI_ENCRYPTION_KEY_FILE."
        )
    if check is not None:
        seal.open(check)


def _set_aside(connection: Connection) -> list[str]:
    """Rename the tables of version 1; each was made when it was first needed."""
    present = set(inspect(connection).get_table_names())
    older = [name for name in _TABLES_OF_VERSION_1 if name in present]
    for name in older:
        connection.execute(text(f"ALTER TABLE {name} RENAME TO {name}_1"))
    for index in ("call_by_key", "call_by_run"):
        connection.execute(text(f"DROP INDEX IF EXISTS {index}"))
    return older


def _take_over(connection: Connection, seal: Seal, older: list[str]) -> None:
    """Copy the rows of version 1. It did not note whose a draft was, so each run is noted as using all."""
    for name in older:
        for row in connection.execute(text(f"SELECT * FROM {name}_1 ORDER BY rowid")).mappings():
            _COPIES[name](connection, seal, dict(row))
        connection.execute(text(f"DROP TABLE {name}_1"))
    if older:
        pairs = select(RUN.c.run_id, DRAFT.c.ref).select_from(RUN.join(DRAFT, true()))
        connection.execute(insert(DRAFT_USE).from_select(["run_id", "ref"], pairs))


def _copy_run(connection: Connection, seal: Seal, row: dict[str, Any]) -> None:
    sealed = {"sealed_" + name: seal.close_text(row.pop(name)) for name in ("topic", "settings")}
    connection.execute(insert(RUN).values(row | sealed))


def _copy_call(connection: Connection, seal: Seal, row: dict[str, Any]) -> None:
    """A call of version 1, which reserved nothing, counts for what it cost."""
    facts = {"tier": "", "attempt": 1, "purpose": "draft", "phase": "sections", "subject": ""}
    if row["record"] is not None:
        record = json.loads(row["record"])
        facts |= {name: record[name] for name in facts}
    same = {name: row[name] for name in ("call_id", "call_key", "run_id", "model", "started_at")}
    values = {name: row[name] for name in ("call_id", "call_key", "run_id", "record")} | {
        "phase": facts["phase"],
        "charged_usd": record["cost_usd"] or 0.0 if row["record"] else 0.0,
        "begun": json.dumps(facts | same | {"reserved_usd": 0.0, "ceiling_usd": None}),
        "sealed_answer": None if row["answer"] is None else seal.close_text(row["answer"]),
    }
    connection.execute(insert(CALL).values(values))


def _copy_draft(connection: Connection, seal: Seal, row: dict[str, Any]) -> None:
    connection.execute(insert(DRAFT).values(ref=row["ref"], sealed_body=seal.close_text(row["body"])))


_COPIES: dict[str, Callable[[Connection, Seal, dict[str, Any]], None]] = {
    "run": _copy_run,
    "call": _copy_call,
    "drafts": _copy_draft,
}
