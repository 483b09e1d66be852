"""Alerts in words and as JSON: for the terminal, the dashboard and programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courseai.ops.alerts.alert_check import Finding, State, firing
from courseai.ops.alerts.alert_notice import labels
from courseai.ops.alerts.alert_table import Alert, Severity, Unit
from courseai.service.measure import Value, amount, count, duration, score, share


@dataclass(frozen=True)
class AlertLine:
    """One alert, ready to be shown."""

    name: str
    subject: str
    """A phase or a provider, where it is compared one by one."""
    severity: Severity
    state: State
    now: str
    bound: str
    """What it is compared with: `above $0.0500`."""
    measured: str
    about: str
    remedy: str
    runs: tuple[str, ...]


def alert_line(finding: Finding) -> AlertLine:
    """One finding in words."""
    alert, figure = finding.alert, finding.figure
    return AlertLine(
        name=alert.name,
        subject=figure.subject,
        severity=alert.severity,
        state=finding.state,
        now=_SHOWN[alert.unit](figure.value),
        bound=_bound(alert),
        measured=_measured(finding),
        about=alert.about,
        remedy=alert.remedy,
        runs=figure.runs,
    )


def verdict(findings: Sequence[Finding]) -> str:
    """All of them in a sentence or two."""
    fire = len(firing(findings))
    said = "No alert fires." if not fire else f"{fire} alert{'s fire' if fire > 1 else ' fires'}."
    silent = sum(finding.state == "silent" for finding in findings)
    return f"{said} {silent} say nothing: too little was measured." if silent else said


def alerts_json(findings: Sequence[Finding], now: datetime) -> dict[str, Any]:
    """For programs. Values and thresholds are in the unit that stands beside them."""
    return {
        "checked_at": now.isoformat(),
        "firing": len(firing(findings)),
        "alerts": [_json(finding) for finding in findings],
    }


def _json(finding: Finding) -> dict[str, Any]:
    alert, figure = finding.alert, finding.figure
    return {
        "state": finding.state,
        "labels": labels(finding),
        "value": figure.value,
        "unit": alert.unit,
        "fires": alert.comparison,
        "threshold": alert.threshold,
        "window_s": alert.window_s,
        "population": figure.population,
        "at_least": alert.at_least,
        "counted": alert.counted,
        "about": alert.about,
        "remedy": alert.remedy,
        "runs": list(figure.runs),
    }


def _measured(finding: Finding) -> str:
    alert, population = finding.alert, finding.figure.population
    if finding.state == "silent":
        return f"{count(population)} of at least {alert.at_least} {alert.counted}"
    return f"{count(population)} {alert.counted}"


def _bound(alert: Alert) -> str:
    return f"{'above' if alert.comparison == '>' else 'below'} {_SHOWN[alert.unit](alert.threshold)}"


def _ratio(value: Value) -> str:
    return "-" if value is None else f"{value:.2f} times"


_SHOWN: dict[Unit, Callable[[Value], str]] = {
    "USD": amount,
    "share": share,
    "score": score,
    "ratio": _ratio,
    "s": duration,
}
