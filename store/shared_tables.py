"""What all workers on one PostgreSQL database share about the providers. An SQLite store has none of it: its
one process keeps it in memory.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

SHARED_METADATA = MetaData()

PROVIDER_RATE = Table(
    "provider_rate",
    SHARED_METADATA,
    Column("provider", Text, primary_key=True),
    Column("seconds", ARRAY(BigInteger), nullable=False),
    Column("requests", ARRAY(BigInteger), nullable=False),
    Column("tokens", ARRAY(BigInteger), nullable=False),
)
"""The calls of each provider by second (Unix time of the database), ascending, for as long as they count."""

PROVIDER_BREAKER = Table(
    "provider_breaker",
    SHARED_METADATA,
    Column("provider", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("probe_until", DateTime(timezone=True)),
)
"""The circuit breaker of each model that failed once. `number` counts its changes. While a worker probes
(`half_open`) nobody else does until `probe_until`."""
