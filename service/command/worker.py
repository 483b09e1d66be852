"""`courseai worker`: make the courses of the queue."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from courseai.service.command.option import EXIT_CODES, MetricsPort
from courseai.service.command.run_work import watching_at
from courseai.service.terminal.console import complain, open_console, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from courseai.graph.run import Stop
    from courseai.ops.watch import Watcher
    from courseai.service.queue.worker import Vitals

commands = typer.Typer()


@commands.command(
    epilog="[bold]Examples[/bold]\n\n"
    "courseai worker --concurrency 8\n\n"
    "courseai worker --metrics-port 9464 --out /srv/courses\n\n"
    f"{EXIT_CODES} SIGTERM and Ctrl-C are how a worker ends: it is 0 then."
)
def worker(
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="Courses that are made at once.")] = 4,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder for the courses, one each; by default where each was asked for."
        ),
    ] = None,
    metrics_port: MetricsPort = None,
) -> None:
    """Take courses from the queue in COURSEAI_DATABASE_URL and make them, until SIGTERM or Ctrl-C.

    Then it takes no more, gives calls in flight time to end, and puts the courses under way back: another
    worker goes on with them, and nothing is paid twice. With --metrics-port it also answers /healthz and
    /readyz there.
    """
    from courseai.service.interruption import interruption
    from courseai.service.queue.health import health_routes
    from courseai.service.queue.worker import Pace, Vitals

    signals, vitals = interruption(complain), Vitals(Pace())
    try:
        with watching_at(metrics_port, health_routes(vitals)) as watchers, signals.heard():
            asyncio.run(_work(signals.stop, watchers, vitals, concurrency, out.absolute() if out else None))
    except KeyboardInterrupt:
        raise typer.Exit(signals.exit_code) from None


async def _work(
    stop: Stop, watchers: Sequence[Watcher], vitals: Vitals, concurrency: int, out: Path | None
) -> None:
    from courseai.service.queue.worker import open_worker

    console = open_console()

    def notice(run_id: str, words: str) -> None:
        say(console, f"{run_id}: {words}")

    async with open_worker(stop, notice, watchers, concurrency=concurrency, out=out, vitals=vitals) as opened:
        say(console, f"Worker on {opened.place}, {concurrency} courses at once (Ctrl-C ends it)")
        await opened.run()
