"""The command line. Commands import what they need when they run: help and validation stay quick.

Every error that this project raises on purpose becomes one message and its exit code.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console

from courseai.course.errors import CourseAIError
from courseai.service.run_commands import runs_app

if TYPE_CHECKING:
    from courseai.course.intake import Intake
    from courseai.graph.register import RunSettings
    from courseai.graph.run import Stop
    from courseai.service.course_run import RunOutcome
    from courseai.service.progress import ProgressView

WAITING_EXIT_CODE = 10
MAX_BUDGET_USD = 10_000
_PIPE_WIDTH = 120
"""Columns where the output is no terminal, which says nothing of its width."""
_EXIT_CODES = (
    "Exit codes: 0 done, 1 unexpected error, 2 input or settings rejected, 3 too few lessons, "
    "4 models, weights or store unavailable, 5 stopped by the budget, 6 run in use by another process, "
    "10 waiting for review, 130 stopped by Ctrl-C, 143 by SIGTERM."
)


class _Commands(typer.core.TyperGroup):
    """Turns our errors into messages and exit codes."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except CourseAIError as error:
            if ctx.params["debug"]:
                traceback.print_exc()
            _complain(str(error), *getattr(error, "__notes__", ()))
            raise typer.Exit(error.exit_code) from error


app = typer.Typer(
    cls=_Commands,
    help="Write a whole course from an analysis of a topic, with the cheapest model that is good enough.\n\n"
    "With OPENROUTER_API_KEY set, OpenRouter's models write; with --base-url, your own server's; with "
    "neither, the built-in offline author (templates, no language model).",
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _dollars(text: str) -> float:
    """An amount between 0 and 10,000 USD; raises `typer.BadParameter` for all else."""
    try:
        amount = float(text.removeprefix("$"))
    except ValueError:
        amount = math.nan
    if not 0 < amount <= MAX_BUDGET_USD:
        raise typer.BadParameter(f"{text!r} is no amount in USD above 0 and up to {MAX_BUDGET_USD:,}.")
    return amount


app.add_typer(runs_app, name="runs")

InputFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="The analysis_result as JSON; - reads standard input.", show_default=False
    ),
]
Language = Annotated[
    str | None,
    typer.Option(help="Language of the course, such as en or pt-BR; needed where the document names none."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress, only the result.")]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder for the files; by default courses/TOPIC-RUN here.")
]


Budget = Annotated[
    float | None,
    typer.Option(
        "--budget", metavar="USD", parser=_dollars, help="The most that the run may cost: a hard ceiling."
    ),
]


@app.callback()
def _common(
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")] = False,
) -> None:
    """Options of every command; `_Commands` and `main` read them."""


@app.command(
    epilog="[bold]Examples[/bold]\n\n"
    "courseai generate analysis.json\n\n"
    "courseai generate analysis.json --out my-course --review ask\n\n"
    "courseai generate analysis.json --base-url http://localhost:11434/v1 --model qwen3:8b\n\n"
    f"It writes course.json, course.html and report.json. {_EXIT_CODES}"
)
def generate(  # noqa: PLR0917 - typer calls it by keyword
    file: InputFile,
    out: Out = None,
    language: Language = None,
    review: Annotated[
        Literal["ask", "flag", "auto"],
        typer.Option(
            help="What happens to what is flagged: ask stops for your decisions, flag marks it and goes on, "
            "auto approves what reaches the policy's thresholds and marks the rest."
        ),
    ] = "flag",
    base_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="OpenAI-compatible server (Ollama, vLLM, llama.cpp), up to /v1."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="One model that stands for all tiers.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Thresholds and limits of your own.")
    ] = None,
    offline_settings: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Faults for the offline author, to try out escalation."),
    ] = None,
    budget: Budget = None,
    seed: Annotated[int, typer.Option(help="Passed to the models.")] = 0,
    run_id: Annotated[str | None, typer.Option(metavar="ID", help="A name of your own for the run.")] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Make a course: validate, plan, write every section, check it, and save it with what it cost."""
    intake = _intake(file, language)
    if intake.analysis is None or intake.language is None:
        _show_intake(file, intake, as_json=as_json)
        raise typer.Exit(2)
    from courseai.course.policy import default_policy, load_policy
    from courseai.graph.basis import present_basis
    from courseai.graph.checkpoints import check_run_id, new_run_id
    from courseai.graph.register import RunSettings
    from courseai.models.provider import provider_from_environment
    from courseai.service.course_run import start_run
    from courseai.service.files import default_folder, prepare_folder

    run = check_run_id(run_id) if run_id else new_run_id()
    provider = provider_from_environment(os.environ, base_url, model, offline_settings)
    chosen_policy = load_policy(policy) if policy else default_policy()
    topic = intake.analysis.topic_analysis.determined_topic
    settings = RunSettings(
        document=intake.analysis.model_dump(mode="json", exclude_unset=True),
        language=intake.language,
        folder=prepare_folder(out or default_folder(topic, run)).absolute(),
        review=review,
        seed=seed,
        budget_usd=budget,
        policy=chosen_policy,
        base_url=base_url,
        model=model,
        offline_settings=offline_settings.absolute() if offline_settings else None,
        provider=provider.name,
        author=provider.label,
        begun_with=present_basis(),
    )
    view = _view(quiet=quiet, as_json=as_json)
    _announce(run, settings, quiet=quiet, as_json=as_json)
    outcome = _run(lambda stop: start_run(run, topic, settings, provider, view, stop=stop), run)
    _show_outcome(outcome, as_json=as_json)


@app.command(
    epilog="[bold]Examples[/bold]\n\n"
    "courseai validate analysis.json\n\n"
    "cat analysis.json | courseai validate - --json"
)
def validate(file: InputFile, language: Language = None, as_json: AsJson = False) -> None:
    """Check an analysis_result without asking any model: every problem at once, each with what to do.

    Exit code 0 for accepted, perhaps with warnings; 2 for rejected.
    """
    intake = _intake(file, language)
    _show_intake(file, intake, as_json=as_json)
    raise typer.Exit(0 if intake.accepted else 2)


@app.command(
    epilog="[bold]Examples[/bold]\n\n"
    "courseai resume 20261123-154501-ab12cd\n\n"
    "courseai resume 20261123-154501-ab12cd --decisions decisions.json\n\n" + _EXIT_CODES
)
def resume(  # noqa: PLR0917 - typer calls it by keyword
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id; courseai runs lists them.")],
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
    budget: Budget = None,
    out: Out = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Continue a run that was interrupted, waits for review or was stopped by its budget.

    Nothing that was paid for is paid again.

    A finished run gets its files written again.
    """
    from courseai.service.course_run import resume_run
    from courseai.service.source import read_json

    answer = read_json(decisions) if decisions else None
    view = _view(quiet=quiet, as_json=as_json)
    options: dict[str, Any] = {"wait": wait, "adopt": adopt, "budget_usd": budget, "say": _complain}
    folder = out.absolute() if out else None
    outcome = _run(lambda stop: resume_run(run, answer, folder, view, stop=stop, **options), run)
    _show_outcome(outcome, as_json=as_json)


@app.command(epilog="[bold]Example[/bold]\n\ncourseai review 20261123-154501-ab12cd\n\n" + _EXIT_CODES)
def review(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id; courseai runs lists them.")],
    reviewer: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who decides; by default your name on this machine.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Decide on what a waiting run has flagged, item by item: approve, edit, have it written anew, reject.

    What you decided is kept as you go; what you skip stays undecided.
    """
    from courseai.service.course_run import resume_run
    from courseai.service.review_command import review_in_terminal, reviewer_name

    def send(answer: dict[str, Any]) -> RunOutcome:
        view = _view(quiet=quiet, as_json=False)
        return _run(lambda stop: resume_run(run, answer, None, view, stop=stop), run)

    name = reviewer or reviewer_name(os.environ)
    outcome = review_in_terminal(_console(), run, name, send)
    if outcome is None:
        raise typer.Exit(WAITING_EXIT_CODE)
    _show_outcome(outcome, as_json=False)


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's need COURSEAI_REVIEW_TOKEN.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="TCP port; 0 takes a free one.")] = 8080,
) -> None:
    """Serve the review page: decide in a browser on what runs wait for, and have them go on.

    By default it is for this machine alone. Ctrl-C or SIGTERM ends it; runs under way can be resumed.
    """
    from courseai.service.web.serve import serve as serve_review

    try:
        asyncio.run(serve_review(host, port, typer.echo))
    except KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None


@app.command()
def graph() -> None:
    """Print the pipeline as a Mermaid diagram, drawn from the code."""
    from courseai.service.diagram import mermaid

    typer.echo(mermaid())


@app.command()
def schema(
    name: Annotated[
        Literal["analysis", "course", "event"],
        typer.Argument(help="The input's schema, the course's, or that of progress events."),
    ],
) -> None:
    """Print the JSON Schema of what goes in, of what comes out, or of what is told on the way."""
    from courseai.course.schema import SCHEMA_FILES

    typer.echo(SCHEMA_FILES[name].read_text("utf-8"), nl=False)


@app.command()
def offline_author(
    port: Annotated[int, typer.Option(min=0, max=65535, help="TCP port; 0 takes a free one.")] = 0,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Seed, and how imperfect each model is to be.")
    ] = None,
) -> None:
    """Serve the offline author (templates, no language model) as an OpenAI-compatible server on this machine.

    Prints its URL, for --base-url, and serves until it is interrupted.
    """
    from courseai.models.offline.__main__ import serve

    serve(port, settings)


def main() -> None:
    """The entry point: what nobody foresaw becomes one line as well, unless --debug is given."""
    try:
        app()
    except Exception as error:
        if "--debug" in sys.argv[1:]:
            raise
        _complain(f"Unexpected error: {type(error).__name__}: {error}", *getattr(error, "__notes__", ()))
        _complain("`courseai --debug ...` shows where it comes from.")
        sys.exit(1)


def _intake(file: Path, language: str | None) -> Intake:
    from courseai.course.intake import validate_bytes
    from courseai.service.source import read_bytes

    return validate_bytes(read_bytes(file), language=language)


def _show_intake(file: Path, intake: Intake, *, as_json: bool) -> None:
    if as_json:
        _print_json(intake.to_dict())
        return
    from courseai.service.source import source_name
    from courseai.service.validation_view import show_intake

    show_intake(_console(), source_name(file), intake)


def _view(*, quiet: bool, as_json: bool) -> ProgressView:
    """Progress goes where a person looks: standard error when standard output is for a program."""
    from courseai.service.progress import LiveView, PlainView, QuietView

    if quiet:
        return QuietView()
    console = _console(stderr=as_json)
    return LiveView(console) if console.is_terminal else PlainView(console)


def _announce(run: str, settings: RunSettings, *, quiet: bool, as_json: bool) -> None:
    if not quiet:
        console = _console(stderr=as_json)
        console.print(
            f"Run {run}, written by {settings.author}", markup=False, highlight=False, soft_wrap=True
        )


def _run(work: Callable[[Stop], Coroutine[Any, Any, RunOutcome]], run_id: str) -> RunOutcome:
    from courseai.service.course_run import resume_hint
    from courseai.service.interruption import interruption

    signals = interruption(_complain)
    try:
        with signals.heard():
            outcome = asyncio.run(work(signals.stop))
    except KeyboardInterrupt:
        outcome = None
    if outcome is None or outcome.status == "unfinished":
        _complain("Stopped.", resume_hint(run_id))
        raise typer.Exit(signals.exit_code)
    return outcome


def _show_outcome(outcome: RunOutcome, *, as_json: bool) -> None:
    from courseai.service.summary import outcome_json, show_outcome

    if as_json:
        _print_json(outcome_json(outcome))
    else:
        show_outcome(_console(), outcome)
    raise typer.Exit(WAITING_EXIT_CODE if outcome.status == "waiting_for_review" else 0)


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _complain(*lines: str) -> None:
    console = _console(stderr=True)
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _console(*, stderr: bool = False) -> Console:
    console = Console(stderr=stderr)
    return console if console.is_terminal else Console(stderr=stderr, width=_PIPE_WIDTH)
