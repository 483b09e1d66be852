"""For those who build with it or run it: `courseai graph`, `schema`, `monitoring` and `offline-author`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from courseai.service.command.option import Port

commands = typer.Typer()


@commands.command()
def graph() -> None:
    """Print the pipeline as a Mermaid diagram, drawn from the code."""
    from courseai.service.diagram import mermaid

    typer.echo(mermaid())


@commands.command()
def schema(
    name: Annotated[
        Literal["analysis", "course", "event"],
        typer.Argument(help="The input's schema, the course's, or that of progress events."),
    ],
) -> None:
    """Print the JSON Schema of what goes in, of what comes out, or of what is told on the way."""
    from courseai.course.schema import SCHEMA_FILES

    typer.echo(SCHEMA_FILES[name].read_text("utf-8"), nl=False)


@commands.command()
def monitoring(
    name: Annotated[
        Literal["rules", "dashboard"],
        typer.Argument(help="Recording and alerting rules for Prometheus, or a dashboard for Grafana."),
    ],
) -> None:
    """Print what a monitoring system is set up with; docs/monitoring.md says how."""
    from courseai.ops.alerts.alert_rules import RULE_FILE
    from courseai.ops.grafana.panel import DASHBOARD_FILE

    typer.echo({"rules": RULE_FILE, "dashboard": DASHBOARD_FILE}[name].read_text("utf-8"), nl=False)


@commands.command()
def offline_author(
    port: Annotated[int, Port] = 0,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Seed, and how imperfect each model is to be.")
    ] = None,
) -> None:
    """Serve the offline author (templates, no language model) as an OpenAI-compatible server on this machine.

    Prints its URL, for --base-url, and serves until it is interrupted.
    """
    from courseai.models.offline.__main__ import serve

    serve(port, settings)
