"""How costs and quality develop: `courseai trends`."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from courseai.service.command.option import EXIT_CODES, AsJson
from courseai.service.command.run_work import print_json
from courseai.service.terminal.console import open_console

if TYPE_CHECKING:
    from courseai.ops.history.history import Overview

commands = typer.Typer()


@commands.command(epilog="[bold]Examples[/bold]\n\ncourseai trends --days 7\n\n" + EXIT_CODES)
def trends(
    days: Annotated[int, typer.Option(min=1, max=3660, help="Today and the days before it: so many.")] = 30,
    as_json: AsJson = False,
) -> None:
    """Show what the store of runs says of the last days: costs, quality, escalations, latencies.

    Days are UTC's.
    """
    found = asyncio.run(_read(days))
    if as_json:
        from courseai.service.trend_json import trends_json

        print_json(trends_json(found))
        return
    from courseai.service.terminal.trend_tables import show_trends

    show_trends(open_console(), found)


async def _read(days: int) -> Overview:
    from courseai.ops.history.history import overview
    from courseai.ops.history.window import last_days
    from courseai.store.run_store import open_run_store

    async with open_run_store() as store:
        return await store.database.read(partial(overview, window=last_days(days)))
