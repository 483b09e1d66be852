"""Say how good a policy is over a data set, and compare it with another: `courseai evaluate`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from courseai.service.command.batch import batch_view, make_courses
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
    Seed,
    dollars,
)
from courseai.service.command.run_work import print_json, watching_at
from courseai.service.terminal.console import complain, open_console, say

if TYPE_CHECKING:
    from courseai.service.evaluation import Result, Trial

commands = typer.Typer()


@commands.command(
    epilog="[bold]Examples[/bold]\n\n"
    "courseai evaluate analyses/\n\n"
    "courseai evaluate analyses.jsonl --policy today.json --compare-policy cheaper.json --json\n\n"
    f"The same command again makes nothing anew that is made. {EXIT_CODES}"
)
def evaluate(  # noqa: PLR0917 - typer calls it by keyword
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER|FILE.jsonl",
            help="A folder of JSON files, or a file with one analysis_result a line.",
            show_default=False,
        ),
    ],
    policy: PolicyFile = None,
    compare_policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Another policy, for the same inputs; shown side by side."),
    ] = None,
    upload: Annotated[
        bool,
        typer.Option("--upload", help="Put the inputs and what came of them into LangSmith, as experiments."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder for the courses and evaluation.json; else courses/NAME here."
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Under another name everything is made from the start."),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="Courses that are made at once.")] = 4,
    language: Language = None,
    base_url: BaseUrl = None,
    model: Model = None,
    offline_settings: OfflineSettingsFile = None,
    budget: Budget = None,
    batch_budget: Annotated[
        float | None,
        typer.Option(
            metavar="USD",
            parser=dollars,
            help="The most that the courses of one policy may cost: one is begun only if its ceiling fits.",
        ),
    ] = None,
    seed: Seed = 0,
    metrics_port: MetricsPort = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Make a course of every input under a policy, and say how good they are and what they cost.

    Verdicts, costs and times are scored by LangSmith's evaluators, on this machine unless --upload is given.
    """
    from courseai.course.policy import default_policy, load_policy
    from courseai.ops.experiment import Laboratory
    from courseai.service import evaluation
    from courseai.service.batch.plan import CourseOptions

    title = evaluation.evaluation_name(dataset, name)
    laboratory = Laboratory(title, os.environ, uploads=upload)
    policies = [load_policy(policy) if policy else default_policy()]
    if compare_policy:
        policies.append(load_policy(compare_policy))
    options = CourseOptions(
        language=language,
        seed=seed,
        budget_usd=budget,
        base_url=base_url,
        model=model,
        offline_settings=offline_settings,
    )
    folder = (out or Path("courses") / title).absolute()
    trials = evaluation.plan_trials(dataset, policies, options, name=title, out=folder)
    code = _make(trials, concurrency, batch_budget, metrics_port, quiet=quiet, as_json=as_json)
    cases = asyncio.run(evaluation.read_cases(trials))
    _end(folder, title, evaluation.evaluate(laboratory, trials, cases), code, as_json=as_json)


def _make(
    trials: Sequence[Trial],
    concurrency: int,
    batch_budget: float | None,
    metrics_port: int | None,
    *,
    quiet: bool,
    as_json: bool,
) -> int:
    """Make the courses, policy by policy; gives the exit code. A signal or an outage ends the command."""
    from courseai.service.batch.item import PROBLEMS
    from courseai.service.batch.progress import BatchProgress

    codes = []
    with watching_at(metrics_port) as watchers:
        for trial in trials:
            if not quiet:
                inputs = len(trial.plan.items)
                say(open_console(stderr=as_json), f"Policy {trial.name}: {inputs} inputs")
            view = batch_view(BatchProgress(trial.plan.items), quiet=quiet, as_json=as_json)
            codes.append(make_courses(trial.plan, view, watchers, concurrency, batch_budget))
            if any(not item.is_over for item in trial.plan.items):
                complain("Stopped. Nothing that was paid for is lost; the same command goes on.")
                raise typer.Exit(codes[-1])
            for item in trial.plan.items:
                if item.state in PROBLEMS or item.state == "not_afforded":
                    complain(f"{item.input.place}: {item.problem}")
    return next((code for code in codes if code), 0)


def _end(folder: Path, title: str, results: Sequence[Result], code: int, *, as_json: bool) -> None:
    """Say what came of it, and end the command."""
    from courseai.service.evaluation import evaluation_json
    from courseai.service.files import json_text, write_files
    from courseai.service.terminal.evaluation_view import show_evaluation

    told = evaluation_json(title, results)
    (path,) = write_files(folder, {"evaluation.json": json_text(told)})
    if as_json:
        print_json(told)
    else:
        show_evaluation(open_console(), results)
        say(open_console(), f"Every course with its scores: {path}")
    raise typer.Exit(code)
