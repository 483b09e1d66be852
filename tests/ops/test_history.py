"""What history says of planted runs, in both databases."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from courseai.models.call import Outcome
from courseai.ops.history import cost_history, escalation_history, operation_history, quality_history
from courseai.ops.history.figure_store import NodeFigure
from courseai.ops.history.history import Overview, overview
from courseai.ops.history.window import Window, last_days, last_hours
from courseai.store.run_store import RunStore
from tests.ops.planting import NOON, Planted, call, days_before, draft, plant, section, verdict

WEEK = last_days(7, NOON)


async def read(store: RunStore, window: Window = WEEK) -> Overview:
    """Everything of a window."""
    return await store.database.read(partial(overview, window=window))


async def test_an_empty_store_has_a_history_of_nothing(store: RunStore) -> None:
    found = await read(store)
    assert [day.usd for day in found.costs.days] == [0.0] * 7
    assert found.costs.courses.count == 0
    assert found.costs.courses.mean_usd is found.quality.lessons.flagged_share is None
    assert (found.quality.alignment, found.operations.providers, found.operations.courses) == ([], [], None)
    assert found.operations.review_queue.runs == 0


async def test_days_without_a_call_are_there_and_weeks_begin_on_monday(store: RunStore) -> None:
    await plant(store, Planted("monday", days_before(4), calls=[call("c1", usd=0.01)]))
    await plant(store, Planted("friday", NOON, calls=[call("c2", usd=0.03), call("c3", usd=None)]))
    found = (await read(store)).costs
    assert {day.day: day.usd for day in found.days if day.calls} == {"2026-11-16": 0.01, "2026-11-20": 0.03}
    assert len(found.days) == 7
    assert (found.days[-1].calls, found.days[-1].calls_of_unknown_cost) == (2, 1)
    assert [(week.monday, week.courses) for week in found.weeks] == [("2026-11-09", 0), ("2026-11-16", 2)]
    assert found.weeks[1].usd == pytest.approx(0.04)
    assert found.weeks[1].usd_per_course == pytest.approx(0.02)


async def test_a_day_is_compared_with_the_seven_before_it_or_with_those_since_the_first_call(
    store: RunStore,
) -> None:
    for number, usd in ((9, 0.08), (3, 0.06), (0, 1.0)):
        await plant(store, Planted(f"r{number}", days_before(number), calls=[call(f"c{number}", usd=usd)]))
    days = {day.day: day.average_usd for day in (await read(store, last_days(20, NOON))).costs.days}
    assert days["2026-11-10"] is days["2026-11-11"] is None
    assert days["2026-11-12"] == pytest.approx(0.08)
    assert days["2026-11-13"] == pytest.approx(0.04)
    assert days["2026-11-20"] == pytest.approx(0.06 / 7)


async def test_costs_are_parted_by_phase_model_and_tier(store: RunStore) -> None:
    calls = [
        call("c1", usd=0.002, tier="qwen3_max", phase="metadata", subject="course", cached=800),
        call("c2", usd=0.001),
        call("c3", usd=0.0005, tier="oss_120b", phase="judge"),
        call("c4", usd=0.001),
    ]
    await plant(store, Planted("r", calls=calls))
    found = (await read(store)).costs
    assert [(part.name, part.calls) for part in found.by_phase] == [
        ("metadata", 1),
        ("sections", 2),
        ("judge", 1),
    ]
    assert [part.usd for part in found.by_phase] == pytest.approx([0.002, 0.002, 0.0005])
    assert {part.name for part in found.by_model} == {
        "qwen/qwen3-max",
        "openai/gpt-oss-20b",
        "openai/gpt-oss-120b",
    }
    by_tier = {part.name: part for part in found.by_tier}
    cheap, dear = by_tier["oss_20b"], by_tier["qwen3_max"]
    assert (cheap.tokens_in, cheap.tokens_out, dear.tokens_cached) == (2000, 1000, 800)


async def test_what_a_course_costs_is_told_of_finished_ones_of_known_cost(store: RunStore) -> None:
    for number in range(1, 11):
        await plant(store, Planted(f"r{number}", calls=[call(f"c{number}", usd=number / 100)]))
    await plant(store, Planted("stopped", status="budget_stop", calls=[call("c", usd=0.2)]))
    await plant(store, Planted("unknown", calls=[call("u", usd=None)]))
    costs = (await read(store)).costs.courses
    assert (costs.count, costs.most_usd) == (10, 0.1)
    assert costs.mean_usd == pytest.approx(0.055)
    assert costs.median_usd == pytest.approx(0.05)
    assert costs.p95_usd == pytest.approx(0.1)


async def test_runs_are_named_by_their_cost_finished_or_not_and_those_that_wait_later(
    store: RunStore,
) -> None:
    await plant(store, Planted("cheap", calls=[call("c1", usd=0.02)]))
    await plant(store, Planted("stopped", status="budget_stop", calls=[call("c2", usd=0.2)]))
    await plant(store, Planted("unknown", calls=[call("c3", usd=None)]))
    await plant(store, Planted("waiting", status="waiting_for_review", calls=[call("c4", usd=0.3)]))
    runs = await store.database.read(partial(cost_history.runs_by_cost, window=WEEK))
    assert [(one.run_id, one.usd) for one in runs] == [("stopped", 0.2), ("cheap", 0.02)]


async def test_alignment_is_told_by_phase_and_unverified_ones_count_for_nothing(store: RunStore) -> None:
    kept = section("s1", [draft("oss_20b", "accept", "aligned")], alignment=0.8)
    verdicts = [verdict("s1-l1", alignment=0.9), verdict("s1-l2", alignment=0.7)]
    await plant(store, Planted("r", sections=[kept], verdicts=[*verdicts, verdict("s1-l3", alignment=None)]))
    found = await store.database.read(partial(quality_history.alignment_by_phase, window=WEEK))
    assert [(one.phase, one.count) for one in found] == [("sections", 1), ("judge", 2)]
    assert [one.mean for one in found] == pytest.approx([0.8, 0.8])


async def test_answers_that_break_their_schema_lower_the_rate_and_failed_calls_do_not(
    store: RunStore,
) -> None:
    outcomes = [Outcome.OK, Outcome.OK, Outcome.SCHEMA_FAILURE, Outcome.TRUNCATED, Outcome.TIMEOUT]
    calls = [call(f"c{number}", outcome=outcome) for number, outcome in enumerate(outcomes)]
    await plant(store, Planted("r", calls=calls))
    (rate,) = (await read(store)).quality.schema
    assert (rate.phase, rate.answers, rate.valid, rate.rate) == ("sections", 4, 2, 0.5)


async def test_lessons_judges_and_bloom(store: RunStore) -> None:
    verdicts = [
        verdict("s1-l1"),
        verdict("s1-l2", "PASS_WITH_FLAG", scores=[0.8]),
        verdict("s1-l3", "FAIL", scores=[0.7, 0.42]),
        verdict("s1-l4", "PASS_WITH_FLAG", scores=[1.0]),
    ]
    await plant(store, Planted("r1", verdicts=verdicts, bloom_compliance=0.5))
    await plant(store, Planted("r2", bloom_compliance=None))
    found = (await read(store)).quality
    assert found.lessons.by_status == {"PASS": 1, "PASS_WITH_FLAG": 2, "REVIEW_REQUIRED": 0, "FAIL": 1}
    assert (found.lessons.flagged_share, found.bloom_compliance) == (0.75, 0.5)
    assert found.lessons.by_method == {"embedding": 1, "oss_120b": 3}
    assert found.judges.mean == pytest.approx((0.8 + 0.42 + 1.0) / 3)
    assert found.judges.bins == [0, 0, 0, 0, 1, 0, 0, 0, 1, 1]
    today = found.days[-1]
    assert (today.runs, today.lessons, today.flagged_share) == (2, 4, 0.75)


async def test_a_day_means_over_lessons_not_over_runs(store: RunStore) -> None:
    await plant(store, Planted("r1", verdicts=[verdict(f"s1-l{n}", alignment=0.9) for n in (1, 2, 3)]))
    await plant(store, Planted("r2", verdicts=[verdict("s1-l1", alignment=0.5)]))
    await plant(store, Planted("r3", verdicts=[verdict("s1-l1", alignment=None)]))
    assert (await read(store)).quality.days[-1].alignment == pytest.approx(0.8)


async def test_escalations_by_phase_trigger_and_tier(store: RunStore) -> None:
    climbed = [
        draft("oss_20b", "retry", "low_alignment", next_tier="oss_20b"),
        draft("oss_20b", "escalate", "low_alignment", next_tier="oss_120b"),
        draft("oss_120b", "escalate", "schema_failure", next_tier="qwen3_max", ref=None),
        draft("qwen3_max", "accept", "aligned"),
    ]
    stayed = [draft("oss_20b", "accept", "aligned")]
    verdicts = [verdict("s1-l1"), verdict("s1-l2", scores=[0.8]), verdict("s1-l3", "FAIL", scores=[0.7, 0.6])]
    run = Planted("r", sections=[section("s1", climbed), section("s2", stayed)], verdicts=verdicts)
    await plant(store, run)
    found = (await read(store)).operations
    assert {one.phase: (one.escalated, one.subjects) for one in found.escalation_rates} == {
        "metadata": (0, 1),
        "sections": (1, 2),
        "judge": (1, 2),
    }
    assert {(one.reason, one.tier, one.next_tier, one.count) for one in found.escalations} == {
        ("low_alignment", "oss_20b", "oss_120b", 1),
        ("schema_failure", "oss_120b", "qwen3_max", 1),
    }
    assert found.retries_per_escalation == 0.5


async def test_each_tier_is_rated_by_the_complexity_that_it_met(store: RunStore) -> None:
    drafts = [
        draft("oss_20b", "escalate", "low_alignment", alignment=0.5, call_id="c1", next_tier="oss_120b"),
        draft("oss_120b", "accept", "aligned", alignment=0.9, call_id="c2"),
    ]
    easy = [draft("oss_20b", "accept_with_flag", "borderline_alignment", alignment=0.8, call_id="of a fork")]
    calls = [call("c1", usd=0.001, seconds=2.0), call("c2", usd=0.004, tier="oss_120b", seconds=4.0)]
    sections = [section("s1", drafts, complexity=8), section("s2", easy, complexity=2)]
    await plant(store, Planted("r", calls=calls, sections=sections))
    found = await store.database.read(partial(escalation_history.performance, window=WEEK))
    assert [(one.complexity, one.tier, one.accepted_share, one.usd_per_draft) for one in found] == [
        (2, "oss_20b", 1.0, None),
        (8, "oss_120b", 1.0, pytest.approx(0.004)),
        (8, "oss_20b", 0.0, pytest.approx(0.001)),
    ]
    assert [one.alignment for one in found] == pytest.approx([0.8, 0.9, 0.5])


async def test_percentiles_of_answered_calls_by_model(store: RunStore) -> None:
    fast = [call(f"f{number}", seconds=number / 100) for number in range(1, 101)]
    slow = [call("s1", tier="oss_120b", seconds=9.0)]
    lost = [call("t1", seconds=60.0, outcome=Outcome.TIMEOUT)]
    await plant(store, Planted("r", calls=[*fast, *slow, *lost]))
    found = (await read(store)).operations
    assert [(one.name, one.count) for one in found.calls_by_model] == [
        ("openai/gpt-oss-120b", 1),
        ("openai/gpt-oss-20b", 100),
    ]
    of_fast = found.calls_by_model[1]
    assert (of_fast.p50, of_fast.p95, of_fast.p99) == pytest.approx((0.5, 0.95, 0.99))
    assert found.calls is not None
    assert (found.calls.count, found.calls.p99) == (101, 1.0)


async def test_how_long_courses_and_nodes_take(store: RunStore) -> None:
    nodes = {"draft": NodeFigure(2, 1, 3.0, 2.5), "judge": NodeFigure(1, 0, 9.0, 9.0)}
    await plant(store, Planted("r1", seconds=40.0, nodes=nodes))
    await plant(store, Planted("r2", seconds=60.0, nodes={"draft": NodeFigure(2, 0, 1.0, 0.6)}))
    await plant(store, Planted("r3", status="budget_stop", seconds=1.0, nodes={}))
    found = (await read(store)).operations
    assert found.courses is not None
    assert (found.courses.count, found.courses.p50, found.courses.p99) == (2, 40.0, 60.0)
    assert [(one.node, one.times, one.failures, one.mean_s, one.slowest_s) for one in found.nodes] == [
        ("judge", 1, 0, 9.0, 9.0),
        ("draft", 4, 1, 1.0, 2.5),
    ]


async def test_errors_and_availability_by_provider(store: RunStore) -> None:
    kinds = [Outcome.RATE_LIMITED, Outcome.TIMEOUT, Outcome.TIMEOUT, Outcome.BAD_REQUEST]
    failed = [call(f"f{number}", outcome=kind) for number, kind in enumerate(kinds)]
    answered = [call(f"a{number}") for number in range(6)]
    other = [call("o1", provider="local", outcome=Outcome.SCHEMA_FAILURE)]
    await plant(store, Planted("r", calls=[*failed, *answered, *other]))
    local, router = (await read(store)).operations.providers
    assert (local.provider, local.error_share, local.availability) == ("local", 0.0, 1.0)
    assert (router.error_share, router.availability, router.rate_limited) == (0.4, 0.7, 1)
    assert router.by_kind == {"timeout": 2, "rate_limited": 1, "bad_request": 1}


async def test_openings_of_breakers(store: RunStore) -> None:
    changes = [
        {"at": "2026-11-20T11:00:00+00:00", "state": "open", "reason": "timeout"},
        {"at": "2026-11-20T11:00:30+00:00", "state": "half_open", "reason": "timeout"},
        {"at": "2026-11-20T11:00:31+00:00", "state": "open", "reason": "server_error"},
    ]
    breakers = [{"provider": "openrouter", "model": "m"} | change for change in changes]
    await plant(store, Planted("r", breakers=breakers))
    (opening,) = (await read(store)).operations.breakers
    assert (opening.model, opening.openings, opening.last_reason) == ("m", 2, "server_error")


async def test_cache_use_counts_the_calls_that_tell(store: RunStore) -> None:
    await plant(store, Planted("r", calls=[call("c1", cached=600), call("c2", cached=0), call("c3")]))
    use = (await read(store)).operations.cache
    assert (use.calls, use.tokens_in, use.share) == (2, 2000, 0.3)


async def test_what_waits_for_people_is_told_whatever_the_window(store: RunStore) -> None:
    for run_id, days, items in (("new", 1, 2), ("old", 40, 5)):
        waiting = Planted(run_id, days_before(days), status="waiting_for_review", items_waiting=items)
        await plant(store, waiting)
    queue = await store.database.read(partial(operation_history.review_queue, now=NOON))
    assert (queue.runs, queue.items) == (2, 7)
    assert queue.oldest_s == timedelta(days=40).total_seconds()


async def test_budget_stops_are_counted_when_they_happen(store: RunStore) -> None:
    await plant(store, Planted("r", status="budget_stop"))
    assert (await read(store)).operations.budget_stops == 1


async def test_what_lies_outside_the_window_is_not_counted(store: RunStore) -> None:
    for run_id, ended_at in (("in", NOON), ("before", days_before(7)), ("after", days_before(-1))):
        await plant(store, Planted(run_id, ended_at, calls=[call(run_id)], verdicts=[verdict("s1-l1")]))
    found = await read(store)
    assert (found.costs.courses.count, found.quality.lessons.lessons) == (1, 1)
    assert sum(day.calls for day in found.costs.days) == 1
    just_now = await read(store, last_hours(1, NOON))
    assert just_now.quality.lessons.lessons == 1
