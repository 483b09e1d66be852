"""What is left of the sections, estimated from those that are finished."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from courseai.graph.pace import Pace

SectionCost = Callable[[str], float | None]


class Clock:
    """A clock that the test sets."""

    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def begun(sections: int, side_by_side: int) -> tuple[Pace, Clock]:
    clock = Clock()
    pace = Pace(side_by_side, clock)
    for number in range(sections):
        pace.enter(f"s{number}")
    return pace, clock


def costs(by_section: dict[str, float]) -> SectionCost:
    return lambda section_id: by_section.get(section_id, 0.0)


def test_nothing_is_estimated_before_the_first_section_is_finished() -> None:
    pace, _clock = begun(3, side_by_side=2)

    assert (pace.left, pace.rest_s(), pace.rest_usd(costs({}))) == (3, None, None)


def test_one_after_the_other_the_rest_takes_as_long_for_each_as_the_finished_ones() -> None:
    pace, clock = begun(500, side_by_side=1)
    for number in range(100):
        pace.finish(f"s{number}")
    clock.now_s += 1_000

    assert pace.rest_s() == pytest.approx(4_000, rel=0.01)


def test_sections_that_run_beside_the_first_finished_one_count_as_half_done() -> None:
    pace, clock = begun(7, side_by_side=32)
    clock.now_s += 10
    pace.finish("s0")

    assert pace.rest_s() == 7.5


def test_sections_left_cost_the_mean_less_what_they_have_had() -> None:
    pace, _clock = begun(4, side_by_side=4)
    pace.finish("s0")
    pace.finish("s1")

    assert pace.rest_usd(costs({"s0": 0.01, "s1": 0.03, "s2": 0.005})) == pytest.approx(0.015 + 0.02)


def test_a_section_that_cost_more_than_the_mean_makes_the_others_no_cheaper() -> None:
    pace, _clock = begun(3, side_by_side=3)
    pace.finish("s0")

    assert pace.rest_usd(costs({"s0": 0.01, "s1": 0.5})) == pytest.approx(0.01)


def test_costs_that_nobody_knows_are_not_estimated() -> None:
    pace, _clock = begun(2, side_by_side=2)
    pace.finish("s0")

    assert pace.rest_usd(lambda _section_id: None) is None


def test_the_last_finished_section_leaves_nothing() -> None:
    pace, clock = begun(1, side_by_side=8)
    clock.now_s += 10
    pace.finish("s0")

    assert (pace.left, pace.rest_s(), pace.rest_usd(costs({"s0": 0.01}))) == (0, 0.0, 0.0)


def test_a_section_that_is_filled_is_left_again() -> None:
    pace, _clock = begun(2, side_by_side=2)
    pace.finish("s0")
    pace.enter("s0")

    assert pace.left == 2
