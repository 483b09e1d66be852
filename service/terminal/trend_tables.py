"""Trends as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from courseai.course.problem import visible
from courseai.ops.history.history import Operations, Overview
from courseai.service.measure import amount, count, day_name, duration, score, share
from courseai.service.terminal.console import say


def show_trends(console: Console, found: Overview) -> None:
    """Days, weeks, models by complexity, escalations, latencies; nothing of what did not happen."""
    days = len(found.window.days)
    if not any(day.calls or day.courses for day in found.costs.days):
        say(console, f"Nothing happened in the last {days} days. Make a course with: courseai generate FILE")
        return
    _show_days(console, found)
    head = ("week of", "spent", "courses", "a course")
    weeks = (
        (day_name(week.monday), amount(week.usd), count(week.courses), amount(week.usd_per_course))
        for week in found.costs.weeks
    )
    _show(console, "Weeks", head, weeks)
    _show_performance(console, found.operations)
    _show_escalations(console, found.operations)
    _show_latencies(console, found.operations)


def _show_days(console: Console, found: Overview) -> None:
    head = ("day", "spent", "7 days before", "courses", "a course", "lessons")
    quality = ("flagged", "alignment", "Bloom", "escalated")
    rows = [
        (
            day_name(cost.day),
            amount(cost.usd),
            amount(cost.average_usd),
            count(cost.courses),
            amount(cost.usd_per_course),
            count(good.lessons),
            share(good.flagged_share),
            score(good.alignment),
            share(good.bloom_compliance),
            share(good.escalation_rate),
        )
        for cost, good in zip(found.costs.days, found.quality.days, strict=True)
        if cost.calls or good.runs
    ]
    _show(console, "Days (a day's average over the 7 days before)", head + quality, rows)


def _show_performance(console: Console, operations: Operations) -> None:
    head = ("complexity", "tier", "drafts", "accepted", "alignment", "a draft", "time")
    rows = (
        (
            str(one.complexity),
            one.tier,
            count(one.drafts),
            share(one.accepted_share),
            score(one.alignment),
            amount(one.usd_per_draft),
            duration(one.seconds_per_draft),
        )
        for one in operations.performance
    )
    _show(console, "Models by complexity of the section", head, rows, text_columns=(0, 1))


def _show_escalations(console: Console, operations: Operations) -> None:
    rates = (
        (one.phase, count(one.subjects), count(one.escalated), share(one.rate))
        for one in operations.escalation_rates
    )
    _show(console, "Escalations by phase", ("phase", "of", "escalated", "share"), rates)
    climbs = ((one.reason, one.tier, one.next_tier, count(one.count)) for one in operations.escalations)
    _show(
        console, "Escalations of sections", ("trigger", "from", "to", "times"), climbs, text_columns=(0, 1, 2)
    )


def _show_latencies(console: Console, operations: Operations) -> None:
    named = [("all calls", operations.calls), ("courses", operations.courses)]
    found = [(name, one) for name, one in named if one]
    found += [(one.name, one) for one in operations.calls_by_model]
    rows = (
        (name, count(one.count), duration(one.p50), duration(one.p95), duration(one.p99))
        for name, one in found
    )
    _show(console, "Latency", ("of", "measured", "P50", "P95", "P99"), rows)


def _show(
    console: Console,
    title: str,
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    text_columns: Sequence[int] = (0,),
) -> None:
    """A table, unless it is empty; all columns but those of text hold numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None)
    for number, name in enumerate(head):
        table.add_column(name, justify="left" if number in text_columns else "right")
    for row in rows:
        table.add_row(*(Text(visible(cell, 60)) for cell in row))
    if table.row_count:
        console.print(table)
        console.print()
