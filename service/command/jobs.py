"""`courseai jobs ...`: the courses that were given to the queue."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from courseai.service.command.option import AsJson, Budget, Run
from courseai.service.command.run_work import print_json
from courseai.service.queue.standing import JobState
from courseai.service.terminal.console import open_console

if TYPE_CHECKING:
    from courseai.service.queue.course_queue import CourseQueue

T = TypeVar("T")
State = Annotated[JobState | None, typer.Option(help="Only those in this state.")]
Limit = Annotated[int, typer.Option(min=1, help="How many, newest first.")]

commands = typer.Typer(
    help="List, show, retry and cancel the courses of the queue.", invoke_without_command=True
)


@commands.callback()
def _list_by_default(
    context: typer.Context, state: State = None, limit: Limit = 20, as_json: AsJson = False
) -> None:
    """Count the courses of the queue by state, and list the latest. With a command: show, retry or cancel."""
    if context.invoked_subcommand is None:
        list_jobs(state, limit, as_json)


@commands.command("list")
def list_jobs(state: State = None, limit: Limit = 20, as_json: AsJson = False) -> None:
    """Count the courses of the queue by state, and list the latest."""
    from courseai.service.terminal.job_list import jobs_json, show_jobs

    jobs = _with_queue(lambda queue: queue.all())
    if as_json:
        print_json(jobs_json(jobs, state, limit))
    else:
        show_jobs(open_console(), jobs, state, limit)


@commands.command()
def show(run: Run, as_json: AsJson = False) -> None:
    """Show one course of the queue: state, tenant, tries, and what went wrong."""
    from courseai.service.terminal.job_list import job_json, show_job

    job = _with_queue(lambda queue: queue.last(run))
    if as_json:
        print_json(job_json(job))
    else:
        show_job(open_console(), job)


@commands.command()
def retry(run: Run, budget: Budget = None) -> None:
    """Give a course to the queue again that failed, was set aside, stopped by its budget, or cancelled."""
    _with_queue(lambda queue: queue.retry(run, budget))
    typer.echo(f"Run {run} waits for a worker.")


@commands.command()
def cancel(run: Run) -> None:
    """Take a course out of the queue; one that is being made ends at its next step, and keeps what it has."""
    before = _with_queue(lambda queue: queue.cancel(run))
    when = "ends at its next step" if before == "working" else "is out of the queue"
    typer.echo(f"Run {run} {when}. To have it made after all: courseai jobs retry {run}")


def _with_queue(work: Callable[[CourseQueue], Awaitable[T]]) -> T:
    from courseai.service.queue.course_queue import open_queue
    from courseai.store.run_store import open_run_store

    async def run() -> T:
        async with open_run_store() as store, open_queue(store) as queue:
            return await work(queue)

    return asyncio.run(run())
