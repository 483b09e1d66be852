"""Make courses: `courseai generate`, `validate` and `resume`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from courseai.service.command.option import (
    EXIT_CODES,
    AsJson,
    BaseUrl,
    Budget,
    InputFile,
    Language,
    MetricsPort,
    Model,
    OfflineSettingsFile,
    Out,
    PolicyFile,
    Quiet,
    Review,
    Run,
    Seed,
)
from courseai.service.command.run_work import end_with, hand_to_queue, print_json, progress_view, work_on
from courseai.service.terminal.console import complain, open_console, say

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from courseai.course.intake import Intake
    from courseai.graph.run import Stop
    from courseai.ops.watch import Watcher
    from courseai.service.run_outcome import RunOutcome

commands = typer.Typer()


@commands.command(
    epilog="[bold]Examples[/bold]\n\n"
    "courseai generate analysis.json\n\n"
    "courseai generate analysis.json --out my-course --review ask\n\n"
    "courseai generate analysis.json --highest-quality s3 --highest-quality s5\n\n"
    "courseai generate analysis.json --base-url http://localhost:11434/v1 --model qwen3:8b\n\n"
    f"It writes course.json, course.html and report.json. {EXIT_CODES}"
)
def generate(  # noqa: PLR0917 - typer calls it by keyword
    file: InputFile,
    out: Out = None,
    language: Language = None,
    review: Review = "flag",
    base_url: BaseUrl = None,
    model: Model = None,
    policy: PolicyFile = None,
    offline_settings: OfflineSettingsFile = None,
    budget: Budget = None,
    highest_quality: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SECTION",
            help="Id of a section that the strongest model writes at once, such as s3; may be given again.",
        ),
    ] = None,
    seed: Seed = 0,
    run_id: Annotated[str | None, typer.Option(metavar="ID", help="A name of your own for the run.")] = None,
    metrics_port: MetricsPort = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Make a course: validate, plan, write every section, check it, and save it with what it cost."""
    intake = _intake(file, language)
    if intake.analysis is None or intake.language is None:
        _show_intake(file, intake, as_json=as_json)
        raise typer.Exit(2)
    from courseai.course.policy import load_policy
    from courseai.service.course_run import start_run
    from courseai.service.new_run import new_run

    new = new_run(
        intake.analysis,
        intake.language,
        review=review,
        seed=seed,
        run_id=run_id,
        folder=out,
        policy=load_policy(policy) if policy else None,
        budget_usd=budget,
        highest_quality=highest_quality or (),
        base_url=base_url,
        model=model,
        offline_settings=offline_settings,
    )
    if not quiet:
        console = open_console(stderr=as_json)
        say(console, f"Run {new.run_id}, written by {new.settings.author}")
    view = progress_view(quiet=quiet, as_json=as_json)
    outcome = work_on(
        new.run_id, lambda stop, watchers: start_run(new, view, stop=stop, watchers=watchers), metrics_port
    )
    end_with(outcome, as_json=as_json)


@commands.command(
    epilog="[bold]Examples[/bold]\n\n"
    "courseai validate analysis.json\n\n"
    "cat analysis.json | courseai validate - --json"
)
def validate(file: InputFile, language: Language = None, as_json: AsJson = False) -> None:
    """Check an analysis_result without asking any model: every problem at once, each with what to do.

    Tells what the course is likely to cost. Exit code 0 for accepted, perhaps with warnings; 2 for rejected.
    """
    intake = _intake(file, language)
    _show_intake(file, intake, as_json=as_json)
    raise typer.Exit(0 if intake.accepted else 2)


@commands.command(
    epilog="[bold]Examples[/bold]\n\n"
    "courseai resume 20261123-154501-ab12cd\n\n"
    "courseai resume 20261123-154501-ab12cd --decisions decisions.json\n\n" + EXIT_CODES
)
def resume(  # noqa: PLR0917 - typer calls it by keyword
    run: Run,
    decisions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Your decisions on review.json, as JSON; - reads standard input."),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="If another process works on the run, wait for it to end.")
    ] = False,
    adopt: Annotated[
        Literal["prompts", "policy", "both"] | None,
        typer.Option(
            help="Go on with this installation's prompts or policy where the run was begun with others; "
            "by default its policy is kept, and other prompts are refused."
        ),
    ] = None,
    without_missing: Annotated[
        bool,
        typer.Option(
            "--without-missing",
            help="Go on without the lessons that no model could be reached for; they are flagged.",
        ),
    ] = False,
    budget: Budget = None,
    out: Out = None,
    metrics_port: MetricsPort = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Continue a run that was interrupted, waits for review, or was stopped by an outage or by its budget.

    Nothing that was paid for is paid again. Decisions on a course of the queue go to its workers.

    A finished run gets its files written again.
    """
    from courseai.service.command.source import read_decisions
    from courseai.service.course_run import resume_run
    from courseai.service.terminal.review import reviewer_name

    answer = read_decisions(decisions, reviewer_name(os.environ)) if decisions else None
    if answer is not None and not (wait or adopt or without_missing or budget or out):
        hand_to_queue(run, answer)
    view = progress_view(quiet=quiet, as_json=as_json)
    options: dict[str, Any] = {
        "wait": wait,
        "adopt": adopt,
        "without_missing": without_missing,
        "budget_usd": budget,
        "say": complain,
    }
    folder = out.absolute() if out else None

    def work(stop: Stop, watchers: Sequence[Watcher]) -> Coroutine[Any, Any, RunOutcome]:
        return resume_run(run, answer, folder, view, stop=stop, watchers=watchers, **options)

    outcome = work_on(run, work, metrics_port)
    end_with(outcome, as_json=as_json)


def _intake(file: Path, language: str | None) -> Intake:
    from courseai.course.intake import validate_bytes
    from courseai.service.command.source import read_bytes

    return validate_bytes(read_bytes(file), language=language)


def _show_intake(file: Path, intake: Intake, *, as_json: bool) -> None:
    from courseai.service.command.source import source_name
    from courseai.service.cost_estimate import expected_cost, in_words
    from courseai.service.terminal.validation_view import show_intake

    cost = expected_cost(intake)
    if as_json:
        print_json(intake.to_dict() | {"cost": cost})
        return
    show_intake(open_console(), source_name(file), intake)
    if cost:
        say(open_console(), in_words(cost))
