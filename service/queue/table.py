"""What the queue keeps of a course beside Procrastinate's own tables, and how both are made."""

from __future__ import annotations

import hashlib

from procrastinate.schema import SchemaManager
from sqlalchemy import Boolean, Column, Connection, Integer, LargeBinary, MetaData, Table, Text, text

_METADATA = MetaData()
_LOCK = int.from_bytes(hashlib.sha256(b"courseai queue").digest()[:8], signed=True)
"""Of PostgreSQL's advisory locks: two processes that make the same table at once fail."""

COURSE_TROUBLE = Table(
    "course_trouble",
    _METADATA,
    Column("run_id", Text, primary_key=True),
    Column("sealed_problem", LargeBinary),
    Column("deaths", Integer, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("is_set_aside", Boolean, nullable=False),
)
"""What went wrong with a course that was enqueued: why its last job failed; how many workers in a row died
over it while its journal stayed at so many finished calls; whether it was set aside for that."""


def has_queue(connection: Connection) -> bool:
    """Whether the tables are there."""
    return bool(connection.execute(text("SELECT to_regclass('course_trouble') IS NOT NULL")).scalar())


def prepare_queue(connection: Connection) -> None:
    """Make the tables of the queue where they are missing, in the caller's transaction."""
    if has_queue(connection):
        return
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if connection.execute(text("SELECT to_regclass('procrastinate_jobs')")).scalar() is None:
        # Without parameters, so that the driver takes several statements and leaves percent signs alone.
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(SchemaManager.get_schema())
    _METADATA.create_all(connection)
    # The jobs of a run are looked up by their lock, which Procrastinate indexes for unfinished ones only.
    connection.execute(
        text("CREATE INDEX IF NOT EXISTS course_job_by_run ON procrastinate_jobs (lock, id DESC)")
    )
