"""Arguments and options that several commands have."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal

import typer

EXIT_CODES = (
    "Exit codes: 0 done, 1 unexpected error, 2 input or settings rejected, 3 too few lessons, "
    "4 models, weights, store or webhook unavailable, 5 stopped by the budget, "
    "6 run in use by another process, 7 some courses of a batch not made, 8 alerts fire, "
    "10 waiting for review, 130 stopped by Ctrl-C, 143 by SIGTERM."
)


def dollars(text: str) -> float:
    """An amount between 0 and 10,000 USD; raises `typer.BadParameter` for all else."""
    from courseai.course.policy import LARGEST_USD

    try:
        amount = float(text.removeprefix("$"))
    except ValueError:
        amount = math.nan
    if not 0 < amount <= LARGEST_USD:
        raise typer.BadParameter(f"{text!r} is no amount in USD above 0 and up to {LARGEST_USD:,}.")
    return amount


InputFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="The analysis_result as JSON; - reads standard input.", show_default=False
    ),
]
Run = Annotated[str, typer.Argument(metavar="RUN", help="The run's id; courseai runs lists them.")]
Language = Annotated[
    str | None,
    typer.Option(help="Language of the course, such as en or pt-BR; needed where the document names none."),
]
Budget = Annotated[
    float | None,
    typer.Option(
        "--budget", metavar="USD", parser=dollars, help="The most that the run may cost: a hard ceiling."
    ),
]
Review = Annotated[
    Literal["ask", "flag", "auto"],
    typer.Option(
        help="What happens to what is flagged: ask stops for your decisions, flag marks it and goes on, "
        "auto approves what reaches the policy's thresholds and marks the rest."
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(metavar="URL", help="OpenAI-compatible server (Ollama, vLLM, llama.cpp), up to /v1."),
]
Model = Annotated[str | None, typer.Option(metavar="NAME", help="One model that stands for all tiers.")]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="Thresholds and limits of your own.")
]
OfflineSettingsFile = Annotated[
    Path | None,
    typer.Option(
        "--offline-settings", metavar="FILE", help="Faults for the offline author, to try out escalation."
    ),
]
Seed = Annotated[int, typer.Option(help="Passed to the models.")]
Port = typer.Option(min=0, max=65535, help="TCP port; 0 takes a free one.")
MetricsPort = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=65535,
        metavar="PORT",
        help="Serve metrics for Prometheus at this port while the command works; 0 takes a free one.",
    ),
]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder for the files; by default courses/TOPIC-RUN here.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress, only the result.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]
