"""Make many courses: `courseai batch`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from courseai.course.errors import SettingsError
from courseai.service.command.option import (
    EXIT_CODES,
    AsJson,
    BaseUrl,
    Budget,
    Language,
    MetricsPort,
    Model,
    OfflineSettingsFile,
    PolicyFile,
    Quiet,
    Review,
    Seed,
    dollars,
)
from courseai.service.command.run_work import print_json, watching_at
from courseai.service.terminal.console import complain, open_console, say

if TYPE_CHECKING:
    from courseai.ops.watch import Watcher
    from courseai.service.batch.plan import BatchPlan
    from courseai.service.batch.progress import BatchProgress, BatchView
    from courseai.service.batch.queued import Turn
    from courseai.service.interruption import Interruption

commands = typer.Typer()


@commands.command(
    epilog="[bold]Examples[/bold]\n\n"
    "courseai batch analyses/\n\n"
    "courseai batch analyses.jsonl --out courses/autumn --concurrency 8 --batch-budget 25\n\n"
    "courseai batch analyses/ --queue env --tenant press --detach\n\n"
    f"The same command again goes on with what is not made yet. {EXIT_CODES}"
)
def batch(  # noqa: PLR0917 - typer calls it by keyword
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER|FILE.jsonl",
            help="A folder of JSON files, or a file with one analysis_result a line.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder for the courses and batch.json; by default courses/BATCH here."
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="A name of your own: under another one everything is made from the start."
        ),
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(
            min=1, max=256, show_default="4", help="Courses that are made at once, in this process."
        ),
    ] = None,
    queue: Annotated[
        str | None,
        typer.Option(
            metavar="URL|env",
            help="Have workers make them: the PostgreSQL database of the store, env for the one of "
            "COURSEAI_DATABASE_URL, which keeps a password out of the list of processes.",
        ),
    ] = None,
    tenant: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of --queue: whose courses they are; tenants take turns."),
    ] = None,
    priority: Annotated[
        int | None, typer.Option(min=-10, max=10, help="Of --queue: higher ones are begun first.")
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Of --queue: end once all of them are given to it.")
    ] = False,
    language: Language = None,
    review: Review = "flag",
    base_url: BaseUrl = None,
    model: Model = None,
    policy: PolicyFile = None,
    offline_settings: OfflineSettingsFile = None,
    budget: Budget = None,
    batch_budget: Annotated[
        float | None,
        typer.Option(
            metavar="USD",
            parser=dollars,
            help="The most that the whole batch may cost: a course is begun only if its ceiling fits.",
        ),
    ] = None,
    seed: Seed = 0,
    metrics_port: MetricsPort = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Make a course of every input, some at a time; what is wrong with an input is reported and passed over.

    A course that is finished is not made again, and nothing that was paid for is paid again. --budget holds
    for each course.
    """
    from courseai.course.policy import load_policy
    from courseai.service.batch.plan import CourseOptions, plan_batch
    from courseai.service.batch.progress import BatchProgress
    from courseai.service.batch.queued import Turn
    from courseai.service.queue.orders import DEFAULT_TENANT

    options = CourseOptions(
        language=language,
        review=review,
        seed=seed,
        policy=load_policy(policy) if policy else None,
        budget_usd=budget,
        base_url=base_url,
        model=model,
        offline_settings=offline_settings,
    )
    _check_options(
        queue, concurrency, batch_budget, metrics_port, is_queued=bool(tenant or priority or detach)
    )
    plan = plan_batch(source, options, name=name, out=out)
    if not quiet:
        say(open_console(stderr=as_json), f"Batch {plan.batch_id}: {len(plan.items)} inputs")
    view = batch_view(BatchProgress(plan.items), quiet=quiet, as_json=as_json)
    if queue:
        place = None if queue == "env" else queue
        code = _queued(plan, view, place, Turn(tenant or DEFAULT_TENANT, priority or 0), follows=not detach)
    else:
        with watching_at(metrics_port) as watchers:
            code = make_courses(plan, view, watchers, concurrency or 4, batch_budget)
    _end(plan, code, as_json=as_json)


def _check_options(
    queue: str | None,
    concurrency: int | None,
    batch_budget: float | None,
    metrics_port: int | None,
    *,
    is_queued: bool,
) -> None:
    """Raises `SettingsError` for an option that would be without effect."""
    if queue is None and is_queued:
        raise SettingsError("--tenant, --priority and --detach are for a batch with --queue.")
    of_this_process = {
        "--concurrency": concurrency,
        "--batch-budget": batch_budget,
        "--metrics-port": metrics_port,
    }
    if queue and (given := [name for name, value in of_this_process.items() if value is not None]):
        raise SettingsError(
            f"{', '.join(given)}: with --queue it is workers that make the courses. Start them with "
            "courseai worker --concurrency N --metrics-port PORT; --budget holds for each course."
        )


def _queued(plan: BatchPlan, view: BatchView, place: str | None, turn: Turn, *, follows: bool) -> int:
    """Have workers make the courses; gives the exit code."""
    from courseai.graph.run import Stop
    from courseai.service.batch.run import make_queued_batch
    from courseai.service.batch.summary import exit_code
    from courseai.service.interruption import Interruption

    signals = Interruption(Stop(0), lambda _words: None)
    with signals.heard():
        asyncio.run(make_queued_batch(plan, view, signals.stop, place, turn, follows=follows))
    if signals.stop.is_requested:
        complain("The queue goes on with what it has; the same command follows it again.")
        return signals.exit_code
    return exit_code(plan.items)


def make_courses(
    plan: BatchPlan,
    view: BatchView,
    watchers: Sequence[Watcher],
    concurrency: int,
    budget_usd: float | None,
) -> int:
    """Make the courses in this process; gives the exit code."""
    from courseai.service.batch.run import make_batch
    from courseai.service.batch.summary import exit_code
    from courseai.service.interruption import interruption

    signals = interruption(complain)
    outage = None
    try:
        with signals.heard():
            outage = asyncio.run(
                make_batch(plan, view, signals.stop, watchers, concurrency=concurrency, budget_usd=budget_usd)
            )
    except KeyboardInterrupt:
        return _stopped(signals)
    if signals.stop.is_requested:
        return _stopped(signals)
    if outage:
        complain("No more courses are begun, since several in a row failed for the same want:", str(outage))
        return outage.exit_code
    return exit_code(plan.items)


def _stopped(signals: Interruption) -> int:
    complain("Stopped. Nothing that was paid for is lost; the same command goes on.")
    return signals.exit_code


def batch_view(progress: BatchProgress, *, quiet: bool, as_json: bool) -> BatchView:
    """Live on a terminal, lines elsewhere; on standard error where a program reads the output."""
    from courseai.service.batch.progress import BatchView, LiveBatchView, PlainBatchView

    if quiet:
        return BatchView()
    console = open_console(stderr=as_json)
    return (LiveBatchView if console.is_terminal else PlainBatchView)(console, progress)


def _end(plan: BatchPlan, code: int, *, as_json: bool) -> None:
    """Say what became of every input, and end the command."""
    from courseai.service.batch.summary import batch_json, show_batch, write_manifest

    manifest = write_manifest(plan)
    if as_json:
        print_json(batch_json(plan))
    else:
        show_batch(open_console(), plan, manifest)
    raise typer.Exit(code)
