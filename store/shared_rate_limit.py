"""The rate limit of each provider over all workers on one PostgreSQL database.

It is the rule of models/rate_limit.py in one statement: the database's clock, its lock of one row for as long
as the statement runs, and nothing held while a call waits for its second.
"""

from __future__ import annotations

from sqlalchemy import text

from courseai.models.rate_limit import SPAN_S, Leave, RateLimits
from courseai.store.database import Database

_NO_LIMIT = 2**62
_SECOND = "floor(extract(epoch FROM clock_timestamp()))::bigint"
"""Read after the row is locked, unlike now(), which is the time that the statement began to wait for it."""

_BOOK = text(f"""
INSERT INTO provider_rate AS rate (provider, seconds, requests, tokens)
VALUES (:provider, ARRAY[{_SECOND}], ARRAY[1], ARRAY[CAST(:tokens AS bigint)])
ON CONFLICT (provider) DO UPDATE SET (seconds, requests, tokens) = (
    WITH past AS (
        SELECT * FROM unnest(rate.seconds, rate.requests, rate.tokens) AS past (second, requests, tokens)
    ), earliest AS (
        SELECT greatest({_SECOND}, max(second)) AS second FROM past
    ), booked AS (
        SELECT min(candidate.second) AS second
        FROM earliest, generate_series(earliest.second, earliest.second + :span) AS candidate (second)
        WHERE (
            SELECT coalesce(sum(requests), 0) < :most_requests
               AND coalesce(sum(tokens), 0) + :tokens <= :most_tokens
            FROM past WHERE past.second > candidate.second - :span
        )
    ), counted AS (
        SELECT past.* FROM past, booked WHERE past.second > booked.second - :span
        UNION ALL SELECT booked.second, 1, :tokens FROM booked
    ), merged AS (
        SELECT second, sum(requests)::bigint AS requests, sum(tokens)::bigint AS tokens
        FROM counted GROUP BY second
    )
    SELECT array_agg(second ORDER BY second), array_agg(requests ORDER BY second),
           array_agg(tokens ORDER BY second)
    FROM merged
)
RETURNING seconds[cardinality(seconds)] AS second,
          extract(epoch FROM clock_timestamp())::float8 AS now
""")

_CORRECT = text("""
UPDATE provider_rate AS rate SET (requests, tokens) = (
    SELECT array_agg(requests - CASE WHEN second = :second THEN :requests ELSE 0 END ORDER BY second),
           array_agg(tokens - CASE WHEN second = :second THEN :tokens ELSE 0 END ORDER BY second)
    FROM unnest(rate.seconds, rate.requests, rate.tokens) AS past (second, requests, tokens)
)
WHERE provider = :provider AND :second = ANY(seconds)
RETURNING provider
""")


class SharedRateLimit:
    """See `RateLimit`. Raises `StoreUnavailableError`: without the database nobody knows what others send."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def book(self, provider: str, limits: RateLimits, tokens: int) -> Leave:
        """One round trip. Raises `SettingsError` for a call that is larger than the limit."""
        limits.require_room(provider, tokens)
        given = {
            "provider": provider,
            "tokens": tokens,
            "span": SPAN_S,
            "most_requests": _NO_LIMIT if limits.requests is None else limits.requests,
            "most_tokens": _NO_LIMIT if limits.tokens is None else limits.tokens,
        }
        (row,) = await self._database.execute(_BOOK, given)
        return Leave(row.second, tokens, row.second - row.now)

    async def correct(self, provider: str, leave: Leave, *, tokens: int, sent: bool = True) -> None:
        """One round trip."""
        given = {
            "provider": provider,
            "second": leave.second,
            "requests": 0 if sent else 1,
            "tokens": leave.tokens - tokens,
        }
        await self._database.execute(_CORRECT, given)
