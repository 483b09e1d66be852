"""The gateway and the run's ceiling: what is reserved, what is charged, who stands in, and when it stops."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from courseai.course.errors import BudgetExceededError, ModelUnavailableError
from courseai.models.call import Answer, Call
from courseai.models.journal import Begun, MemoryJournal
from courseai.models.provider import compatible, openrouter
from tests.models.conftest import GOOD, KEY, USAGE, Behaviour, Hangs, breaks_off, fails, note_request, says

if TYPE_CHECKING:
    from tests.models.conftest import Rig, RigMaker

QWEN, OSS_120B, OSS_20B = "qwen/qwen3-max", "openai/gpt-oss-120b", "openai/gpt-oss-20b"
GEMINI = "google/gemini-2.5-flash"
SMALL = {"metadata": 0.0, "sections": 0.0, "judge": 0.0}


def costs(usd: float, tokens_out: int = 100) -> Behaviour:
    """A good answer whose price the server names."""
    return says(GOOD, usage=USAGE | {"completion_tokens": tokens_out, "cost": usd})


def lost(call: Call, reserved_usd: float) -> Begun:
    """A call like another one that was in flight when its process died."""
    shared = {
        name: getattr(call, name) for name in ("run_id", "phase", "purpose", "subject", "attempt", "tier")
    }
    return Begun(
        **shared,
        call_id="lost",
        call_key="lost",
        model=call.model_requested,
        reserved_usd=reserved_usd,
        ceiling_usd=0.5,
        started_at=call.started_at,
    )


async def charged(rig: Rig) -> float:
    """What the run is charged, as the next process will see it."""
    return (await rig.gateway.journal.charges("run-1")).usd


async def worst_case(make_rig: RigMaker, tier: str, **changes: Any) -> float:
    """What a request reserves at a tier."""
    return (await make_rig().ask(tier, **changes)).call.reserved_usd


async def test_the_worst_case_is_the_longest_answer_to_the_prompt_at_the_tiers_price(rig: Rig) -> None:
    short = (await rig.ask("qwen3_max", max_output_tokens=500)).call.reserved_usd
    long = (await rig.ask("qwen3_max", max_output_tokens=1500)).call.reserved_usd
    assert long - short == pytest.approx(1000 * 1.80 / 1e6)
    assert short > 500 * 1.80 / 1e6


async def test_a_call_is_charged_what_it_cost(rig: Rig) -> None:
    rig.server.will(QWEN, costs(0.0001))
    answer = await rig.ask()
    assert (answer.call.cost_usd, answer.call.charged_usd) == (0.0001, 0.0001)
    assert await charged(rig) == 0.0001


@pytest.mark.parametrize("failure", [fails(500), fails(503), breaks_off])
async def test_a_call_that_broke_off_may_have_been_billed_and_counts_in_full(
    rig: Rig, failure: Behaviour
) -> None:
    rig.server.will(QWEN, failure)
    await rig.ask()
    failed, answered = rig.calls
    assert failed.charged_usd == failed.reserved_usd > answered.charged_usd


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 429])
async def test_a_refused_call_is_not_billed(rig: Rig, status: int) -> None:
    rig.server.will(QWEN, fails(status), fails(status), fails(status), fails(status))
    with suppress(ModelUnavailableError):
        await rig.ask()
    assert rig.calls[0].charged_usd == 0


async def test_where_no_connection_is_made_nothing_is_charged(make_rig: RigMaker) -> None:
    rig = make_rig(replace(openrouter(KEY), base_url="http://127.0.0.1:9/v1"))
    with pytest.raises(ModelUnavailableError):
        await rig.ask()
    assert await charged(rig) == 0


async def test_a_cancelled_call_counts_at_its_worst_case(rig: Rig) -> None:
    hangs = Hangs()
    rig.server.will(QWEN, hangs)
    asking = asyncio.create_task(rig.ask())
    await asyncio.to_thread(hangs.reached.wait)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    (begun,) = await rig.gateway.journal.in_flight("run-1")
    assert await charged(rig) == begun.reserved_usd > 0


async def test_a_server_that_names_no_costs_is_counted_at_list_price(make_rig: RigMaker, rig: Rig) -> None:
    unpriced = make_rig(compatible(rig.server.url))
    call = (await unpriced.ask()).call
    assert call.cost_usd is None
    assert call.charged_usd == pytest.approx((1000 * 0.60 + 100 * 1.80) / 1e6)


async def test_what_does_not_fit_is_asked_of_a_cheaper_tier_and_says_so(make_rig: RigMaker) -> None:
    rig = make_rig(ceiling_usd=0.0005)
    answer = await rig.ask("qwen3_max")
    assert answer.value is not None
    assert (answer.call.tier, answer.call.answering_tier) == ("qwen3_max", "oss_120b")
    assert (answer.moved_by, answer.degraded) == ("budget", True)
    assert rig.server.asked() == [OSS_120B]


async def test_the_best_tier_that_fits_stands_in(make_rig: RigMaker) -> None:
    rig = make_rig(ceiling_usd=0.0001)
    assert (await rig.ask("qwen3_max")).call.answering_tier == "oss_20b"


async def test_a_fallback_stands_in_for_an_outage_not_for_the_budget(rig: Rig) -> None:
    rig.server.will(QWEN, fails(404))
    assert (await rig.ask()).moved_by == "outage"


async def test_a_judge_is_never_replaced_by_a_cheaper_one(make_rig: RigMaker) -> None:
    rig = make_rig(ceiling_usd=0.0005)
    with pytest.raises(BudgetExceededError):
        await rig.ask("qwen3_max", phase="judge", purpose="judge")
    assert rig.server.requests == []


async def test_what_a_reviewer_asked_of_the_strongest_tier_is_never_given_to_a_cheaper_one(
    make_rig: RigMaker,
) -> None:
    rig = make_rig(ceiling_usd=0.0005)
    with pytest.raises(BudgetExceededError):
        await rig.ask("qwen3_max", purpose="regenerate")
    assert rig.server.requests == []


async def test_where_the_policy_allows_no_cheaper_tier_the_run_stops(make_rig: RigMaker) -> None:
    rig = make_rig(ceiling_usd=0.0005, budget={"cheaper_tier": []})
    with pytest.raises(BudgetExceededError, match=r"run run-1 is used up: \$0\.0000 of \$0\.0005") as stop:
        await rig.ask("qwen3_max")
    assert (stop.value.charged_usd, stop.value.ceiling_usd) == (0, 0.0005)
    assert stop.value.exit_code == 5


async def test_the_error_names_a_ceiling_that_is_high_enough(make_rig: RigMaker) -> None:
    with pytest.raises(BudgetExceededError) as stop:
        await make_rig(ceiling_usd=0.00001).ask("qwen3_max")
    assert (await make_rig(ceiling_usd=stop.value.enough_usd + 1e-9).ask("qwen3_max")).value is not None


async def test_a_run_stops_only_when_its_other_calls_have_ended(make_rig: RigMaker) -> None:
    worst = await worst_case(make_rig, "oss_20b")
    rig = make_rig(ceiling_usd=1.5 * worst)
    rig.server.will(OSS_20B, says(GOOD, after_s=0.2))
    rig.server.requests.clear()
    other = asyncio.create_task(rig.ask("oss_20b", subject="s1"))
    while not rig.server.requests:  # noqa: ASYNC110 - the server has no event for it
        await asyncio.sleep(0.01)
    with pytest.raises(BudgetExceededError):
        await rig.ask("oss_20b", subject="s2", max_output_tokens=100_000)
    assert rig.outcomes() == ["ok"]
    assert (await other).value is not None


async def test_calls_wait_for_each_other_rather_than_stop_the_run(make_rig: RigMaker) -> None:
    worst = await worst_case(make_rig, "qwen3_max")
    rig = make_rig(ceiling_usd=1.5 * worst)
    rig.server.will(QWEN, costs(0.00001), always=True)
    answers = await asyncio.gather(*(rig.ask("qwen3_max", subject=f"s{number}") for number in range(20)))
    assert {answer.call.answering_tier for answer in answers} == {"qwen3_max"}


async def test_a_phase_that_has_spent_its_share_goes_on_one_tier_cheaper(make_rig: RigMaker) -> None:
    rig = make_rig(budget={"shares": SMALL | {"judge": 1.0}})
    answer = await rig.ask("qwen3_max")
    assert (answer.call.answering_tier, answer.moved_by) == ("oss_120b", "budget")


async def test_the_cheapest_tier_stays_when_the_share_is_spent(make_rig: RigMaker) -> None:
    rig = make_rig(budget={"shares": SMALL})
    assert not (await rig.ask("oss_20b")).degraded


async def test_a_spent_share_is_no_reason_to_stop(make_rig: RigMaker) -> None:
    rig = make_rig(budget={"shares": SMALL})
    rig.server.will(OSS_120B, fails(404), always=True)
    rig.server.will(GEMINI, fails(404), always=True)
    assert (await rig.ask("qwen3_max")).call.answering_tier == "qwen3_max"


async def test_a_fallback_that_does_not_fit_is_passed_over(make_rig: RigMaker) -> None:
    worst = await worst_case(make_rig, "oss_20b")
    rig = make_rig(ceiling_usd=2 * worst)
    rig.server.requests.clear()
    rig.server.will(OSS_20B, fails(404))
    with pytest.raises(ModelUnavailableError, match="do not fit under the ceiling"):
        await rig.ask("oss_20b")
    assert rig.server.asked() == [OSS_20B]


async def test_an_answer_from_the_journal_needs_no_money(make_rig: RigMaker) -> None:
    journal = MemoryJournal()
    await make_rig(journal=journal).ask()
    again = await make_rig(journal=journal, ceiling_usd=1e-9).ask()
    assert again.call.replayed


async def test_the_next_process_counts_what_was_charged_before(make_rig: RigMaker) -> None:
    journal = MemoryJournal()
    first = make_rig(journal=journal)
    first.server.will(QWEN, costs(0.0100))
    await first.ask(subject="s1")
    with pytest.raises(BudgetExceededError) as stop:
        await make_rig(journal=journal, ceiling_usd=0.0100).ask(subject="s2")
    assert stop.value.charged_usd == pytest.approx(0.0100)
    assert (await make_rig(journal=journal, ceiling_usd=0.0200).ask(subject="s2")).value is not None


async def test_the_next_process_counts_a_call_in_flight_at_its_worst_case(make_rig: RigMaker) -> None:
    journal = MemoryJournal()
    call = (await make_rig(journal=journal).ask()).call
    await journal.begin(lost(call, reserved_usd=0.5), note_request().prompt)
    with pytest.raises(BudgetExceededError, match=r"\$0\.5008 of \$0\.5000"):
        await make_rig(journal=journal, ceiling_usd=0.5).ask(subject="s2")


async def test_a_run_keeps_its_ceiling_until_another_one_is_given(make_rig: RigMaker) -> None:
    journal = MemoryJournal()
    await make_rig(journal=journal, ceiling_usd=0.5).ask(subject="s1")
    await make_rig(journal=journal).ask(subject="s2")
    assert (await journal.charges("run-1")).ceiling_usd == 0.5
    await make_rig(journal=journal, ceiling_usd=0.7).ask(subject="s3")
    assert (await journal.charges("run-1")).ceiling_usd == 0.7


async def test_the_first_request_may_bring_the_runs_ceiling(rig: Rig) -> None:
    await rig.ask("oss_20b", ceiling_usd=0.05)
    assert (await rig.gateway.journal.charges("run-1")).ceiling_usd == 0.05


async def test_a_run_that_names_no_ceiling_has_the_policys(rig: Rig) -> None:
    await rig.ask()
    assert (await rig.gateway.journal.charges("run-1")).ceiling_usd == 0.20


async def test_runs_in_one_process_do_not_touch_each_others_money(make_rig: RigMaker) -> None:
    worst = await worst_case(make_rig, "oss_20b")
    rig = make_rig(ceiling_usd=1.5 * worst)
    rig.server.will(OSS_20B, says(GOOD, after_s=0.1), always=True)
    await asyncio.gather(*(rig.ask("oss_20b", run_id=f"run-{number}") for number in (1, 2)))
    with pytest.raises(BudgetExceededError, match="run-1"):
        await rig.ask("oss_20b", run_id="run-1", subject="s2", max_output_tokens=6000)


async def test_a_provider_that_charges_more_than_the_list_is_believed_from_then_on(rig: Rig) -> None:
    """An answer ten times as dear as the table says: it counts in full, and the next reserves ten times."""
    listed = (1000 * 0.60 + 100 * 1.80) / 1e6
    rig.server.will(QWEN, costs(10 * listed))
    first = (await rig.ask(subject="s1")).call
    second = (await rig.ask(subject="s2")).call
    assert first.charged_usd == first.cost_usd == pytest.approx(10 * listed)
    assert second.reserved_usd == pytest.approx(10 * first.reserved_usd)


@pytest.mark.parametrize(
    "usage",
    [{"cost": 1e308}, {"cost": 10**400}, {"prompt_tokens": 10**400}, {"completion_tokens": 10**30}],
    ids=["a cost", "a cost of 400 digits", "a prompt of 400 digits", "an answer beyond all bounds"],
)
async def test_a_provider_that_lies_beyond_all_measure_stops_the_run_in_good_order(
    make_rig: RigMaker, usage: dict[str, Any]
) -> None:
    rig = make_rig(ceiling_usd=50.0)
    rig.server.will(QWEN, says(GOOD, usage=USAGE | usage), always=True)
    ended = await asyncio.gather(
        *(rig.ask(subject=f"s{number}") for number in range(3)), return_exceptions=True
    )
    assert {type(each) for each in ended} <= {Answer, BudgetExceededError}
    with pytest.raises(BudgetExceededError) as caught:
        await rig.ask(subject="later")
    assert 50.0 < caught.value.charged_usd < math.inf


async def test_a_model_that_ignores_its_token_limit_is_believed_from_then_on(make_rig: RigMaker) -> None:
    rig = make_rig()
    rig.server.will(QWEN, says(GOOD, usage=USAGE | {"completion_tokens": 5000}))
    first = (await rig.ask(subject="s1")).call
    second = (await rig.ask(subject="s2")).call
    assert first.charged_usd > first.reserved_usd
    assert second.reserved_usd == pytest.approx(first.charged_usd)


async def test_the_next_process_knows_what_a_model_really_charges(make_rig: RigMaker) -> None:
    journal = MemoryJournal()
    first_rig = make_rig(journal=journal)
    first_rig.server.will(QWEN, costs(0.01))
    first = (await first_rig.ask(subject="s1")).call
    second = (await make_rig(journal=journal).ask(subject="s2")).call
    assert second.reserved_usd > 5 * first.reserved_usd


async def test_the_ceiling_holds_while_a_thousand_calls_are_made_at_once(make_rig: RigMaker) -> None:
    """Answers of every size, failures that may have been billed, and money for a part of them."""
    rig = make_rig(ceiling_usd=0.004, concurrency=64, breaker_failures=1000)
    behaviours: list[Behaviour] = []
    for number in range(1000):
        size = 10 + number * 7 % 490
        usage = USAGE | {"prompt_tokens": 300, "completion_tokens": size}
        behaviours.append(fails(500) if number % 11 == 0 else says(GOOD, usage=usage))
    rig.server.will(OSS_20B, *behaviours)
    asked = (rig.ask("oss_20b", subject=f"s{number}") for number in range(1000))
    ended = await asyncio.gather(*asked, return_exceptions=True)
    assert any(isinstance(each, BudgetExceededError) for each in ended)
    assert {type(each).__name__ for each in ended} == {"Answer", "BudgetExceededError"}
    spent = sum(call.charged_usd for call in rig.calls)
    assert 0.95 * 0.004 < spent <= 0.004
    assert await charged(rig) == pytest.approx(spent)
    assert await rig.gateway.journal.in_flight("run-1") == []
