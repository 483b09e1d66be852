"""The board on which all workers on one PostgreSQL database keep each model's circuit breaker.

Each method is one statement, by the database's clock, and none waits for a database that is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, TextClause, text

from courseai.models.breaker import BreakerState
from courseai.models.breaker_board import Notice
from courseai.models.call import Outcome
from courseai.store.database import Database

_READ = text("""
SELECT model, number, reason,
       CASE WHEN state = 'half_open' AND probe_until <= clock_timestamp() THEN 'open' ELSE state END AS state,
       extract(epoch FROM clock_timestamp() - opened_at)::float8 AS opened_s_ago
FROM provider_breaker WHERE provider = :provider
""")

_OPEN = text("""
INSERT INTO provider_breaker AS breaker (provider, model, number, state, reason, opened_at)
VALUES (:provider, :model, 1, 'open', :reason, clock_timestamp())
ON CONFLICT (provider, model) DO UPDATE
SET number = breaker.number + 1, state = 'open', reason = :reason, opened_at = clock_timestamp()
RETURNING number
""")

_CLOSE = text("""
UPDATE provider_breaker SET number = number + 1, state = 'closed'
WHERE provider = :provider AND model = :model AND state <> 'closed'
RETURNING number
""")

_CLAIM = text("""
UPDATE provider_breaker
SET number = number + 1, state = 'half_open',
    probe_until = clock_timestamp() + make_interval(secs => :probe_s)
WHERE provider = :provider AND model = :model AND (
    (state = 'open' AND opened_at <= clock_timestamp() - make_interval(secs => :cooldown_s))
    OR (state = 'half_open' AND probe_until <= clock_timestamp())
)
RETURNING number
""")

_RETURN = text("""
UPDATE provider_breaker SET probe_until = clock_timestamp()
WHERE provider = :provider AND model = :model AND state = 'half_open'
RETURNING number
""")


class SharedBoard:
    """See `BreakerBoard`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, provider: str) -> Mapping[str, Notice]:
        """See `BreakerBoard`."""
        rows = await self._database.execute(_READ, {"provider": provider}, waits=False)
        return {row.model: _notice(row) for row in rows}

    async def post_open(self, provider: str, model: str, reason: Outcome) -> int:
        """See `BreakerBoard`."""
        number = await self._number(_OPEN, provider=provider, model=model, reason=reason.value)
        assert number is not None
        return number

    async def post_closed(self, provider: str, model: str) -> int | None:
        """See `BreakerBoard`."""
        return await self._number(_CLOSE, provider=provider, model=model)

    async def claim_probe(self, provider: str, model: str, cooldown_s: float, probe_s: float) -> int | None:
        """See `BreakerBoard`."""
        return await self._number(
            _CLAIM, provider=provider, model=model, cooldown_s=cooldown_s, probe_s=probe_s
        )

    async def return_probe(self, provider: str, model: str) -> None:
        """See `BreakerBoard`."""
        await self._number(_RETURN, provider=provider, model=model)

    async def _number(self, statement: TextClause, **given: Any) -> int | None:
        rows = await self._database.execute(statement, given, waits=False)
        return rows[0].number if rows else None


def _notice(row: Row[Any]) -> Notice:
    return Notice(row.number, BreakerState(row.state), Outcome(row.reason), row.opened_s_ago)
