"""A model is away: fallbacks, circuit breakers, the operator's messages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from courseai.course.errors import ModelUnavailableError
from courseai.course.policy import default_policy
from courseai.models.provider import compatible
from tests.models.conftest import GOOD, Hangs, Holds, fails, says

if TYPE_CHECKING:
    from tests.models.conftest import Rig, RigMaker

QWEN, OSS, OSS_SMALL = "qwen/qwen3-max", "openai/gpt-oss-120b", "openai/gpt-oss-20b"
GEMINI = "google/gemini-2.5-flash"
SHIPPED = default_policy().availability.model_dump(include={"attempts", "backoff_s", "breaker_failures"})


async def test_the_fallback_answers_when_the_attempts_are_used_up(make_rig: RigMaker) -> None:
    rig = make_rig(attempts=2)
    rig.server.will(QWEN, fails(503), fails(503))
    answer = await rig.ask()
    assert rig.server.asked() == [QWEN, QWEN, OSS]
    assert answer.degraded
    assert (answer.call.tier, answer.call.answering_tier) == ("qwen3_max", "oss_120b")


async def test_a_fallbacks_answer_has_the_fallbacks_price(make_rig: RigMaker) -> None:
    rig = make_rig(attempts=1)
    rig.server.will(QWEN, fails(503))
    answer = await rig.ask()
    assert answer.call.cost_usd == pytest.approx(1100 * 0.20e-6)


async def test_the_chain_goes_on_to_its_end(make_rig: RigMaker) -> None:
    rig = make_rig(attempts=1)
    rig.server.will(QWEN, fails(503))
    rig.server.will(OSS, fails(500))
    answer = await rig.ask()
    assert rig.server.asked() == [QWEN, OSS, GEMINI]
    assert answer.call.answering_tier == "gemini_flash"


async def test_a_cheap_tier_never_falls_back_on_the_dearest(make_rig: RigMaker) -> None:
    rig = make_rig(attempts=1)
    for model in (OSS_SMALL, OSS, GEMINI):
        rig.server.will(model, fails(503))
    with pytest.raises(ModelUnavailableError):
        await rig.ask("oss_20b")
    assert rig.server.asked() == [OSS_SMALL, OSS, GEMINI]


async def test_when_all_fail_the_error_names_the_tier_the_models_and_the_reasons(make_rig: RigMaker) -> None:
    rig = make_rig(attempts=1)
    rig.server.will(QWEN, fails(429))
    rig.server.will(OSS, fails(403))
    rig.server.will(GEMINI, fails(500))
    with pytest.raises(ModelUnavailableError) as caught:
        await rig.ask()
    assert str(caught.value) == (
        "No model at OpenRouter answered for tier qwen3_max: "
        "qwen/qwen3-max too many requests (HTTP 429); "
        "openai/gpt-oss-120b forbade the request (HTTP 403); "
        "google/gemini-2.5-flash failed on its side (HTTP 500). "
        "Wait a minute or check the provider's status page, then run the same command again."
    )


async def test_one_model_that_stands_for_all_tiers_is_not_its_own_fallback(
    make_rig: RigMaker, rig: Rig
) -> None:
    local = make_rig(compatible(rig.server.url, model="llama"), attempts=1)
    rig.server.will("llama", fails(500))
    with pytest.raises(ModelUnavailableError):
        await local.ask()
    assert rig.server.asked() == ["llama"]


async def test_a_bad_answer_is_not_a_reason_to_fall_back(rig: Rig) -> None:
    rig.server.will(QWEN, says("no JSON"))
    answer = await rig.ask()
    assert not answer.degraded


async def test_out_of_credit_stops_the_chain_with_a_message_for_the_operator(rig: Rig) -> None:
    rig.server.will(QWEN, fails(402))
    with pytest.raises(ModelUnavailableError, match=r"out of credit \(HTTP 402\).*Add credit"):
        await rig.ask()
    assert rig.server.asked() == [QWEN]
    assert rig.outcomes() == ["out_of_credit"]


async def test_an_exhausted_quota_under_429_is_out_of_credit_too(rig: Rig) -> None:
    rig.server.will(QWEN, fails(429, code="insufficient_quota"))
    with pytest.raises(ModelUnavailableError, match="out of credit"):
        await rig.ask()


async def test_out_of_credit_opens_the_breaker_so_that_nothing_more_is_sent(rig: Rig) -> None:
    rig.server.will(QWEN, fails(402))
    for subject in ("s1", "s2"):
        with pytest.raises(ModelUnavailableError, match="out of credit"):
            await rig.ask(subject=subject)
    assert rig.server.asked() == [QWEN]
    assert [(change.state, change.reason) for change in rig.changes] == [("open", "out_of_credit")]


async def test_a_wrong_key_stops_the_chain_and_names_the_variable(rig: Rig) -> None:
    rig.server.will(QWEN, fails(401))
    with pytest.raises(ModelUnavailableError, match=r"HTTP 401.*Check OPENROUTER_API_KEY"):
        await rig.ask()
    assert rig.server.asked() == [QWEN]


async def test_the_breaker_opens_after_three_failures_in_a_row_and_the_fallback_answers(
    make_rig: RigMaker,
) -> None:
    rig = make_rig(breaker_failures=3, attempts=1)
    rig.server.will(QWEN, fails(503), always=True)
    for subject in ("s1", "s2", "s3", "s4"):
        answer = await rig.ask(subject=subject)
        assert answer.degraded
    assert rig.server.asked() == [QWEN, OSS] * 3 + [OSS]
    assert [(change.model, change.state) for change in rig.changes] == [(QWEN, "open")]


async def test_a_request_gets_all_its_retries_though_its_own_failures_open_the_breaker(
    make_rig: RigMaker,
) -> None:
    rig = make_rig(**SHIPPED, jitter=0)
    rig.server.will(QWEN, fails(503), fails(429), fails(500))
    answer = await rig.ask()
    assert not answer.degraded
    assert rig.clock.slept == [1, 2, 4]
    assert [change.state for change in rig.changes] == ["open"]


async def test_and_then_the_fallback_answers(make_rig: RigMaker) -> None:
    rig = make_rig(**SHIPPED)
    rig.server.will(QWEN, fails(503), always=True)
    assert (await rig.ask()).degraded
    assert rig.server.asked() == [QWEN] * 4 + [OSS]


async def test_its_answer_does_not_shorten_the_cooldown_for_others(make_rig: RigMaker) -> None:
    rig = make_rig(**SHIPPED, jitter=0)
    rig.server.will(QWEN, fails(503), fails(503), fails(503))
    await rig.ask(subject="s1")
    opened_s_ago = 4
    rig.clock.now += 60 - opened_s_ago - 1
    assert (await rig.ask(subject="s2")).degraded
    rig.clock.now += 1
    assert not (await rig.ask(subject="s3")).degraded


async def test_requests_under_way_when_it_opens_make_no_more_calls_than_their_tries(
    make_rig: RigMaker,
) -> None:
    rig = make_rig(**SHIPPED)
    held = Holds(fails(503), requests=8)
    rig.server.will(QWEN, *[held] * 8, fails(503), always=True)
    under_way = [asyncio.create_task(rig.ask(subject=f"s{number}")) for number in range(8)]
    await asyncio.to_thread(held.reached.wait)
    held.let_go.set()
    assert all([(await task).degraded for task in under_way])
    assert rig.server.asked().count(QWEN) == 8 * 4
    rig.server.requests.clear()
    await rig.ask(subject="new")
    assert rig.server.asked() == [OSS]


async def test_an_account_out_of_credit_ends_the_retries_of_requests_under_way(make_rig: RigMaker) -> None:
    rig = make_rig(**SHIPPED)
    held = Holds(fails(503))
    rig.server.will(QWEN, held, fails(402))
    under_way = asyncio.create_task(rig.ask(subject="s1"))
    await asyncio.to_thread(held.reached.wait)
    with pytest.raises(ModelUnavailableError, match="out of credit"):
        await rig.ask(subject="s2")
    held.let_go.set()
    await under_way
    assert rig.server.asked() == [QWEN, QWEN, OSS]


async def test_while_it_is_open_the_model_is_left_alone(make_rig: RigMaker) -> None:
    rig = make_rig(breaker_failures=3)
    rig.server.will(QWEN, fails(503), always=True)
    await rig.ask(subject="s1")
    rig.server.requests.clear()
    await rig.ask(subject="s2")
    assert rig.server.asked() == [OSS]


async def test_after_the_cooldown_one_probe_goes_through_and_closes_it(make_rig: RigMaker) -> None:
    rig = make_rig(breaker_failures=1, attempts=1)
    rig.server.will(QWEN, fails(503))
    await rig.ask(subject="s1")
    rig.clock.now += 60
    answer = await rig.ask(subject="s2")
    assert not answer.degraded
    assert [change.state for change in rig.changes] == ["open", "half_open", "closed"]


async def test_a_probe_that_fails_opens_it_for_another_cooldown_and_is_not_tried_again(
    make_rig: RigMaker,
) -> None:
    rig = make_rig(breaker_failures=1, attempts=2)
    rig.server.will(QWEN, fails(503), fails(503), fails(503))
    await rig.ask(subject="s1")
    rig.clock.now += 60
    await rig.ask(subject="s2")
    rig.clock.now += 59
    await rig.ask(subject="s3")
    assert rig.server.asked() == [QWEN, QWEN, OSS, QWEN, OSS, OSS]
    assert [change.state for change in rig.changes] == ["open", "half_open", "open"]


async def test_while_the_probe_is_out_others_go_to_the_fallback(make_rig: RigMaker) -> None:
    rig = make_rig(breaker_failures=1, attempts=1)
    rig.server.will(QWEN, fails(503), says(GOOD, after_s=0.5))
    await rig.ask(subject="s1")
    rig.clock.now += 60
    answers = await asyncio.gather(*(rig.ask(subject=f"p{number}") for number in range(5)))
    assert sorted(answer.degraded for answer in answers) == [False, True, True, True, True]


async def test_a_cancelled_probe_leaves_room_for_the_next(make_rig: RigMaker) -> None:
    rig = make_rig(breaker_failures=1, attempts=1)
    hang = Hangs()
    rig.server.will(QWEN, fails(503), hang)
    await rig.ask(subject="s1")
    rig.clock.now += 60
    probe = asyncio.create_task(rig.ask(subject="s2"))
    await asyncio.to_thread(hang.reached.wait)
    probe.cancel()
    await asyncio.wait([probe])
    answer = await rig.ask(subject="s3")
    assert not answer.degraded


async def test_a_refused_request_does_not_count_against_the_model(make_rig: RigMaker) -> None:
    rig = make_rig(breaker_failures=1, attempts=1)
    rig.server.will(QWEN, fails(404), fails(403))
    await rig.ask(subject="s1")
    await rig.ask(subject="s2")
    assert rig.changes == []
