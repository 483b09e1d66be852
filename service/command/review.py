"""Decide on what runs wait for: `courseai review` in the terminal, `courseai serve` in a browser."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from courseai.service.command.option import EXIT_CODES, Port, Quiet, Run
from courseai.service.command.run_work import WAITING_EXIT_CODE, end_with, progress_view, work_on
from courseai.service.terminal.console import open_console, say

if TYPE_CHECKING:
    from courseai.service.run_outcome import RunOutcome

commands = typer.Typer()


@commands.command(epilog="[bold]Example[/bold]\n\ncourseai review 20261123-154501-ab12cd\n\n" + EXIT_CODES)
def review(
    run: Run,
    reviewer: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who decides; by default your name on this machine.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Decide on what a waiting run has flagged, item by item: approve, edit, have it written anew, reject.

    What you decided is kept as you go; what you skip stays undecided.
    """
    from courseai.service.course_run import resume_run
    from courseai.service.queue.answer import hand_over
    from courseai.service.terminal.review import review_in_terminal, reviewer_name

    def send(answer: dict[str, Any]) -> RunOutcome:
        if handed_over := asyncio.run(hand_over(run, answer)):
            return handed_over
        view = progress_view(quiet=quiet, as_json=False)
        return work_on(
            run, lambda stop, watchers: resume_run(run, answer, None, view, stop=stop, watchers=watchers)
        )

    name = reviewer or reviewer_name(os.environ)
    outcome = review_in_terminal(open_console(), run, name, send)
    if outcome is None:
        raise typer.Exit(WAITING_EXIT_CODE)
    if outcome.status == "unfinished":
        say(open_console(), f"A worker goes on with run {run}: courseai jobs show {run}")
        raise typer.Exit(0)
    end_with(outcome, as_json=False)


@commands.command()
def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's need COURSEAI_REVIEW_TOKEN.")
    ] = "127.0.0.1",
    port: Annotated[int, Port] = 8080,
) -> None:
    """Serve the review page: decide in a browser on what runs wait for, and have them go on.

    By default it is for this machine alone. Ctrl-C or SIGTERM ends it; runs under way can be resumed.
    """
    from courseai.service.monitoring import watching
    from courseai.service.web.serve import serve as serve_review

    try:
        with watching(os.environ, exposes_metrics=True) as watchers:
            asyncio.run(serve_review(host, port, typer.echo, watchers))
    except KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None
