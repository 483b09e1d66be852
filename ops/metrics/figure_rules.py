"""Recording rules: the sums that alerts and the dashboard are made of, in PromQL."""

from __future__ import annotations

from dataclasses import dataclass

from courseai.ops.metrics import metric_table as table
from courseai.ops.metrics.metric_table import Label, Metric


@dataclass(frozen=True)
class FigureRule:
    """A series that Prometheus computes at every evaluation."""

    record: str
    expression: str


def increase(series: str, window: str, offset: str = "") -> str:
    """How much a counter grew in a window, in PromQL.

    `increase` alone misses what a series has when it is first seen, and courses are made by short processes:
    a series that was not there in the window before counts with all that it has.
    """
    shift = f" offset {offset}" if offset else ""
    before = _after(window, offset)
    newborn = (
        f"max_over_time({series}[{window}]{shift}) unless last_over_time({series}[{window}] offset {before})"
    )
    return f"({newborn}) or increase({series}[{window}]{shift})"


def _after(window: str, offset: str) -> str:
    """The sum of two durations in days or hours."""
    if not offset:
        return window
    assert window[-1] == offset[-1]
    return f"{int(window[:-1]) + int(offset[:-1])}{window[-1]}"


def _sum(record: str, series: str, window: str, *by: Label | str, offset: str = "") -> FigureRule:
    names = ", ".join(label if isinstance(label, str) else label.prometheus_name for label in by)
    grouped = f"sum by ({names})" if names else "sum"
    return FigureRule(record, f"{grouped} ({increase(series, window, offset)})")


def _name(metric: Metric, part: str = "") -> str:
    return metric.prometheus_name + part


_ANSWERED = f'{{{table.ERROR.prometheus_name}=""}}'

CALLS = _sum("courseai:calls:increase1h", _name(table.CALLS), "1h", table.PROVIDER, table.OUTCOME)
ANSWER_SECONDS = _sum(
    "courseai:answer_seconds_bucket:increase1h",
    _name(table.CALL_SECONDS, "_bucket") + _ANSWERED,
    "1h",
    "le",
)
COST = _sum("courseai:cost_USD:increase1d", _name(table.COST), "1d")
COST_BEFORE = _sum("courseai:cost_USD:increase7d_before", _name(table.COST), "7d", offset="1d")
COURSES = _sum("courseai:course_cost_USD_count:increase1d", _name(table.COURSE_COST, "_count"), "1d")
COURSES_BY_COST = _sum(
    "courseai:course_cost_USD_bucket:increase1d", _name(table.COURSE_COST, "_bucket"), "1d", "le"
)
SECTIONS = _sum("courseai:sections:increase1d", _name(table.SECTIONS), "1d", table.ESCALATED)
LESSONS = _sum("courseai:lessons:increase1d", _name(table.LESSONS), "1d", table.VERDICT)
ALIGNMENT_SUM = _sum("courseai:alignment_sum:increase1d", _name(table.ALIGNMENT, "_sum"), "1d", table.PHASE)
ALIGNMENT_COUNT = _sum(
    "courseai:alignment_count:increase1d", _name(table.ALIGNMENT, "_count"), "1d", table.PHASE
)

FIGURE_RULES: tuple[FigureRule, ...] = (
    CALLS,
    ANSWER_SECONDS,
    COST,
    COST_BEFORE,
    COURSES,
    COURSES_BY_COST,
    SECTIONS,
    LESSONS,
    ALIGNMENT_SUM,
    ALIGNMENT_COUNT,
)
