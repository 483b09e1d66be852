"""What is wrong with an input document, for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from courseai.course.intake import Intake
from courseai.course.problem import Problem

_STYLES = {"error": "bold red", "warning": "bold yellow"}


def show_intake(console: Console, name: str, intake: Intake) -> None:
    """The verdict, then every problem: where, what is wrong, what to do."""
    verdict, style = ("accepted", "bold green") if intake.accepted else ("rejected", "bold red")
    language = f", in {intake.language}" if intake.accepted else ""
    console.print(Text.assemble((verdict, style), f" {name}{language}: {_counted(intake.problems)}"))
    for problem in intake.problems:
        _show_problem(console, problem)
    if intake.more:
        console.print(f"  … and {intake.more} more. Mend these first.")


def _show_problem(console: Console, problem: Problem) -> None:
    rule = f" ({problem.rule})" if problem.rule else ""
    console.print(
        Text.assemble("  ", (problem.severity, _STYLES[problem.severity]), f"{rule} {problem.pointer}")
    )
    console.print(Padding(Text(problem.message), (0, 0, 0, 4)))
    console.print(Padding(Text(problem.remedy, style="green"), (0, 0, 0, 4)))


def _counted(problems: Sequence[Problem]) -> str:
    counts = {severity: sum(p.severity == severity for p in problems) for severity in _STYLES}
    words = [f"{count} {severity}{'s' * (count != 1)}" for severity, count in counts.items() if count]
    return ", ".join(words) or "no problems"
