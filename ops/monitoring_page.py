"""The tables of docs/monitoring.md, made from those in code: `python -m courseai.ops.monitoring_page`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from courseai.ops.alerts.alert_table import ALERTS, Alert
from courseai.ops.metrics.metric_table import METRICS, Metric

PAGE = Path(__file__).parent.parent / "docs" / "monitoring.md"


def with_tables(page: str) -> str:
    """The page with its tables as they are now."""
    return with_table(with_table(page, "metrics", _metric_rows()), "alerts", _alert_rows())


def with_table(page: str, name: str, rows: Sequence[str]) -> str:
    """The page with these rows between the two comments that name the table."""
    head, start, rest = page.partition(f"<!-- {name} -->\n")
    _, end, tail = rest.partition(f"<!-- end of {name} -->")
    assert end, f"the page has no place for the table of {name}"
    return "".join([head, start, *(f"{row}\n" for row in rows), end, tail])


def _metric_rows() -> list[str]:
    head = ["| metric | type, unit | labels | what | from |", "|---|---|---|---|---|"]
    return head + [_metric_row(metric) for metric in METRICS]


def _metric_row(metric: Metric) -> str:
    labels = ", ".join(f"`{label.name}`" for label in metric.labels) or "none"
    about = metric.about.replace("|", "\\|")
    names = f"`{metric.name}`<br>`{metric.prometheus_name}`"
    return f"| {names} | {metric.kind}, {metric.unit} | {labels} | {about} | {metric.source} |"


def _alert_rows() -> list[str]:
    head = ["| alert | severity | fires when | silent below |", "|---|---|---|---|"]
    return head + [_alert_row(alert) for alert in ALERTS]


def _alert_row(alert: Alert) -> str:
    least = f"{alert.at_least} {alert.counted}" if alert.at_least > 1 else "nothing"
    return f"| `{alert.name}` | {alert.severity} | {alert.about} | {least} |"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text("utf-8")), encoding="utf-8")
