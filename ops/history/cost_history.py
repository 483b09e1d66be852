"""What courses cost: SQL over the figures of calls and runs, the same for SQLite and PostgreSQL.

Amounts are USD. A cost that nobody named is not zero: it is left out of sums and counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean

from sqlalchemy import Column, ColumnElement, Connection, func, select

from courseai.ops.history.window import Window, day_of
from courseai.store.figure_tables import CALL_FIGURE, RUN_FIGURE

AVERAGED_DAYS = 7
"""Days before a day that it is compared with."""


@dataclass(frozen=True)
class DayCost:
    """What was spent on a day, and what the courses cost that were finished on it."""

    day: str
    usd: float
    calls: int
    calls_of_unknown_cost: int
    average_usd: float | None
    """A day's mean over the seven days before, or those since the first call; None on the first day."""
    courses: int
    usd_per_course: float | None
    """Mean of those finished that day; None without any of known cost."""


@dataclass(frozen=True)
class WeekCost:
    """The same of a week."""

    monday: str
    """Its first day, ISO 8601, whether in the window or not."""
    usd: float
    courses: int
    usd_per_course: float | None


@dataclass(frozen=True)
class CostPart:
    """What a phase, a model or a tier cost."""

    name: str
    usd: float
    calls: int
    calls_of_unknown_cost: int
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    """Of `tokens_in`: read from the provider's cache."""


@dataclass(frozen=True)
class CourseCosts:
    """Of the finished courses of known cost, one by one."""

    count: int
    mean_usd: float | None
    median_usd: float | None
    p95_usd: float | None
    most_usd: float | None


@dataclass(frozen=True)
class CourseCost:
    """One run that came to rest, and its cost up to then."""

    run_id: str
    usd: float


@dataclass(frozen=True)
class _Finished:
    day: str
    usd: float | None


def cost_by_day(connection: Connection, window: Window) -> list[DayCost]:
    """Every day of the window, oldest first; days without a call too."""
    spent = _spent(connection, window.longer(AVERAGED_DAYS))
    first = (connection.execute(select(func.min(CALL_FIGURE.c.started_at))).scalar() or "")[:10]
    finished = _finished(connection, window)
    return [_day(day, spent, first, [one for one in finished if one.day == day]) for day in window.days]


def cost_by_week(connection: Connection, window: Window) -> list[WeekCost]:
    """Weeks from Monday to Sunday, oldest first; the first and the last may lie in the window in part."""
    days, finished = _spent(connection, window), _finished(connection, window)
    mondays = dict.fromkeys(_monday(day) for day in window.days)
    return [
        _week(
            monday,
            sum(usd for day, (usd, _calls, _unknown) in days.items() if _monday(day) == monday),
            [one for one in finished if _monday(one.day) == monday],
        )
        for monday in mondays
    ]


def cost_by_phase(connection: Connection, window: Window) -> list[CostPart]:
    """By phase of the pipeline, dearest first."""
    return cost_parts(connection, CALL_FIGURE.c.phase, window.holds(CALL_FIGURE.c.started_at))


def cost_by_model(connection: Connection, window: Window) -> list[CostPart]:
    """By the model that answered, dearest first."""
    return cost_parts(connection, CALL_FIGURE.c.model, window.holds(CALL_FIGURE.c.started_at))


def cost_by_tier(connection: Connection, window: Window) -> list[CostPart]:
    """By the tier that was called, dearest first."""
    return cost_parts(connection, CALL_FIGURE.c.answering_tier, window.holds(CALL_FIGURE.c.started_at))


def cost_parts(connection: Connection, name: Column[str], where: ColumnElement[bool]) -> list[CostPart]:
    """The calls for which that holds, parted by a column of theirs, dearest first."""
    usd = func.coalesce(func.sum(CALL_FIGURE.c.cost_usd), 0.0)
    tokens = [
        func.coalesce(func.sum(CALL_FIGURE.c[column]), 0)
        for column in ("tokens_in", "tokens_out", "tokens_cached")
    ]
    query = (
        select(name, usd, func.count(), func.count() - func.count(CALL_FIGURE.c.cost_usd), *tokens)
        .where(where)
        .group_by(name)
        .order_by(usd.desc(), name)
    )
    return [CostPart(*row[:4], *map(int, row[4:])) for row in connection.execute(query)]


def course_costs(connection: Connection, window: Window) -> CourseCosts:
    """Of the courses that were finished in the window."""
    usd = sorted(one.usd for one in _finished(connection, window) if one.usd is not None)
    if not usd:
        return CourseCosts(0, None, None, None, None)
    return CourseCosts(len(usd), fmean(usd), _at(usd, 0.5), _at(usd, 0.95), usd[-1])


def runs_by_cost(connection: Connection, window: Window) -> list[CourseCost]:
    """Runs of known cost that came to rest in the window, other than to wait for a person, dearest first."""
    query = (
        select(RUN_FIGURE.c.run_id, RUN_FIGURE.c.cost_usd)
        .where(
            window.holds(RUN_FIGURE.c.ended_at),
            RUN_FIGURE.c.status != "waiting_for_review",
            RUN_FIGURE.c.cost_usd.is_not(None),
        )
        .order_by(RUN_FIGURE.c.cost_usd.desc(), RUN_FIGURE.c.run_id)
    )
    return [CourseCost(row.run_id, row.cost_usd) for row in connection.execute(query)]


def spent_usd(connection: Connection, window: Window) -> float:
    """What the calls of the window cost, as far as that is known."""
    query = select(func.coalesce(func.sum(CALL_FIGURE.c.cost_usd), 0.0))
    return float(connection.execute(query.where(window.holds(CALL_FIGURE.c.started_at))).scalar_one())


def first_cost_at(connection: Connection) -> datetime | None:
    """When the first call of known cost was sent; None before it."""
    query = select(func.min(CALL_FIGURE.c.started_at)).where(CALL_FIGURE.c.cost_usd.is_not(None))
    first = connection.execute(query).scalar()
    return datetime.fromisoformat(first) if first else None


def _spent(connection: Connection, window: Window) -> dict[str, tuple[float, int, int]]:
    day = day_of(CALL_FIGURE.c.started_at)
    known = func.count(CALL_FIGURE.c.cost_usd)
    query = select(
        day, func.coalesce(func.sum(CALL_FIGURE.c.cost_usd), 0.0), func.count(), func.count() - known
    )
    rows = connection.execute(query.where(window.holds(CALL_FIGURE.c.started_at)).group_by(day))
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _finished(connection: Connection, window: Window) -> list[_Finished]:
    query = select(day_of(RUN_FIGURE.c.ended_at), RUN_FIGURE.c.cost_usd).where(
        window.holds(RUN_FIGURE.c.ended_at), RUN_FIGURE.c.status == "finished"
    )
    return [_Finished(*row) for row in connection.execute(query)]


def _day(
    day: str, spent: dict[str, tuple[float, int, int]], first: str, finished: Sequence[_Finished]
) -> DayCost:
    usd, calls, unknown = spent.get(day, (0.0, 0, 0))
    before = [str(date.fromisoformat(day) - timedelta(days=number)) for number in range(1, AVERAGED_DAYS + 1)]
    counted = [spent.get(other, (0.0, 0, 0))[0] for other in before if first and other >= first]
    return DayCost(
        day=day,
        usd=usd,
        calls=calls,
        calls_of_unknown_cost=unknown,
        average_usd=fmean(counted) if counted else None,
        courses=len(finished),
        usd_per_course=_mean(finished),
    )


def _monday(day: str) -> str:
    one = date.fromisoformat(day)
    return str(one - timedelta(days=one.weekday()))


def _week(monday: str, usd: float, finished: Sequence[_Finished]) -> WeekCost:
    return WeekCost(monday, usd, len(finished), _mean(finished))


def _mean(finished: Sequence[_Finished]) -> float | None:
    known = [one.usd for one in finished if one.usd is not None]
    return fmean(known) if known else None


def _at(ordered: Sequence[float], share: float) -> float:
    """A percentile by nearest rank."""
    return ordered[math.ceil(share * len(ordered)) - 1]
