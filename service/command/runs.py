"""`courseai runs ...`: what lies in the store of runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from courseai.service.command.option import Run
from courseai.service.terminal.console import open_console

if TYPE_CHECKING:
    from courseai.store.run_store import RunStore

T = TypeVar("T")
Limit = Annotated[int, typer.Option(min=1, help="How many, newest first.")]

commands = typer.Typer(help="List, show, fork, export and delete runs.", invoke_without_command=True)


@commands.callback()
def _list_by_default(context: typer.Context, limit: Limit = 20) -> None:
    """List the latest runs: id, when, topic, status, cost. With a command: show, fork, export or delete."""
    if context.invoked_subcommand is None:
        list_runs(limit)


@commands.command("list")
def list_runs(limit: Limit = 20) -> None:
    """List the latest runs: id, when, topic, status, cost."""
    from courseai.service.terminal.run_list import show_runs

    asyncio.run(show_runs(open_console(), limit))


@commands.command()
def show(run: Run) -> None:
    """Show one run: status, settings, calls, cost, and the steps that it can be forked from."""
    from courseai.service.terminal.run_list import show_run

    _with_store(lambda store: show_run(open_console(), store, run))


@commands.command()
def fork(
    run: Run,
    step: Annotated[int, typer.Option(help="The step to start from; courseai runs show RUN lists them.")],
    new: Annotated[str | None, typer.Option("--as", metavar="ID", help="A name for the new run.")] = None,
    ask_again: Annotated[
        bool, typer.Option("--ask-again", help="Pay for everything after the step anew, for other answers.")
    ] = False,
) -> None:
    """Make a new run that stands where RUN stood after a step.

    Where it asks a model the same as RUN did, it takes the answer from there and pays nothing.
    """
    from courseai.store.run_archive import fork as fork_run
    from courseai.store.run_store import check_run_id, new_run_id

    new_id = check_run_id(new) if new else new_run_id()
    _with_store(lambda store: fork_run(store, run, step, new_id, asks_again=ask_again))
    typer.echo(f"Run {new_id} stands at step {step} of {run}. Continue with: courseai resume {new_id}")


@commands.command()
def export(run: Run, file: Annotated[Path, typer.Argument(metavar="FILE", help="A new zip file.")]) -> None:
    """Write everything about a run to one file: settings, state, drafts, calls with their answers; no key."""
    from courseai.store.run_archive import export_run

    _with_store(lambda store: export_run(store, run, file))
    typer.echo(f"{file} holds run {run}. It is not encrypted.")


@commands.command()
def delete(run: Run) -> None:
    """Delete a run from the store. The files of its course stay."""
    from courseai.store.run_archive import delete_run

    _with_store(lambda store: delete_run(store, run))
    _forget([run])
    typer.echo(f"Run {run} was deleted.")


@commands.command()
def prune(
    older_than: Annotated[
        int, typer.Option(min=0, max=36_500, metavar="DAYS", help="Delete runs started before that.")
    ],
) -> None:
    """Delete the runs that were started more than so many days ago; runs in use are left."""
    from courseai.store.run_archive import delete_older

    deleted, in_use = _with_store(lambda store: delete_older(store, older_than))
    _forget(deleted)
    typer.echo(f"{len(deleted)} runs were deleted." + (f" In use: {', '.join(in_use)}." if in_use else ""))


def _forget(run_ids: list[str]) -> None:
    """What the review page keeps until it is sent lies beside the store, and jobs lie in the queue."""
    from courseai.service.queue.answer import queue_if_any
    from courseai.service.web.unsent import unsent_decisions

    async def forget_jobs(store: RunStore) -> None:
        async with queue_if_any(store) as queue:
            if queue:
                await queue.forget(run_ids)

    _with_store(forget_jobs)
    unsent = unsent_decisions(os.environ)
    for run_id in run_ids:
        unsent.forget(run_id)


def _with_store(work: Callable[[RunStore], Awaitable[T]]) -> T:
    from courseai.store.database import store_errors
    from courseai.store.run_store import open_run_store

    async def run() -> T:
        async with open_run_store() as store:
            with store_errors(store.database.location):
                return await work(store)

    return asyncio.run(run())
