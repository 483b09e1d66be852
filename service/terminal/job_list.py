"""The courses of the queue: counts by state, the latest as a table, and one in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from courseai.course.problem import visible
from courseai.course.state import Json
from courseai.service.queue.standing import STATES, JobStanding, JobState
from courseai.service.terminal.console import say

_PROBLEM = 80


def show_jobs(console: Console, jobs: Sequence[JobStanding], state: JobState | None, limit: int) -> None:
    """Newest first: id, when it was enqueued, tenant, state, what went wrong."""
    if not jobs:
        say(console, "Nothing was given to the queue yet. Do it with: courseai batch FOLDER --queue env")
        return
    counts = [f"{count} {name.replace('_', ' ')}" for name, count in _counts(jobs).items()]
    say(console, ", ".join(counts))
    table = Table(header_style="bold", box=None, padding=(0, 2, 0, 0))
    for title in ("run", "enqueued", "tenant", "state", "problem"):
        table.add_column(title, no_wrap=title == "run")
    for job in _shown(jobs, state, limit):
        cells = (job.run_id, _time(job.enqueued_at), job.tenant, job.state.replace("_", " "))
        table.add_row(*cells, visible(job.problem, _PROBLEM))
    console.print(table)


def show_job(console: Console, job: JobStanding) -> None:
    """Everything the queue knows of one course."""
    lines = {
        "run": job.run_id,
        "state": job.state.replace("_", " "),
        "tenant": job.tenant,
        "priority": job.priority,
        "enqueued": _time(job.enqueued_at),
        "tries": job.attempts,
        "next try": _time(job.next_try_at) if job.next_try_at else "",
        "problem": job.problem,
    }
    for name, value in lines.items():
        if value != "":
            say(console, f"{name:<9} {visible(str(value), 1000)}")


def jobs_json(jobs: Sequence[JobStanding], state: JobState | None, limit: int) -> Json:
    """The same for programs."""
    return {"counts": _counts(jobs), "jobs": [job_json(job) for job in _shown(jobs, state, limit)]}


def job_json(job: JobStanding) -> Json:
    """One course for programs."""
    return asdict(job) | {"problem": job.problem or None}


def _counts(jobs: Sequence[JobStanding]) -> dict[JobState, int]:
    found = Counter(job.state for job in jobs)
    return {state: found[state] for state in STATES if found[state]}


def _shown(jobs: Sequence[JobStanding], state: JobState | None, limit: int) -> list[JobStanding]:
    return [job for job in jobs if state in (None, job.state)][:limit]


def _time(moment: str) -> str:
    return moment[:19].replace("T", " ")
