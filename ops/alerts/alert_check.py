"""Looks at the history of a store and says which alerts fire, for those without Prometheus.

    findings = await store.database.read(check_alerts)

Thresholds, windows and least numbers are those of alert_table.py, where Prometheus has them from too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import Connection

from courseai.ops.alerts import alert_table as table
from courseai.ops.alerts.alert_table import Alert
from courseai.ops.history.cost_history import first_cost_at, runs_by_cost, spent_usd
from courseai.ops.history.escalation_history import escalation_rates
from courseai.ops.history.operation_history import all_calls_latency, provider_health
from courseai.ops.history.quality_history import alignment_by_phase, lesson_quality, schema_by_phase
from courseai.ops.history.window import Window, last_hours

State = Literal["firing", "in_order", "silent"]
"""Beyond its threshold; measured, and within it; too little was measured to tell."""
_RUNS_NAMED = 5


class Figure(NamedTuple):
    """What was measured."""

    value: float | None
    """In the alert's unit; None where there is nothing to measure."""
    population: int
    """How many it was measured of, in what the alert counts."""
    subject: str = ""
    """Whose figure it is, where an alert compares one by one: a phase or a provider."""
    runs: tuple[str, ...] = ()
    """Ids of the runs behind it, worst first, where single ones are."""


@dataclass(frozen=True)
class Finding:
    """An alert, and what its figure is now."""

    alert: Alert
    figure: Figure

    @property
    def state(self) -> State:
        """Whether it fires."""
        value = self.figure.value
        if value is None or self.figure.population < self.alert.at_least:
            return "silent"
        return "firing" if self.alert.is_beyond(value) else "in_order"


def check_alerts(connection: Connection, now: datetime | None = None) -> list[Finding]:
    """Every alert in the table's order; one that compares one by one has a finding for each that there is."""
    moment = now or datetime.now(UTC)
    return [
        Finding(alert, figure)
        for alert in table.ALERTS
        for figure in list(_MEASURES[alert.name](connection, _window(alert, moment))) or [Figure(None, 0)]
    ]


def firing(findings: Sequence[Finding]) -> list[Finding]:
    """Those that fire."""
    return [finding for finding in findings if finding.state == "firing"]


def _window(alert: Alert, now: datetime) -> Window:
    return last_hours(alert.window_s / table.HOUR_S, now)


def _course_cost(connection: Connection, window: Window) -> Iterator[Figure]:
    runs = runs_by_cost(connection, window)
    if runs:
        dear = [run.run_id for run in runs if run.usd > table.COURSE_COST.threshold]
        yield Figure(runs[0].usd, len(runs), runs=tuple(dear[:_RUNS_NAMED]))


def _daily_cost(connection: Connection, window: Window) -> Iterator[Figure]:
    """Silent in the first eight days, and after seven without any cost: there is nothing to compare with."""
    first = first_cost_at(connection)
    if first is None:
        return
    days = min((window.until - first).days, table.DAILY_COST.at_least)
    earlier = Window(window.since - timedelta(days=table.COMPARED_DAYS), window.since)
    average_usd = spent_usd(connection, earlier) / table.COMPARED_DAYS
    yield Figure(spent_usd(connection, window) / average_usd if average_usd else None, days)


def _escalation_rate(connection: Connection, window: Window) -> Iterator[Figure]:
    for rate in escalation_rates(connection, window):
        if rate.phase == "sections":
            yield Figure(rate.rate, rate.subjects)


def _alignment(connection: Connection, window: Window) -> Iterator[Figure]:
    for phase in alignment_by_phase(connection, window):
        yield Figure(phase.mean, phase.count, phase.phase)


def _schema_pass(connection: Connection, window: Window) -> Iterator[Figure]:
    rates = schema_by_phase(connection, window)
    if answers := sum(rate.answers for rate in rates):
        yield Figure(sum(rate.valid for rate in rates) / answers, answers)


def _flagged_lessons(connection: Connection, window: Window) -> Iterator[Figure]:
    lessons = lesson_quality(connection, window)
    yield Figure(lessons.flagged_share, lessons.lessons)


def _api_errors(connection: Connection, window: Window) -> Iterator[Figure]:
    providers = provider_health(connection, window)
    if calls := sum(provider.calls for provider in providers):
        yield Figure(sum(provider.errors for provider in providers) / calls, calls)


def _slow_calls(connection: Connection, window: Window) -> Iterator[Figure]:
    if latency := all_calls_latency(connection, window):
        yield Figure(latency.p95, latency.count)


def _availability(connection: Connection, window: Window) -> Iterator[Figure]:
    for provider in provider_health(connection, window):
        yield Figure(provider.availability, provider.calls, provider.provider)


_MEASURES: dict[str, Callable[[Connection, Window], Iterator[Figure]]] = {
    table.COURSE_COST.name: _course_cost,
    table.DAILY_COST.name: _daily_cost,
    table.ESCALATION_RATE.name: _escalation_rate,
    table.ALIGNMENT.name: _alignment,
    table.SCHEMA_PASS.name: _schema_pass,
    table.FLAGGED_LESSONS.name: _flagged_lessons,
    table.API_ERRORS.name: _api_errors,
    table.SLOW_CALLS.name: _slow_calls,
    table.AVAILABILITY.name: _availability,
}
