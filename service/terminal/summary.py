"""What is said at the end of a run: the table, the totals, what is flagged and where the files are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from courseai.course.problem import visible
from courseai.course.state import Json
from courseai.models.provider import OFFLINE_AUTHOR
from courseai.service.money import section_usd, total_usd, usd
from courseai.service.progress import alignment_text
from courseai.service.run_outcome import RunOutcome
from courseai.service.terminal.console import say

_FLAGS_SHOWN = 8
SIMULATED = " (simulated: the tiers' list prices)"


def show_outcome(console: Console, outcome: RunOutcome) -> None:
    """The result of a finished run, or the request of one that waits."""
    if outcome.request is not None:
        _show_request(console, outcome.request, outcome.run_id, outcome.paths[0])
    elif outcome.report is not None:
        _show_report(console, outcome.report, outcome)


def outcome_json(outcome: RunOutcome) -> Json:
    """The same for programs."""
    report = outcome.report or {}
    return {
        "run_id": outcome.run_id,
        "status": outcome.status,
        "author": outcome.settings.author,
        "files": [str(path) for path in outcome.paths],
        "lessons": report.get("lessons"),
        "quality": report.get("quality"),
        "totals": report.get("totals"),
        "budget": report.get("budget"),
        "flags": report.get("flags", []),
        "request": outcome.request,
    }


def _show_report(console: Console, report: Json, outcome: RunOutcome) -> None:
    """Everything that a person wants to know first."""
    console.print(sections_report(report))
    lessons, totals = report["lessons"], report["totals"]
    is_offline = outcome.settings.provider == OFFLINE_AUTHOR
    cost = total_usd(totals) + (SIMULATED if is_offline else "")
    say(
        console,
        f"{lessons['written']} of {lessons['planned']} lessons, {totals['calls']} calls, cost {cost}.",
    )
    _show_budget(console, report["budget"])
    say(console, f"Written by: {outcome.settings.author}.")
    _show_flags(console, report["flags"], outcome.paths)
    for path in outcome.paths:
        say(console, f"  {path}")


def _show_budget(console: Console, budget: Json) -> None:
    """How far the run stayed under its ceiling, and what of its bill is uncertain."""
    share = budget["charged_usd"] / budget["ceiling_usd"]
    say(
        console,
        f"Budget: {share:.0%} of the ceiling of {usd(budget['ceiling_usd'])} used; "
        f"the target is {usd(budget['target_usd'])}.",
    )
    if budget["uncertain_usd"]:
        say(console, f"  {usd(budget['uncertain_usd'])} of it is assumed, for calls whose cost nobody named.")
    if lost := budget["in_flight_at_crash"]:
        say(console, f"  {len(lost)} calls were in flight when a process died: they may be paid twice.")
    if moved := budget["moved_to_a_cheaper_tier"]:
        say(console, f"  {moved} calls went to a cheaper tier to keep to it.")


def sections_report(report: Json) -> Table:
    """Section, tier used, escalations, alignment, cost."""
    table = Table(header_style="bold")
    table.add_column("section", overflow="fold")
    table.add_column("tier")
    for title in ("escalations", "alignment", "cost"):
        table.add_column(title, justify="right")
    for section in report["sections"]:
        name = Text(f"{section['section_id']} {visible(section['area'], 50)}")
        style = None if section["status"] == "accepted" else "yellow"
        table.add_row(
            name,
            section["tier"] or "no model",
            str(section["escalations"]),
            alignment_text(section["alignment"]),
            section_usd(report, section["section_id"]),
            style=style,
        )
    return table


def _show_request(console: Console, request: Json, run_id: str, path: Path) -> None:
    """What a person has to decide, and how to answer."""
    items = request["action_requests"]
    say(console, f"The run waits for your review of {len(items)} items:")
    for item in items[:_FLAGS_SHOWN]:
        say(console, f"  - {visible(item['description'], 160)}")
    _more(console, len(items))
    say(console, f"Decide in this terminal: courseai review {run_id}")
    say(console, f"Or read {path}, which has their content, and answer with a file:")
    say(console, '  {"by": "NAME", "decisions": {"ITEM_ID": {"type": "approve"}, ...}}')
    say(console, "docs/review.md has the other decisions. What is left out stays undecided.")
    say(console, f"Then: courseai resume {run_id} --decisions FILE")


def _show_flags(console: Console, flags: Sequence[Json], paths: Sequence[Path]) -> None:
    if not flags:
        return say(console, "Nothing is flagged.")
    page = next((path for path in paths if path.suffix == ".html"), None)
    say(console, f"Flagged for a person: {len(flags)}. See the end of {page.name if page else 'the page'}.")
    for flag in flags[:_FLAGS_SHOWN]:
        say(console, f"  - {flag['kind']} {flag['subject']}: {visible(flag['reason'], 140)}")
    return _more(console, len(flags))


def _more(console: Console, count: int) -> None:
    if count > _FLAGS_SHOWN:
        say(console, f"  … and {count - _FLAGS_SHOWN} more")
