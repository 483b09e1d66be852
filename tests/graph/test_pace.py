"""What is left of the sections, estimated from those that are finished."""

from __future__ import annotations

import pytest

from courseai.graph.pace import Pace


class Clock:
    """A clock that the test sets."""

    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def begun(sections: int, side_by_side: int) -> tuple[Pace, Clock]:
    clock = Clock()
    pace = Pace(side_by_side, clock)
    for number in range(sections):
        pace.enter(f"s{number}", "cheap")
    return pace, clock


def cost(tier: str) -> float:
    return {"cheap": 0.01, "dear": 0.10}[tier]


def test_no_time_is_estimated_before_the_first_section_is_finished() -> None:
    pace, _clock = begun(3, side_by_side=2)

    assert (pace.left, pace.rest_s()) == (3, None)


def test_one_after_the_other_the_rest_takes_as_long_for_each_as_the_finished_ones() -> None:
    pace, clock = begun(500, side_by_side=1)
    for number in range(100):
        pace.finish(f"s{number}")
    clock.now_s += 1_000

    assert pace.rest_s() == pytest.approx(4_000, rel=0.01)


def test_sections_that_run_beside_the_first_finished_one_count_as_a_quarter_done() -> None:
    pace, clock = begun(7, side_by_side=32)
    clock.now_s += 10
    pace.finish("s0")

    assert pace.rest_s() == 18.0


def test_every_draft_that_is_awaited_costs_what_its_tier_costs() -> None:
    pace, _clock = begun(3, side_by_side=3)
    pace.receive_draft("s0")
    pace.await_draft("s1", "dear")

    assert pace.rest_usd(cost) == pytest.approx(0.10 + 0.01)


def test_a_draft_of_unknown_cost_makes_the_rest_unknown() -> None:
    pace, _clock = begun(2, side_by_side=2)

    assert pace.rest_usd(lambda _tier: None) is None


def test_the_last_finished_section_leaves_nothing() -> None:
    pace, clock = begun(1, side_by_side=8)
    clock.now_s += 10
    pace.receive_draft("s0")
    pace.finish("s0")

    assert (pace.left, pace.rest_s(), pace.rest_usd(cost)) == (0, 0.0, 0.0)


def test_a_section_that_is_filled_is_left_again() -> None:
    pace, _clock = begun(2, side_by_side=2)
    pace.receive_draft("s0")
    pace.finish("s0")
    pace.enter("s0", "dear")

    assert pace.left == 2
    assert pace.rest_usd(cost) == pytest.approx(0.11)
