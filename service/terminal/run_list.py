"""The latest runs as a table, and one run in full."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from courseai.course.problem import visible
from courseai.service.money import calls_usd
from courseai.store.register import RunEntry
from courseai.store.run_archive import steps
from courseai.store.run_store import RunStore, open_run_store


async def show_runs(console: Console, limit: int) -> None:
    """Newest first: id, when it was started, topic, status, cost so far."""
    async with open_run_store() as store:
        entries = store.register.latest(limit)
        calls = {entry.run_id: await store.journal.calls(entry.run_id) for entry in entries}
    if not entries:
        console.print("No runs yet. Make one with: courseai generate FILE", markup=False, highlight=False)
        return
    table = Table(header_style="bold", box=None, padding=(0, 2, 0, 0))
    for title in ("run", "started", "topic", "status", "cost"):
        table.add_column(title, no_wrap=title == "run", justify="right" if title == "cost" else "left")
    for entry in entries:
        cost = calls_usd([call.to_dict() for call in calls[entry.run_id]])
        table.add_row(*_cells(entry), cost)
    console.print(table)


async def show_run(console: Console, store: RunStore, run_id: str) -> None:
    """Status, settings, calls, cost and steps of one run; raises `RunNotFoundError`."""
    settings = store.register.stored_settings(run_id)
    calls = [call.to_dict() for call in await store.journal.calls(run_id)]
    in_flight = await store.journal.in_flight(run_id)
    lines = {
        "run": run_id,
        "status": (store.register.status(run_id) or "").replace("_", " "),
        "language": settings.get("language", "?"),
        "review": settings.get("review", "?"),
        "author": settings.get("author", "?"),
        "files": settings.get("folder", "?"),
        "calls": f"{len(calls)} finished, {len(in_flight)} begun and not finished",
        "cost": calls_usd(calls),
    }
    for name, value in lines.items():
        console.print(f"{name:<9} {visible(value, 200)}", markup=False, highlight=False, soft_wrap=True)
    table = Table(header_style="bold", box=None, padding=(0, 2, 0, 0))
    for title in ("step", "stored", "next"):
        table.add_column(title, justify="right" if title == "step" else "left")
    for step in await steps(store, run_id):
        table.add_row(str(step.number), step.at[:19].replace("T", " "), ", ".join(step.next) or "-")
    console.print(table)


def _cells(entry: RunEntry) -> tuple[str, str, Text, str]:
    started = datetime.fromisoformat(entry.started_at).astimezone()
    return (
        entry.run_id,
        f"{started:%Y-%m-%d %H:%M}",
        Text(visible(entry.topic, 60)),
        entry.status.replace("_", " "),
    )
