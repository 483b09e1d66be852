"""What is said of a batch under way, and what it ends with."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.service.batch.item import PROBLEMS, BatchItem, ItemState, counts, total_usd
from courseai.service.batch.progress import WORDS, BatchProgress
from courseai.service.batch.source import BatchInput
from courseai.service.batch.summary import exit_code

STATES: tuple[ItemState, ...] = get_args(ItemState)
ITEMS = st.lists(
    st.builds(
        lambda state, expected, cost: item(state, expected_usd=expected, cost_usd=cost),
        st.sampled_from(STATES),
        st.none() | st.floats(0.001, 1),
        st.floats(0, 1),
    ),
    max_size=12,
)


def item(
    state: ItemState,
    *,
    expected_usd: float | None = 0.02,
    cost_usd: float | None = 0.0,
    is_made_now: bool = False,
) -> BatchItem:
    made = BatchItem(BatchInput("a", Path("a.json"), 0, 2, "d"), "run", Path("/a"), state)
    made.expected_usd, made.cost_usd, made.is_made_now, made.is_begun = (
        expected_usd,
        cost_usd,
        is_made_now,
        state != "queued",
    )
    return made


class Clock:
    """Tells the seconds that a test says."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_the_rest_is_told_at_the_pace_and_the_prices_so_far() -> None:
    clock = Clock()
    made = item("finished", cost_usd=0.04, is_made_now=True)
    progress = BatchProgress([made, item("queued"), item("queued")], clock)
    clock.now_s = 30

    assert progress.rest_s() == 60
    assert progress.rest_usd() == pytest.approx(0.08)
    assert progress.headline == "1 of 3 courses made · $0.0400 so far · about 60 s and $0.0800 more"


def test_courses_that_an_earlier_command_made_do_not_count_for_the_pace() -> None:
    progress = BatchProgress([item("finished"), item("queued")], Clock())

    assert progress.rest_s() is None


def test_what_a_course_under_way_has_cost_is_not_asked_for_again() -> None:
    progress = BatchProgress([item("working", cost_usd=0.015)], Clock())

    assert progress.rest_usd() == pytest.approx(0.005)


def test_an_unknown_cost_is_not_told_as_nothing() -> None:
    items = [item("finished", cost_usd=None), item("queued", cost_usd=0.0)]
    progress = BatchProgress(items, Clock())

    assert total_usd(items) is None
    assert progress.rest_usd() is None
    assert "unknown so far" in progress.headline


@given(ITEMS)
def test_the_estimate_is_never_negative_and_nothing_is_left_when_all_is_over(items: list[BatchItem]) -> None:
    rest_usd = BatchProgress(items, Clock()).rest_usd()

    assert rest_usd is None or rest_usd >= 0
    if all(each.is_over for each in items):
        assert not rest_usd


@given(ITEMS)
def test_every_item_is_counted_once_and_every_state_has_words(items: list[BatchItem]) -> None:
    assert sum(counts(items).values()) == len(items)
    assert set(counts(items)) <= set(WORDS)


@given(ITEMS)
def test_a_batch_ends_with_0_only_when_every_course_is_made(items: list[BatchItem]) -> None:
    ended = [each for each in items if each.is_over and each.state != "stopped"]

    assert (exit_code(ended) == 0) == all(each.state in ("finished", "duplicate") for each in ended)


@pytest.mark.parametrize(
    ("states", "code"),
    [
        (["finished", "duplicate"], 0),
        (["finished", "waiting_for_review"], 10),
        *((["finished", "waiting_for_review", problem], 7) for problem in PROBLEMS),
        (["finished", "rejected", "not_afforded"], 5),
    ],
)
def test_what_is_to_be_done_first_decides_the_exit_code(states: list[ItemState], code: int) -> None:
    assert exit_code([item(state) for state in states]) == code
