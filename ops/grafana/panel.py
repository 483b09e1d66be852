"""Panels of Grafana's dashboard, and PromQL for them.

Grafana puts the time range that is shown for `$__range`, and the time that a bar or point stands for in its
place for `$__interval`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from courseai.ops.metrics.figure_rules import increase
from courseai.ops.metrics.metric_table import Label, Metric

Kind = Literal["number", "ranking", "bars", "lines", "states"]
"""One value; values side by side; counts by time; figures by time; what holds when."""
Unit = Literal["currencyUSD", "percentunit", "s", "short", "none"]
"""Grafana's names."""

DASHBOARD_FILE = Path(__file__).with_name("grafana_dashboard.json")
"""The dashboard as Grafana reads it, made by grafana_dashboard.py."""

RANGE = "$__range"
STEP = "$__interval"
LEAST_STEP = "5m"
"""Prometheus has to have read a process twice in it."""


@dataclass(frozen=True)
class Query:
    """One query of a panel, and how Grafana names its series: labels in double braces."""

    expression: str
    legend: str


@dataclass(frozen=True)
class State:
    """A value that stands for something."""

    value: int
    name: str
    colour: str
    """Grafana's name."""


@dataclass(frozen=True)
class Panel:
    """One panel."""

    title: str
    kind: Kind
    unit: Unit
    about: str
    queries: tuple[Query, ...]
    width: int = 8
    """Of the 24 columns of the page."""
    limit: float | None = None
    """A line that values should not cross."""
    states: tuple[State, ...] = ()
    """What values mean."""


@dataclass(frozen=True)
class PanelRow:
    """Panels under one heading."""

    title: str
    panels: tuple[Panel, ...]


def legend_of(*labels: Label) -> str:
    """The series by the values of their labels."""
    return ", ".join(f"{{{{{label.prometheus_name}}}}}" for label in labels)


def selector(label: Label, *values: str, is_not: bool = False) -> str:
    """The series that have one of these values of a label, or none of them."""
    return f'{{{label.prometheus_name}{"!~" if is_not else "=~"}"{"|".join(sorted(values))}"}}'


def grown(metric: Metric, window: str, *by: Label | str, part: str = "", where: str = "") -> str:
    """How much a counter, or a `part` of a histogram, grew in a window."""
    names = ", ".join(label if isinstance(label, str) else label.prometheus_name for label in by)
    grouped = f"sum by ({names})" if names else "sum"
    return f"{grouped} ({increase(metric.prometheus_name + part + where, window)})"


def share(metric: Metric, window: str, where: str, of: str = "") -> str:
    """What part of a counter's growth some of its series have, in [0, 1]; no value where it did not grow."""
    some, all_of_them = grown(metric, window, where=where), grown(metric, window, where=of)
    return f"({some} or 0 * {all_of_them}) / {all_of_them}"


def mean(metric: Metric, window: str, *by: Label) -> str:
    """A histogram's mean in a window."""
    return f"{grown(metric, window, *by, part='_sum')} / {grown(metric, window, *by, part='_count')}"


def quantile(share: float, metric: Metric, window: str, *by: Label, where: str = "") -> str:
    """A histogram's quantile in a window, as good as its buckets."""
    buckets = grown(metric, window, "le", *by, part="_bucket", where=where)
    return f"histogram_quantile({share:g}, {buckets})"


def number(title: str, expression: str, unit: Unit, about: str) -> Panel:
    """One value."""
    return Panel(title, "number", unit, about, (Query(expression, title),), width=4)


def counts(
    title: str,
    metric: Metric,
    *by: Label,
    about: str,
    unit: Unit = "short",
    width: int = 8,
    part: str = "",
    where: str = "",
) -> Panel:
    """A counter by time."""
    query = Query(grown(metric, STEP, *by, part=part, where=where), legend_of(*by))
    return Panel(title, "bars", unit, about, (query,), width)


def ranking(
    title: str, metric: Metric, *by: Label, about: str, unit: Unit = "short", width: int = 8
) -> Panel:
    """A counter by its labels, the highest first."""
    query = Query(f"sort_desc({grown(metric, RANGE, *by)})", legend_of(*by))
    return Panel(title, "ranking", unit, about, (query,), width)


def mean_by_time(
    title: str,
    metric: Metric,
    *by: Label,
    about: str,
    unit: Unit = "percentunit",
    width: int = 8,
    limit: float | None = None,
) -> Panel:
    """A histogram's mean by time."""
    query = Query(mean(metric, STEP, *by), legend_of(*by))
    return Panel(title, "lines", unit, about, (query,), width, limit)


def percentiles(title: str, metric: Metric, about: str, where: str = "", limit: float | None = None) -> Panel:
    """P50, P95 and P99 of durations by time."""
    shares = {"P50": 0.5, "P95": 0.95, "P99": 0.99}
    queries = (Query(quantile(share, metric, STEP, where=where), name) for name, share in shares.items())
    return Panel(title, "lines", "s", about, tuple(queries), limit=limit)
