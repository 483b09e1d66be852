"""A stretch of time, and what SQL says of it. Days are UTC's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, func, literal_column

from courseai.store.figure_tables import RUN_FIGURE


@dataclass(frozen=True)
class Window:
    """From `since` on, and before `until`; both in UTC."""

    since: datetime
    until: datetime

    @property
    def days(self) -> list[str]:
        """Every day that it touches, oldest first: ISO 8601."""
        first, last = self.since.date(), (self.until - timedelta(microseconds=1)).date()
        return [str(first + timedelta(days=number)) for number in range((last - first).days + 1)]

    def holds(self, column: Column[Any]) -> ColumnElement[bool]:
        """Whether a time of the store lies in it: ISO 8601, which sorts as text."""
        return (column >= f"{self.since:%Y-%m-%dT%H:%M:%S}") & (column < f"{self.until:%Y-%m-%dT%H:%M:%S}")

    def longer(self, days: int) -> Window:
        """With so many days before it."""
        return Window(self.since - timedelta(days=days), self.until)


def last_days(days: int, now: datetime | None = None) -> Window:
    """Today as a whole, and the days before it: so many in all."""
    today = (now or datetime.now(UTC)).astimezone(UTC).date()
    return between(today - timedelta(days=days - 1), today)


def last_hours(hours: float, now: datetime | None = None) -> Window:
    """Up to this moment, the current second included."""
    until = (now or datetime.now(UTC)).astimezone(UTC) + timedelta(seconds=1)
    return Window(until - timedelta(hours=hours), until)


def between(first: date, last: date) -> Window:
    """Whole days, both included."""
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    return Window(start, end)


def day_of(column: Column[Any]) -> ColumnElement[str]:
    """The day of a time, ISO 8601."""
    # No bound parameters: PostgreSQL takes the expression in GROUP BY for another one if it has its own.
    return func.substr(column, literal_column("1"), literal_column("10"))


def of_runs(query: Select[Any], run_id: Column[str], window: Window) -> Select[Any]:
    """Only of the runs that came to rest in the window."""
    return query.join(RUN_FIGURE, RUN_FIGURE.c.run_id == run_id).where(window.holds(RUN_FIGURE.c.ended_at))


PERCENTILES: Sequence[float] = (0.5, 0.95, 0.99)
"""Shares that durations are given at."""
