"""The rate limit of a provider: what is never exceeded, who comes first, and what a call counts for."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.course.errors import SettingsError
from courseai.models.provider import openrouter
from courseai.models.rate_limit import (
    GOOD_FOR_S,
    SPAN_S,
    LocalRateLimit,
    RateLimits,
    RateWindow,
    rate_limits,
)
from tests.models.conftest import KEY, Holds, Rig, RigMaker, fails, note_request, says

GOOD = '{"text": "a good answer", "number": 1}'
LIMITS = RateLimits(requests=5, tokens=100)
STEPS = st.lists(
    st.tuples(
        st.floats(0, 90),  # seconds since the step before
        st.integers(0, 100),  # tokens at worst
        st.floats(0, 1),  # share of them that was needed
        st.integers(0, 80),  # steps after which that is known
        st.floats(0, GOOD_FOR_S),  # seconds that it is late by
    ),
    min_size=1,
    max_size=40,
)


@given(STEPS)
def test_no_60_seconds_see_more_than_the_limits_however_late_calls_are(
    steps: list[tuple[float, int, float, int, float]],
) -> None:
    window, now = RateWindow(), 0.0
    sent: list[tuple[float, int]] = []
    ended: dict[int, list[tuple[int, int]]] = {}
    for number, (passed, worst, share, after, late) in enumerate(steps):
        now += passed
        for second, unused in ended.pop(number, []):
            window.forget(second, 0, unused)
        second = window.book(now, LIMITS, worst)
        needed = int(worst * share)
        if after:
            ended.setdefault(number + after, []).append((second, worst - needed))
        now = max(now, second)
        sent.append((max(now, second + late), needed if after else worst))
    for since, _ in sent:
        minute = [tokens for at, tokens in sent if since <= at < since + 60]
        assert len(minute) <= 5
        assert sum(minute) <= 100


@given(STEPS)
def test_nobody_is_given_an_earlier_second_than_who_came_before(
    steps: list[tuple[float, int, float, int, float]],
) -> None:
    window, now, last = RateWindow(), 0.0, 0
    for passed, worst, *_ in steps:
        now += passed
        second = window.book(now, LIMITS, worst)
        assert second >= max(last, int(now))
        last = second


@given(st.integers(1, 50), st.integers(1, 200))
def test_a_limit_of_requests_is_used_up_to_its_last_one(limit: int, calls: int) -> None:
    window = RateWindow()
    seconds = [window.book(0.5, RateLimits(requests=limit), 0) for _ in range(calls)]
    assert seconds == [SPAN_S * (number // limit) for number in range(calls)]


def test_what_an_ended_call_did_not_need_is_given_to_the_next() -> None:
    window = RateWindow()
    first = window.book(0, LIMITS, 90)
    window.forget(first, 0, 80)
    assert window.book(0, LIMITS, 90) == 0


async def test_a_call_larger_than_a_minute_takes_is_refused_with_the_setting_to_raise() -> None:
    with pytest.raises(SettingsError, match=r"may need 101 tokens.*COURSEAI_TOKENS_A_MINUTE"):
        await LocalRateLimit().book("OpenRouter", LIMITS, 101)


def test_limits_come_from_the_environment_and_are_none_where_nothing_is_said() -> None:
    assert rate_limits({}) == RateLimits(None, None)
    given_ones = {"COURSEAI_REQUESTS_A_MINUTE": " 600 ", "COURSEAI_TOKENS_A_MINUTE": "2_000_000"}
    assert rate_limits(given_ones) == RateLimits(600, 2_000_000)


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "٣", "9" * 5000])
def test_a_limit_that_is_no_whole_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(SettingsError, match="COURSEAI_REQUESTS_A_MINUTE has to be a whole number"):
        rate_limits({"COURSEAI_REQUESTS_A_MINUTE": text})


@pytest.fixture
def make_limited(make_rig: RigMaker) -> RigMaker:
    """Makes a gateway whose provider takes `requests` and `tokens` a minute."""

    def make(requests: int | None = None, tokens: int | None = None, **more: object) -> Rig:
        probe = make_rig()
        provider = replace(
            openrouter(KEY), base_url=probe.server.url, rate_limits=RateLimits(requests, tokens)
        )
        return make_rig(provider, **more)

    return make


async def test_calls_beyond_the_limit_wait_and_their_records_say_how_long(make_limited: RigMaker) -> None:
    rig = make_limited(requests=2)
    for number in range(3):
        await rig.ask(subject=f"s{number}")
    assert [call.rate_wait_s for call in rig.calls] == [0, 0, SPAN_S]


async def test_without_a_limit_nothing_waits_and_records_say_so(rig: Rig) -> None:
    await rig.ask()
    assert rig.calls[0].rate_wait_s is None
    assert rig.clock.slept == []


async def test_a_retry_counts_as_a_request(make_limited: RigMaker) -> None:
    rig = make_limited(requests=1, jitter=0)
    rig.server.will("qwen/qwen3-max", fails(503))
    await rig.ask()
    assert rig.outcomes() == ["server_error", "ok"]
    assert rig.clock.now >= 1000 + SPAN_S


async def test_tokens_count_at_worst_while_a_call_runs_and_as_used_when_it_has_ended(
    make_limited: RigMaker,
) -> None:
    rig = make_limited(tokens=3000)
    rig.server.will("qwen/qwen3-max", *[says(GOOD, usage={"prompt_tokens": 50, "completion_tokens": 10})] * 9)
    for number in range(9):  # Worst cases of some 900 tokens each: three of them would fill the minute.
        await rig.ask(subject=f"s{number}")
    assert [call.rate_wait_s for call in rig.calls] == [0] * 9
    await rig.gateway.complete(replace(note_request(), subject="large", max_output_tokens=2000))
    assert rig.calls[-1].rate_wait_s == 0


async def test_a_call_whose_tokens_nobody_counted_keeps_its_worst_case(make_limited: RigMaker) -> None:
    rig = make_limited(tokens=3000, attempts=1, breaker_failures=100)
    rig.server.will("qwen/qwen3-max", *[fails(503)] * 4)
    for number in range(4):
        await rig.ask(subject=f"s{number}", max_output_tokens=1500)
    assert rig.clock.slept


async def test_who_is_cancelled_in_the_line_is_not_counted(make_limited: RigMaker) -> None:
    rig = make_limited(requests=1)
    held = Holds(says(GOOD))
    rig.server.will("qwen/qwen3-max", held)
    first = asyncio.create_task(rig.ask(subject="s1"))
    await asyncio.to_thread(held.reached.wait)
    rig.gateway.close_door("run-2")
    stopped = asyncio.create_task(rig.ask(subject="s2", run_id="run-2"))
    while not rig.clock.slept:  # noqa: ASYNC110 - the clock is nobody's who could tell
        await asyncio.sleep(0)
    stopped.cancel()
    await asyncio.wait([stopped])
    held.let_go.set()
    await first
    await rig.ask(subject="s3")
    assert rig.clock.slept == [SPAN_S]
