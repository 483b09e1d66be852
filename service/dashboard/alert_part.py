"""The alerts on the overview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from courseai.ops.alerts.alert_check import Finding, firing
from courseai.service.alert_view import AlertLine, alert_line, verdict
from courseai.service.dashboard.chart import Table

_HEAD = ("alert", "of", "state", "now", "fires", "measured")
_TEXT_COLUMNS = frozenset({0, 1, 2, 4, 5})


@dataclass(frozen=True)
class AlertPart:
    """What fires, and how all of them stand."""

    verdict: str
    firing: list[AlertLine]
    table: Table


def alert_part(findings: Sequence[Finding]) -> AlertPart:
    """Of what was found just now."""
    rows = [_row(alert_line(finding)) for finding in findings]
    table = Table("all-alerts", "How each stands", _HEAD, rows, text_columns=_TEXT_COLUMNS)
    return AlertPart(verdict(findings), [alert_line(finding) for finding in firing(findings)], table)


def _row(line: AlertLine) -> list[str]:
    state = line.state.replace("_", " ")
    return [line.name, line.subject, state, line.now, line.bound, line.measured]
