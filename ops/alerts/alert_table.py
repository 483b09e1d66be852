"""The strategy's nine alerts: what is measured, against which threshold, and how Prometheus says it.

Both engines, Prometheus (alert_rules.py) and the program itself (alert_check.py), read this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from courseai.models.call import Outcome
from courseai.models.retry import ANSWERED, UNAVAILABLE
from courseai.ops.metrics import figure_rules as figures
from courseai.ops.metrics import metric_table as table
from courseai.ops.metrics.metric_table import Label

Severity = Literal["warning", "critical"]
Unit = Literal["USD", "share", "score", "ratio", "s"]

HOUR_S = 3600
DAY_S = 86_400
COMPARED_DAYS = 7
"""Days before the last one that its cost is compared with."""


@dataclass(frozen=True)
class Alert:
    """One alert. It fires while `value` is on the wrong side of the threshold and enough was measured."""

    name: str
    severity: Severity
    about: str
    remedy: str
    """Where to look first."""
    comparison: Literal[">", "<"]
    threshold: float
    unit: Unit
    window_s: int
    at_least: int
    """How many have to be measured for the figure to say something: below it the alert is silent."""
    counted: str
    """What these are."""
    value: str
    """PromQL: what is compared, one series for each `per`."""
    population: str
    """PromQL: how many were measured."""
    per: Label | None = None
    """Compared one by one."""
    condition: str | None = None
    """What PromQL compares with, where its value is another than the program's."""

    @property
    def expression(self) -> str:
        """PromQL that gives a series while the alert fires."""
        condition = self.condition or f"{self.comparison} {self.threshold:g}"
        return f"{self.value} {condition}\nand {self.population} >= {self.at_least}"

    def is_beyond(self, value: float) -> bool:
        """Whether a value is on the wrong side of the threshold."""
        return value > self.threshold if self.comparison == ">" else value < self.threshold


def _of(record: str, label: Label, *values: str, is_not: bool = False) -> str:
    """A selector of a recorded series."""
    operator = "!~" if is_not else "=~"
    return f'{record}{{{label.prometheus_name}{operator}"{"|".join(sorted(values))}"}}'


_CALLS, _OUTCOME = figures.CALLS.record, table.OUTCOME
_ANSWERED_CALLS = _of(_CALLS, _OUTCOME, *ANSWERED)
_INVALID_CALLS = _of(_CALLS, _OUTCOME, *(ANSWERED - {Outcome.OK}))
_FAILED_CALLS = _of(_CALLS, _OUTCOME, *ANSWERED, is_not=True)
_OUTAGE_CALLS = _of(_CALLS, _OUTCOME, *UNAVAILABLE)
_BY_PROVIDER = f"sum by ({table.PROVIDER.prometheus_name})"
_COURSE_USD = 0.05

COURSE_COST = Alert(
    "CourseAICourseCostHigh",
    "warning",
    "A course cost more than $0.05 in the last day.",
    "Look at its calls by tier: escalations, retries, a model that became dearer.",
    ">",
    _COURSE_USD,
    "USD",
    DAY_S,
    1,
    "runs",
    f'round(sum({figures.COURSES.record}) - sum({figures.COURSES_BY_COST.record}{{le="{_COURSE_USD}"}}))',
    f"sum({figures.COURSES.record})",
    condition="> 0",
)
DAILY_COST = Alert(
    "CourseAIDailyCostUp",
    "warning",
    "The last day cost over 30 % more than a day's average of the seven days before.",
    "Compare courses made, cost by model and by phase.",
    ">",
    1.3,
    "ratio",
    DAY_S,
    COMPARED_DAYS + 1,
    "days of costs",
    # `> 0`: where nothing was spent in the seven days before, there is nothing to compare with.
    f"{figures.COST.record} / ({figures.COST_BEFORE.record} / {COMPARED_DAYS} > 0)",
    # In the first eight days an average would be over fewer than seven, and too low.
    f"8 * (count(last_over_time({table.COST.prometheus_name}[7d] offset 8d)) > bool 0)",
)
ESCALATION_RATE = Alert(
    "CourseAIEscalationRateHigh",
    "warning",
    "Over half of the sections climbed to a dearer tier in the last day.",
    "Look at escalations by trigger: the cheap models have become worse, or the inputs harder.",
    ">",
    0.50,
    "share",
    DAY_S,
    10,
    "sections",
    f"sum({_of(figures.SECTIONS.record, table.ESCALATED, 'true')}) / sum({figures.SECTIONS.record})",
    f"sum({figures.SECTIONS.record})",
)
ALIGNMENT = Alert(
    "CourseAIAlignmentLow",
    "warning",
    "The mean alignment with objectives was below 0.75 in a phase in the last day.",
    "Read flagged lessons: a model has drifted, or a calibration does not hold for a new kind of text.",
    "<",
    0.75,
    "score",
    DAY_S,
    10,
    "scores",
    f"{figures.ALIGNMENT_SUM.record} / {figures.ALIGNMENT_COUNT.record}",
    figures.ALIGNMENT_COUNT.record,
    per=table.PHASE,
)
SCHEMA_PASS = Alert(
    "CourseAISchemaPassRateLow",
    "warning",
    "Under 90 % of the models' answers kept to their schema in the last hour.",
    "Look at calls by model and outcome: cut answers need more output tokens, others another model.",
    "<",
    0.90,
    "share",
    HOUR_S,
    20,
    "answers",
    f"1 - sum({_INVALID_CALLS}) / sum({_ANSWERED_CALLS})",
    f"sum({_ANSWERED_CALLS})",
)
FLAGGED_LESSONS = Alert(
    "CourseAIFlaggedLessonsHigh",
    "warning",
    "Over 20 % of the lessons were flagged in the last day.",
    "Look at verdicts and at what flagged them; the review queue is about to grow.",
    ">",
    0.20,
    "share",
    DAY_S,
    10,
    "lessons",
    f"sum({_of(figures.LESSONS.record, table.VERDICT, 'PASS', is_not=True)}) / sum({figures.LESSONS.record})",
    f"sum({figures.LESSONS.record})",
)
API_ERRORS = Alert(
    "CourseAIApiErrorsHigh",
    "critical",
    "Over 5 % of the calls to models failed in the last hour.",
    "Look at errors by provider and kind: a key, a rate limit, an outage.",
    ">",
    0.05,
    "share",
    HOUR_S,
    20,
    "calls",
    f"sum({_FAILED_CALLS}) / sum({_CALLS})",
    f"sum({_CALLS})",
)
SLOW_CALLS = Alert(
    "CourseAISlowCalls",
    "warning",
    "One answer in twenty took over 10 seconds in the last hour (P95).",
    "Look at latency by model; a fallback or a smaller bound on calls in flight may help.",
    ">",
    10,
    "s",
    HOUR_S,
    20,
    "answers",
    f"histogram_quantile(0.95, {figures.ANSWER_SECONDS.record})",
    f"sum({_ANSWERED_CALLS})",
)
AVAILABILITY = Alert(
    "CourseAIAvailabilityLow",
    "critical",
    "A provider was there for under 95 % of the calls in the last hour.",
    "Look at its status page and at open breakers; fallbacks answer meanwhile.",
    "<",
    0.95,
    "share",
    HOUR_S,
    20,
    "calls",
    f"1 - {_BY_PROVIDER} ({_OUTAGE_CALLS}) / {_BY_PROVIDER} ({_CALLS})",
    f"{_BY_PROVIDER} ({_CALLS})",
    per=table.PROVIDER,
)

ALERTS: tuple[Alert, ...] = (
    COURSE_COST,
    DAILY_COST,
    ESCALATION_RATE,
    ALIGNMENT,
    SCHEMA_PASS,
    FLAGGED_LESSONS,
    API_ERRORS,
    SLOW_CALLS,
    AVAILABILITY,
)
"""In the strategy's order."""
