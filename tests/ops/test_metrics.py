"""What metrics count and what they do not; test_real_runs.py goes through all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from courseai.models.breaker import BreakerChange, BreakerState
from courseai.models.call import Call, Outcome
from courseai.ops.history.operation_history import ReviewQueue
from courseai.ops.metrics.metric_table import CALLS
from courseai.ops.metrics.metrics import Metrics
from courseai.ops.run_end import RunEnd

if TYPE_CHECKING:
    from prometheus_client import Metric as Family

A_CALL = Call(
    call_id="1",
    run_id="run-1",
    phase="sections",
    purpose="draft",
    subject="s1",
    tier="oss_20b",
    answering_tier="oss_20b",
    provider="OpenRouter",
    model_requested="openai/gpt-oss-20b",
    model_answered=None,
    attempt=1,
    transport_attempt=1,
    prompt_name="section",
    prompt_version="1",
    tokens_in=1000,
    tokens_out=500,
    tokens_cached=None,
    cost_usd=0.001,
    seconds=2.0,
    started_at="2026-11-26T00:00:00Z",
    outcome=Outcome.OK,
)


def families(metrics: Metrics) -> dict[str, Family]:
    """What Prometheus reads, by name."""
    text = metrics.exposition()[0].decode()
    return {family.name: family for family in text_string_to_metric_families(text)}


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    """The sum of the samples with that name and those labels; None where there is none."""
    found = [
        sample.value
        for family in families(metrics).values()
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
    return sum(found) if found else None


def test_hostile_names_make_no_more_series_than_the_table_allows() -> None:
    metrics = Metrics()
    for number in range(1000):
        metrics.on_call(replace(A_CALL, model_requested=f"model-{number}", provider=f"host-{number}"))
    samples = families(metrics)["courseai_calls"].samples
    assert len(samples) <= CALLS.most_series
    assert {sample.labels["gen_ai_request_model"] for sample in samples} == {
        *(f"model-{number}" for number in range(12)),
        "other",
    }
    assert value(metrics, "courseai_calls_total") == 1000


def test_an_unknown_cost_is_not_counted_as_nothing() -> None:
    metrics = Metrics()
    metrics.on_call(replace(A_CALL, cost_usd=None))
    metrics.on_run_end(RunEnd("run-1", "failed", 3.0))
    assert value(metrics, "courseai_cost_USD_total") is None
    assert value(metrics, "courseai_course_cost_USD_count") is None
    assert value(metrics, "courseai_calls_unpriced_total") == 1


def test_a_run_that_fails_is_known_by_what_its_calls_cost() -> None:
    metrics = Metrics()
    for usd in (0.25, 0.5):
        metrics.on_call(replace(A_CALL, cost_usd=usd))
    metrics.on_run_end(RunEnd("run-1", "budget_stop", 3.0))
    assert value(metrics, "courseai_course_cost_USD_sum", courseai_ending="budget_stop") == 0.75


def test_a_breaker_that_opened_in_a_run_that_is_over_closes_with_the_models_next_answer() -> None:
    metrics = Metrics()
    opened = BreakerChange(A_CALL.provider, A_CALL.model_requested, BreakerState.OPEN, Outcome.TIMEOUT)
    metrics.on_breaker(opened)
    assert value(metrics, "courseai_breaker_state") == 2
    metrics.on_call(replace(A_CALL, outcome=Outcome.SERVER_ERROR))
    assert value(metrics, "courseai_breaker_state") == 2
    metrics.on_call(A_CALL)
    assert value(metrics, "courseai_breaker_state") == 0
    assert value(metrics, "courseai_breaker_openings_total") == 1


def test_a_queue_that_cannot_be_read_is_left_out_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics()

    def fail() -> ReviewQueue:
        raise OSError("no store")

    metrics.observe_reviews(fail)
    metrics.on_call(A_CALL)
    for _ in range(2):
        assert value(metrics, "courseai_review_waiting") is None
    assert value(metrics, "courseai_calls_total") == 1
    assert [record.getMessage() for record in caplog.records] == [
        "courseai.review.waiting cannot be read: OSError: no store",
        "courseai.review.oldest cannot be read: OSError: no store",
    ]


def test_two_metrics_in_one_process_know_nothing_of_each_other() -> None:
    one, other = Metrics(), Metrics()
    one.on_call(A_CALL)
    assert value(one, "courseai_calls_total") == 1
    assert value(other, "courseai_calls_total") is None
