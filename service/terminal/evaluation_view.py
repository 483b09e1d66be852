"""An evaluation on the terminal: every measure, side by side where two policies are compared."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from courseai.models.provider import OFFLINE_AUTHOR
from courseai.ops.evaluation import MEASURES, Measure, Unit, differences
from courseai.service.evaluation import Result
from courseai.service.money import usd
from courseai.service.terminal.console import say
from courseai.service.terminal.summary import SIMULATED


def show_evaluation(console: Console, results: Sequence[Result]) -> None:
    """The table, and who wrote the courses."""
    table = Table()
    table.add_column("")
    for result in results:
        table.add_column(Text(result.trial.name), justify="right")
    changes = differences(results[0].overall, results[1].overall) if len(results) == 2 else None
    if changes:
        table.add_column("difference", justify="right")
    for measure in MEASURES:
        row = [Text(_value(result.overall[measure.name], measure.unit)) for result in results]
        table.add_row(measure.title, *row, *([_change(changes[measure.name], measure)] if changes else ()))
    console.print(table)
    provider = results[0].trial.plan.provider
    say(console, f"Written by: {provider.label}.")
    if provider.name == OFFLINE_AUTHOR:
        say(console, f"Costs are not real{SIMULATED}.")
    for result in results:
        if result.experiment.url:
            say(console, f"LangSmith shows {result.trial.name}: {result.experiment.url}")


def _value(value: float | None, unit: Unit) -> str:
    if value is None:
        return "unknown"
    match unit:
        case "share":
            return f"{value:.1%}"
        case "probability":
            return f"{value:.3f}"
        case "USD":
            return usd(value)
        case "seconds":
            return f"{value:.1f} s"
        case "count":
            return f"{value:,.0f}"


def _change(change: float | None, measure: Measure) -> Text:
    """What the second has more; green where that is better, red where it is worse."""
    if change is None:
        return Text("unknown")
    shown = (
        f"{abs(change) * 100:.1f} points" if measure.unit == "share" else _value(abs(change), measure.unit)
    )
    if not any(digit in shown for digit in "123456789"):
        return Text("the same")
    colour = {"higher": ("red", "green"), "lower": ("green", "red"), None: ("", "")}[measure.is_better]
    return Text(("+" if change > 0 else "-") + shown, style=colour[change > 0])
