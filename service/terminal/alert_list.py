"""Alerts as a table, and what to do about those that fire."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from courseai.course.problem import visible
from courseai.ops.alerts.alert_check import Finding, State, firing
from courseai.service.alert_view import alert_line, verdict

_STYLES: dict[State, str] = {"firing": "bold red", "in_order": "green", "silent": "dim"}


def show_alerts(console: Console, findings: Sequence[Finding]) -> None:
    """Every alert: its figure, its threshold, how many were measured. Then where to look, and the verdict."""
    table = Table(header_style="bold", box=None, padding=(0, 2, 0, 0))
    for title in ("alert", "state", "now", "fires", "measured"):
        table.add_column(
            title, no_wrap=title in {"state", "now"}, justify="right" if title == "now" else "left"
        )
    for line in map(alert_line, findings):
        name = f"{line.name} {visible(line.subject)}".rstrip()
        state = Text(line.state.replace("_", " "), _STYLES[line.state])
        table.add_row(Text(name), state, line.now, line.bound, line.measured)
    console.print(table)
    for line in map(alert_line, firing(findings)):
        console.print(Text.assemble((line.severity, "bold red"), f" {line.name}: {line.about}"))
        runs = f" Runs: {', '.join(line.runs)}." if line.runs else ""
        console.print(Padding(Text(line.remedy + runs, style="green"), (0, 0, 0, 4)))
    console.print(Text(verdict(findings)), soft_wrap=True)
