"""Whether somebody should be woken: `courseai alerts`."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from courseai.service.command.option import EXIT_CODES, AsJson
from courseai.service.command.run_work import print_json
from courseai.service.terminal.console import complain, open_console

if TYPE_CHECKING:
    from datetime import datetime

    from courseai.ops.alerts.alert_check import Finding
    from courseai.service.alert_watch import Show

commands = typer.Typer()

FIRING_EXIT_CODE = 8


@commands.command(
    epilog="[bold]Examples[/bold]\n\n"
    "courseai alerts\n\n"
    "courseai alerts --every 60 --webhook https://receiver.example/courseai\n\n" + EXIT_CODES
)
def alerts(
    as_json: AsJson = False,
    webhook: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="COURSEAI_ALERT_WEBHOOK",
            show_default=False,
            help="Send alerts that fire there, as Prometheus's Alertmanager would.",
        ),
    ] = None,
    every: Annotated[
        float | None,
        typer.Option(
            min=1,
            metavar="SECONDS",
            help="Keep watching: look again after so many seconds, and send what has changed.",
        ),
    ] = None,
) -> None:
    """Check the alerts against the store of runs: costs, quality and calls of the last hour and the last day.

    Exit code 0 where none fires, 8 where some do. With --every it watches until Ctrl-C or SIGTERM.
    """
    from courseai.ops.alerts.alert_check import firing
    from courseai.service.alert_watch import look, watch
    from courseai.service.alert_webhook import Webhook

    receiver = Webhook(webhook) if webhook else None
    try:
        if every is not None:
            number = asyncio.run(watch(_show_changes(as_json=as_json), complain, every, receiver))
            raise typer.Exit(128 + number)
        findings = asyncio.run(look(_show_json if as_json else _show, receiver))
    except KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None
    raise typer.Exit(FIRING_EXIT_CODE if firing(findings) else 0)


def _show(findings: Sequence[Finding], _now: datetime) -> None:
    from courseai.service.terminal.alert_list import show_alerts

    show_alerts(open_console(), findings)


def _show_json(findings: Sequence[Finding], now: datetime) -> None:
    from courseai.service.alert_view import alerts_json

    print_json(alerts_json(findings, now))


def _show_changes(*, as_json: bool) -> Show:
    """For one who watches: a line of JSON at every look, or the table whenever an alert changed its state."""
    from courseai.service.alert_view import alerts_json

    before: list[object] = []

    def show(findings: Sequence[Finding], now: datetime) -> None:
        if as_json:
            typer.echo(json.dumps(alerts_json(findings, now), ensure_ascii=False))
            return
        states = [(one.alert.name, one.figure.subject, one.state) for one in findings]
        if states != before:
            before[:] = states
            typer.echo(f"\n{now.astimezone():%Y-%m-%d %H:%M:%S}")
            _show(findings, now)

    return show
