"""`courseai capacity`: what so many courses a month need."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated, Any

import typer

from courseai.service.command.option import AsJson
from courseai.service.command.run_work import print_json

commands = typer.Typer()

Courses = Annotated[
    list[int] | None,
    typer.Option(min=1, max=10**9, help="How many; may be given several times.", show_default="three sizes"),
]


@commands.command(
    epilog="[bold]Examples[/bold]\n\n"
    "courseai capacity --courses-a-month 20000 --busiest-hour 5\n\n"
    "courseai capacity --courses-a-month 20000 --json"
)
def capacity(
    courses_a_month: Courses = None,
    busiest_hour: Annotated[
        float | None, typer.Option(min=1, max=720, help="Courses of the busiest hour over those of the mean.")
    ] = None,
    courses_at_once: Annotated[
        int | None, typer.Option(min=1, max=256, help="What each worker is given as --concurrency.")
    ] = None,
    retention_days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="How long runs are kept in the store.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Reckon from measured figures what so many courses a month need, and what gives first.

    Workers, processors, PostgreSQL, storage, the provider's limits, and money. No model is asked.
    """
    from courseai.service.capacity import first_to_give, needs, shipped_assumptions
    from courseai.service.capacity_page import SIZES, capacity_lines

    given: dict[str, Any] = {
        "busiest_hour": busiest_hour,
        "courses_at_once": courses_at_once,
        "retention_days": retention_days,
    }
    assumed = replace(shipped_assumptions(), **{name: value for name, value in given.items() if value})
    sizes = courses_a_month or SIZES
    if not as_json:
        typer.echo("\n".join(capacity_lines(sizes, assumed)))
        return
    needed = [(size, needs(size, assumed)) for size in sizes]
    print_json(
        {
            "assumed": asdict(assumed),
            "sizes": [
                {
                    "courses_a_month": size,
                    "needs": {need.name: {"value": need.value, "unit": need.unit} for need in all_needs},
                    "gives_first": [need.name for need in first_to_give(all_needs) if need.load > 1],
                }
                for size, all_needs in needed
            ],
        }
    )
