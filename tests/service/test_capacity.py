"""What so many courses a month need, and the page about it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from courseai.service.capacity import Need, first_to_give, needs, shipped_assumptions, shipped_figures
from courseai.service.capacity_page import PAGE, with_capacity
from courseai.service.cli import app

ASSUMED = shipped_assumptions()
COURSES = st.integers(1, 10**8)


def said(*arguments: str) -> str:
    """What the command prints."""
    result = CliRunner().invoke(app, ["capacity", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def by_name(courses: int, **changes: Any) -> dict[str, Need]:
    """The needs of so many courses a month."""
    return {need.name: need for need in needs(courses, replace(ASSUMED, **changes))}


def test_the_page_holds_the_commands_output_and_the_figures_as_they_are() -> None:
    page = PAGE.read_text("utf-8")
    assert page == with_capacity(page), "run: python -m courseai.service.capacity_page"
    assert said() in page


def test_every_measured_figure_says_which_command_measured_it_and_when() -> None:
    assert all(figure.command and figure.date for figure in shipped_figures().measured.values())


def test_a_need_without_a_bound_or_a_bound_without_a_need_is_none() -> None:
    bounded = {need.name for need in needs(1000, ASSUMED) if need.bound}
    assert bounded == set(shipped_figures().at_hand)


@given(COURSES, COURSES)
def test_more_courses_never_need_less(some: int, more: int) -> None:
    fewer, many = by_name(min(some, more)), by_name(max(some, more))
    assert all(fewer[name].value <= need.value for name, need in many.items() if name != "connections")


@given(COURSES, st.integers(1, 64))
def test_workers_suffice_for_the_courses_under_way_and_for_their_processors(
    courses: int, at_once: int
) -> None:
    needed = by_name(courses, courses_at_once=at_once)
    assert needed["workers"].value >= 2
    assert needed["workers"].value * at_once >= needed["at_once"].value
    assert needed["workers"].value >= needed["worker_cores"].value


@given(COURSES)
def test_what_gives_is_listed_from_the_scarcest_and_always_something(courses: int) -> None:
    loads = [need.load for need in first_to_give(needs(courses, ASSUMED))]
    assert loads == sorted(loads, reverse=True)
    assert len(loads) == 1 or min(loads) > 1


def test_retention_and_the_busiest_hour_are_the_operators_to_say() -> None:
    kept = json.loads(
        said("--courses-a-month", "5000", "--retention-days", "45", "--busiest-hour", "6", "--json")
    )
    (size,) = kept["sizes"]
    plain = by_name(5000)
    assert size["courses_a_month"] == 5000
    assert size["needs"]["storage"]["value"] * 2 == plain["storage"].value
    assert size["needs"]["courses"]["value"] == plain["courses"].value * 2
    assert "tokens" not in size["gives_first"]
