"""What an evaluation tells of courses: figures of sums, whatever the order they are added in."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.ops.evaluation import MEASURES, Tally, differences, figures, total

TALLIES = st.builds(
    lambda lessons, accepted, flagged, escalated, cost_usd, seconds: Tally(
        courses=1,
        made=1,
        lessons=lessons,
        judged=lessons,
        accepted=min(accepted, lessons),
        flagged=min(flagged, lessons),
        scored=lessons,
        alignment_sum=lessons / 2,
        sections=lessons,
        escalated=min(escalated, lessons),
        cost_usd=cost_usd,
        seconds=seconds,
    ),
    *[st.integers(0, 60)] * 4,
    st.integers(0, 1000) | st.none(),
    st.integers(0, 1000) | st.none(),
)
"""Amounts are whole, so that sums are exact."""
A_COURSE = Tally(1, 1, 10, 10, 8, 3, 10, 9.0, 4, 1, 0.04, 60.0)


@given(st.lists(TALLIES, min_size=1, max_size=4))
def test_the_order_of_courses_changes_nothing(tallies: list[Tally]) -> None:
    assert {total(order) for order in permutations(tallies)} == {total(tallies)}


@given(st.lists(TALLIES, max_size=5))
def test_shares_lie_between_none_and_all(tallies: list[Tally]) -> None:
    found = figures(total(tallies))
    for measure in MEASURES:
        value = found[measure.name]
        if measure.unit in ("share", "probability"):
            assert value is None or 0 <= value <= 1


def test_the_figures_of_a_course_are_shares_of_its_lessons_and_sections() -> None:
    assert figures(A_COURSE) == {
        "made": 1.0,
        "lessons": 10,
        "pass_rate": 0.8,
        "flagged_share": 0.3,
        "alignment": 0.9,
        "escalation_rate": 0.25,
        "cost_usd": 0.04,
        "cost_per_accepted_lesson_usd": 0.005,
        "wall_seconds": 60.0,
    }


def test_a_course_that_could_not_be_made_costs_what_its_calls_cost_and_takes_no_time() -> None:
    found = figures(total([A_COURSE, Tally(courses=1, cost_usd=0.04)]))
    assert (found["made"], found["cost_usd"], found["wall_seconds"]) == (0.5, 0.08, 60.0)
    assert found["cost_per_accepted_lesson_usd"] == pytest.approx(0.01)


def test_a_cost_that_is_unknown_of_one_course_is_unknown_of_all() -> None:
    found = figures(total([A_COURSE, replace(A_COURSE, cost_usd=None)]))
    assert (found["cost_usd"], found["cost_per_accepted_lesson_usd"]) == (None, None)
    assert found["pass_rate"] == 0.8


def test_a_difference_is_what_the_second_has_more_and_unknown_where_either_is() -> None:
    dearer = figures(replace(A_COURSE, cost_usd=0.05, seconds=None))
    found = differences(figures(A_COURSE), dearer)
    assert found["cost_usd"] == pytest.approx(0.01)
    assert (found["pass_rate"], found["wall_seconds"]) == (0.0, None)
