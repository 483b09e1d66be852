"""The figures at the top of the dashboard, each beside what the strategy asks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from courseai.course.policy import default_policy
from courseai.ops.alerts import alert_table
from courseai.ops.history.history import Overview
from courseai.service.measure import NOTHING, amount, count, duration, score, share

State = Literal["good", "watch", "bad", "none"]
"""Within its target; beside it; where an alert is due; nothing measured, or no target."""

CHEAPEST_USD = 0.01
"""Lower end of what a course should cost; the upper one and the ceiling are the policy's."""
ALIGNMENT = 0.80
SCHEMA = 0.95
ESCALATED = (0.20, 0.35)
"""The strategy's targets. Where an alert is due, the table of alerts says."""

DEAR_USD = alert_table.COURSE_COST.threshold
LOW_ALIGNMENT = alert_table.ALIGNMENT.threshold
LOW_SCHEMA = alert_table.SCHEMA_PASS.threshold
FLAGGED = alert_table.FLAGGED_LESSONS.threshold
OFTEN_ESCALATED = alert_table.ESCALATION_RATE.threshold
SLOW_S = alert_table.SLOW_CALLS.threshold
AVAILABLE = alert_table.AVAILABILITY.threshold
ERRORS = alert_table.API_ERRORS.threshold
SPIKE = alert_table.DAILY_COST.threshold


@dataclass(frozen=True)
class Tile:
    """One figure."""

    title: str
    value: str
    verdict: str
    """Its state in words: colour alone says nothing to many."""
    state: State
    note: str = ""


def target_usd() -> float:
    """What a course should cost at most."""
    return default_policy().budget.target_usd


def ceiling_usd() -> float:
    """What it may cost at most, unless its run says otherwise."""
    return default_policy().budget.ceiling_usd


def tiles(overview: Overview) -> list[Tile]:
    """Cost first, then quality, then operations."""
    return [
        _course_cost(overview),
        _spent(overview),
        _alignment(overview),
        _schema(overview),
        _flagged(overview),
        _bloom(overview),
        _escalations(overview),
        _latency(overview),
        _availability(overview),
        _queue(overview),
    ]


def _course_cost(overview: Overview) -> Tile:
    costs = overview.costs.courses
    note = f"{count(costs.count)} finished, dearest {amount(costs.most_usd)}"
    if costs.mean_usd is None:
        return Tile("Cost per course", NOTHING, "no finished course", "none")
    if costs.mean_usd <= target_usd():
        return Tile("Cost per course", amount(costs.mean_usd), "on target", "good", note)
    is_dear = costs.mean_usd > DEAR_USD
    verdict, state = ("dear", "bad") if is_dear else ("above target", "watch")
    return Tile("Cost per course", amount(costs.mean_usd), verdict, state, note)  # type: ignore[arg-type]


def _spent(overview: Overview) -> Tile:
    days = overview.costs.days
    total, today = sum(day.usd for day in days), days[-1]
    unknown = sum(day.calls_of_unknown_cost for day in days)
    note = f"today {amount(today.usd)}, a day's average before {amount(today.average_usd)}"
    if unknown:
        note += f"; {count(unknown)} calls of unknown cost are not in it"
    is_spike = today.average_usd is not None and today.usd > SPIKE * today.average_usd > 0
    verdict = "today is above the week" if is_spike else "steady" if total else "nothing spent"
    return Tile("Spent", amount(total), verdict, "watch" if is_spike else "none", note)


def _alignment(overview: Overview) -> Tile:
    phases = overview.quality.alignment
    if not phases:
        return Tile("Alignment", NOTHING, "nothing verified", "none")
    note = ", ".join(f"{phase.phase} {score(phase.mean)}" for phase in phases)
    lowest = min(phase.mean for phase in phases)
    return _rated("Alignment", score(lowest), note, lowest >= ALIGNMENT, lowest >= LOW_ALIGNMENT)


def _schema(overview: Overview) -> Tile:
    rates = overview.quality.schema
    answers, valid = sum(one.answers for one in rates), sum(one.valid for one in rates)
    if not answers:
        return Tile("Valid answers", NOTHING, "no answers", "none")
    rate = valid / answers
    note = f"of {count(answers)} keep to their schema"
    return _rated("Valid answers", share(rate), note, rate >= SCHEMA, rate >= LOW_SCHEMA)


def _flagged(overview: Overview) -> Tile:
    lessons = overview.quality.lessons
    if lessons.flagged_share is None:
        return Tile("Flagged lessons", NOTHING, "no lessons", "none")
    note = f"{count(lessons.flagged)} of {count(lessons.lessons)}"
    is_good = lessons.flagged_share <= FLAGGED
    return _rated("Flagged lessons", share(lessons.flagged_share), note, is_good, is_good)


def _bloom(overview: Overview) -> Tile:
    compliance = overview.quality.bloom_compliance
    if compliance is None:
        return Tile("Bloom compliance", NOTHING, "nothing verified", "none")
    note = "outcomes at the level that they claim; target 100 %"
    return _rated("Bloom compliance", share(compliance), note, compliance >= 1, compliance >= LOW_SCHEMA)


def _escalations(overview: Overview) -> Tile:
    sections = [one for one in overview.operations.escalation_rates if one.phase == "sections"]
    if not sections:
        return Tile("Escalated sections", NOTHING, "no sections", "none")
    (one,) = sections
    low, high = ESCALATED
    note = f"{count(one.escalated)} of {count(one.subjects)}; healthy {share(low)} to {share(high)}"
    if one.rate < low:
        return Tile("Escalated sections", share(one.rate), "below the band", "none", note)
    return _rated("Escalated sections", share(one.rate), note, one.rate <= high, one.rate <= OFTEN_ESCALATED)


def _latency(overview: Overview) -> Tile:
    calls = overview.operations.calls
    if calls is None:
        return Tile("Answer time, P95", NOTHING, "no answers", "none")
    note = f"P50 {duration(calls.p50)}, P99 {duration(calls.p99)}"
    is_good = calls.p95 <= SLOW_S
    return _rated("Answer time, P95", duration(calls.p95), note, is_good, is_good)


def _availability(overview: Overview) -> Tile:
    providers = overview.operations.providers
    if not providers:
        return Tile("Availability", NOTHING, "no calls", "none")
    worst = min(providers, key=lambda one: one.availability)
    errors = sum(one.errors for one in providers) / sum(one.calls for one in providers)
    note = f"{worst.provider}; {share(errors)} of all calls fail"
    is_good = worst.availability >= AVAILABLE and errors <= ERRORS
    return _rated("Availability", share(worst.availability), note, is_good, is_good)


def _queue(overview: Overview) -> Tile:
    queue = overview.operations.review_queue
    if not queue.runs:
        return Tile("Waiting for review", "0", "nothing waits", "good")
    note = f"items in {count(queue.runs)} courses, the oldest for {duration(queue.oldest_s)}"
    return Tile("Waiting for review", count(queue.items), "to decide", "watch", note)


def _rated(title: str, value: str, note: str, is_good: bool, is_fair: bool) -> Tile:
    if is_good:
        return Tile(title, value, "on target", "good", note)
    return (
        Tile(title, value, "watch", "watch", note)
        if is_fair
        else Tile(title, value, "off target", "bad", note)
    )
