"""The command line. Commands import what they need when they run: help and validation stay quick.

Every error that this project raises on purpose becomes one message and its exit code.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Annotated, Any

import typer

from courseai.course.errors import CourseAIError
from courseai.service.command import (
    alerts,
    batch,
    capacity,
    course,
    evaluate,
    jobs,
    reference,
    review,
    runs,
    trends,
    worker,
)
from courseai.service.command.option import EXIT_CODES
from courseai.service.terminal.console import complain


class _Commands(typer.core.TyperGroup):
    """Turns our errors into messages and exit codes."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except CourseAIError as error:
            if ctx.params["debug"]:
                traceback.print_exc()
            complain(str(error), *getattr(error, "__notes__", ()))
            raise typer.Exit(error.exit_code) from error


app = typer.Typer(
    cls=_Commands,
    help="Write a whole course from an analysis of a topic, with the cheapest model that is good enough.\n\n"
    "With OPENROUTER_API_KEY set, OpenRouter's models write; with --base-url, your own server's; with "
    "neither, the built-in offline author (templates, no language model).",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(course.commands)
app.add_typer(batch.commands)
app.add_typer(worker.commands)
app.add_typer(evaluate.commands)
app.add_typer(review.commands)
app.add_typer(alerts.commands)
app.add_typer(trends.commands)
app.add_typer(capacity.commands)
app.add_typer(reference.commands)
app.add_typer(runs.commands, name="runs")
app.add_typer(jobs.commands, name="jobs")


@app.callback()
def _common(
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")] = False,
) -> None:
    """Options of every command; `_Commands` and `main` read them."""
    if not debug:
        # They log every try to reach a database that went away and every job that is tried again, with all
        # that it was told; one message of ours is enough.
        for name in ("psycopg", "procrastinate"):
            logging.getLogger(name).setLevel(logging.CRITICAL)


def main() -> None:
    """The entry point: what nobody foresaw becomes one line as well, unless --debug is given."""
    try:
        app()
    except Exception as error:
        if "--debug" in sys.argv[1:]:
            raise
        complain(f"Unexpected error: {type(error).__name__}: {error}", *getattr(error, "__notes__", ()))
        complain("`courseai --debug ...` shows where it comes from.")
        sys.exit(1)
