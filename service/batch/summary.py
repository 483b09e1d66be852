"""What a batch came to: its manifest, what is said at the end, and the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from courseai.course.problem import visible
from courseai.course.state import Json
from courseai.models.provider import OFFLINE_AUTHOR
from courseai.service.batch.item import PROBLEMS, BatchItem, counts, total_usd
from courseai.service.batch.plan import BatchPlan
from courseai.service.batch.progress import WORDS
from courseai.service.files import json_text, write_files
from courseai.service.money import usd
from courseai.service.terminal.console import say
from courseai.service.terminal.summary import SIMULATED

MANIFEST = "batch.json"
_SHOWN = 20
_NOT_ALL_MADE = 7
_BUDGET, _WAITING = 5, 10


def exit_code(items: Sequence[BatchItem]) -> int:
    """What a batch that was not interrupted ends with; service/command/option.py tells what the codes mean.

    The batch's budget comes first, because all that it left out is made by the same command with a higher
    one; then courses that could not be made; then those that wait for a person.
    """
    found = counts(items)
    if "not_afforded" in found:
        return _BUDGET
    if any(state in found for state in PROBLEMS):
        return _NOT_ALL_MADE
    return _WAITING if "waiting_for_review" in found else 0


def batch_json(plan: BatchPlan) -> Json:
    """The whole of it, for programs and for the manifest."""
    return {
        "batch_id": plan.batch_id,
        "source": str(plan.source.absolute()),
        "author": plan.provider.label,
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "counts": counts(plan.items),
        "cost_usd": total_usd(plan.items),
        "items": [item.to_dict() for item in plan.items],
    }


def write_manifest(plan: BatchPlan) -> Path:
    """`batch.json` beside the courses: every input with its run, its state, its folder and its cost."""
    (path,) = write_files(plan.out, {MANIFEST: json_text(batch_json(plan))})
    return path


def show_batch(console: Console, plan: BatchPlan, manifest: Path) -> None:
    """Counts, then what needs somebody's attention."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(justify="right")
    for state, count in counts(plan.items).items():
        table.add_row(str(count), WORDS[state])  # type: ignore[index]
    console.print(table)
    simulated = SIMULATED if plan.provider.name == OFFLINE_AUTHOR else ""
    say(console, f"Batch {plan.batch_id}, cost {usd(total_usd(plan.items))}{simulated}.")
    say(console, f"Written by: {plan.provider.label}.")
    _show_problems(console, plan.items)
    _show_waiting(console, plan.items)
    say(console, f"Every input with its course: {manifest}")


def _show_problems(console: Console, items: Sequence[BatchItem]) -> None:
    troubled = [item for item in items if item.state in PROBLEMS]
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for item in troubled[:_SHOWN]:
        state = Text(item.state.replace("_", " "), style="bold red")
        table.add_row(Text(visible(item.input.place, 80)), state, Text(visible(item.problem, 400)))
    if troubled:
        console.print(table)
    _say_more(console, len(troubled))


def _show_waiting(console: Console, items: Sequence[BatchItem]) -> None:
    waiting = [item for item in items if item.state == "waiting_for_review"]
    for item in waiting[:_SHOWN]:
        say(console, f"Waits for your review: courseai review {item.run_id}")
    _say_more(console, len(waiting))


def _say_more(console: Console, count: int) -> None:
    if count > _SHOWN:
        say(console, f"  … and {count - _SHOWN} more in {MANIFEST}")
