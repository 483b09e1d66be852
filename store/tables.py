"""The tables of a store, the same in SQLite and PostgreSQL; LangGraph's own lie beside them.

A column `sealed_...` holds content and is read and written through the store's seal (seal.py).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text

STORE_VERSION = 4
"""Raised with every change of a store; schema.py upgrades older ones. 1 was SQLite by hand, 2 had no prompts
and no figures (figure_tables.py), 3 the whole state in every checkpoint of SQLite (channel_values.py)."""

METADATA = MetaData()
_COUNTER = BigInteger().with_variant(Integer, "sqlite")

STORE = Table(
    "store",
    METADATA,
    Column("version", Integer, nullable=False),
    Column("sealed_check", LargeBinary),
)
"""One row: the version of the tables; of an encrypted store, a known text under its key."""

RUN = Table(
    "run",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("started_at", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("sealed_topic", LargeBinary, nullable=False),
    Column("sealed_settings", LargeBinary, nullable=False),
)
"""What each run was started with. Times are ISO 8601, UTC."""

CALL = Table(
    "call",
    METADATA,
    Column("number", _COUNTER, primary_key=True, autoincrement=True),
    Column("call_id", Text, nullable=False, unique=True),
    Column("call_key", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("charged_usd", Float, nullable=False),
    Column("ceiling_usd", Float),
    Column("begun", Text, nullable=False),
    Column("record", Text),
    Column("sealed_answer", LargeBinary),
    Index("call_by_key", "call_key"),
    Index("call_by_run", "run_id"),
)
"""The journal. `begun` and `record` are JSON without content; `record` is empty while a call is in flight.
`charged_usd` is what it counts for against the ceiling: its worst case until the record says better."""

PROMPT = Table(
    "prompt",
    METADATA,
    Column("call_key", Text, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("sealed_prompt", LargeBinary, nullable=False),
    Index("prompt_by_run", "run_id"),
)
"""What was asked, as JSON: one row for a request, however often it was sent. Calls of before version 3 have
none."""

DRAFT = Table(
    "draft",
    METADATA,
    Column("ref", Text, primary_key=True),
    Column("sealed_body", LargeBinary, nullable=False),
)
"""Bodies by the hash of their content, each once however many runs use it."""

DRAFT_USE = Table(
    "draft_use",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Index("draft_use_by_ref", "ref"),
)
"""Which runs use a body."""

RUN_EPOCH = Table(
    "run_epoch",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("host", Text, nullable=False),
    Column("since", Text, nullable=False),
)
"""The newest epoch of each run, from 1, and the process that took it (epoch.py)."""
