"""What commands that bring a run forward share: progress, signals, and what is said at the end."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from courseai.service.terminal.console import complain, open_console, say

if TYPE_CHECKING:
    from starlette.routing import Route

    from courseai.graph.run import Stop
    from courseai.ops.watch import Watcher
    from courseai.service.progress import ProgressView
    from courseai.service.run_outcome import RunOutcome

WAITING_EXIT_CODE = 10


def progress_view(*, quiet: bool, as_json: bool) -> ProgressView:
    """Progress goes where a person looks: standard error when standard output is for a program."""
    from courseai.service.progress import LiveView, PlainView, QuietView

    if quiet:
        return QuietView()
    console = open_console(stderr=as_json)
    return LiveView(console) if console.is_terminal else PlainView(console)


Work = Callable[["Stop", "Sequence[Watcher]"], Coroutine[Any, Any, "RunOutcome"]]
"""Brings a run forward until it is told to stop, watched as the environment asks."""


def work_on(run_id: str, work: Work, metrics_port: int | None = None) -> RunOutcome:
    """Do the work; a run that a signal stops ends the command with 128 and the signal's number."""
    from courseai.service.course_run import resume_hint
    from courseai.service.interruption import interruption

    signals = interruption(complain)
    try:
        with watching_at(metrics_port) as watchers, signals.heard():
            outcome = asyncio.run(work(signals.stop, watchers))
    except KeyboardInterrupt:
        outcome = None
    if outcome is None or outcome.status == "unfinished":
        complain("Stopped.", resume_hint(run_id))
        raise typer.Exit(signals.exit_code)
    return outcome


@contextmanager
def watching_at(metrics_port: int | None, routes: Sequence[Route] = ()) -> Iterator[list[Watcher]]:
    """What the environment asks for, and metrics at a port if one is given, with `routes` beside them."""
    from courseai.service.monitoring import metrics_of, watching

    with watching(os.environ, exposes_metrics=metrics_port is not None) as watchers:
        if metrics_port is None or (metrics := metrics_of(watchers)) is None:
            yield watchers
            return
        from courseai.service.web.metrics_server import metrics_served

        with metrics_served(metrics, metrics_port, complain, routes):
            yield watchers


def hand_to_queue(run_id: str, answer: Any) -> None:
    """Give decisions on a course of the queue to its workers, and end the command; else do nothing."""
    from courseai.service.queue.answer import hand_over

    if asyncio.run(hand_over(run_id, answer)) is None:
        return
    say(open_console(), f"A worker goes on with run {run_id}: courseai jobs show {run_id}")
    raise typer.Exit(0)


def end_with(outcome: RunOutcome, *, as_json: bool) -> None:
    """Say where the run stands, and end the command."""
    from courseai.service.terminal.summary import outcome_json, show_outcome

    if as_json:
        print_json(outcome_json(outcome))
    else:
        show_outcome(open_console(), outcome)
    raise typer.Exit(WAITING_EXIT_CODE if outcome.status == "waiting_for_review" else 0)


def print_json(value: Any) -> None:
    """For programs: on standard output."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
