"""Shares, scores, durations, counts and days for people. What is not known is a dash, never 0."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from courseai.service.money import usd

Value = float | None
NOTHING = "-"


def share(value: Value) -> str:
    """`93 %` or `93.4 %`: near a threshold the decimal says on which side of it."""
    return NOTHING if value is None else f"{round(100 * value, 1):g} %"


def score(value: Value) -> str:
    """`0.87`."""
    return NOTHING if value is None else f"{value:.2f}"


def duration(value: Value) -> str:
    """`0.42 s`, `12 s`, `3 min`, `5 h` or `2 days`."""
    if value is None:
        return NOTHING
    if value < 10:
        return f"{value:.2g} s" if value < 1 else f"{value:.1f} s"
    for limit, size, name in ((90, 1, "s"), (5400, 60, "min"), (129_600, 3600, "h")):
        if value < limit:
            return f"{value / size:.0f} {name}"
    return f"{value / 86_400:.0f} days"


def count(value: Value) -> str:
    """`12,345`."""
    return NOTHING if value is None else f"{value:,.0f}"


def amount(value: Value) -> str:
    """`$0.0123`."""
    return NOTHING if value is None else usd(value)


def day_names(days: Iterable[str]) -> list[str]:
    """Each day in words."""
    return [day_name(day) for day in days]


def day_name(iso: str) -> str:
    """`3 Nov` for a day in ISO 8601."""
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%b}"
