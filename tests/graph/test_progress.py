"""The events of a run: one schema, what was spent so far on every one, and an estimate of the rest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from courseai.course.schema import EVENT_SCHEMA_FILE, event_schema, schema_text
from tests.graph.conftest import changed_policy

if TYPE_CHECKING:
    from tests.graph.conftest import Json, Outcome, PipelineMaker

WEAK = {"openai/gpt-oss-20b": {"broken_json_share": 1.0}}
"""The cheapest model never gets its JSON right."""


def of_kind(outcome: Outcome, kind: str) -> list[dict[str, Any]]:
    return [event for event in outcome.events if event["kind"] == kind]


@pytest.fixture
async def outcome(make_pipeline: PipelineMaker, document: Json) -> Outcome:
    """A run in which sections escalate."""
    return await make_pipeline(WEAK).run(document)


async def test_every_event_fits_the_published_schema(outcome: Outcome) -> None:
    closed = event_schema() | {"additionalProperties": False}
    for event in outcome.events:
        Draft202012Validator(closed).validate(event)
    assert {"section_started", "section_escalated", "section_drafted", "section_accepted", "finished"} <= set(
        outcome.kinds()
    )


async def test_an_escalation_says_why_and_where_to(outcome: Outcome) -> None:
    escalated = of_kind(outcome, "section_escalated")

    assert {(event["reason"], event["tier"]) for event in escalated} == {("schema_failure", "oss_120b")}


async def test_every_event_says_what_was_spent_so_far(outcome: Outcome) -> None:
    spent = [event["cost_usd"] for event in outcome.events]

    assert spent == sorted(spent)
    assert (spent[0], spent[-1]) == (0.0, outcome.report["totals"]["cost_usd"])


async def test_the_rest_is_estimated_once_a_draft_is_there_and_ends_at_nothing(outcome: Outcome) -> None:
    started = of_kind(outcome, "section_started")
    escalated = of_kind(outcome, "section_escalated")
    *_earlier, last = of_kind(outcome, "section_accepted")

    assert {event["estimated_rest_usd"] for event in started} == {None}
    assert all(event["estimated_rest_usd"] > 0 for event in escalated)
    assert (last["sections_left"], last["estimated_rest_usd"], last["estimated_rest_s"]) == (0, 0.0, 0.0)


async def test_a_resumed_run_goes_on_counting(make_pipeline: PipelineMaker, document: Json) -> None:
    from langgraph.checkpoint.memory import InMemorySaver

    strict = changed_policy(alignment={"accept": 1.0, "accept_with_flag": 0.0, "borderline": 0.0})
    saver = InMemorySaver()
    first = make_pipeline(policy=strict, checkpointer=saver)
    waiting = await first.run(document, thread="t", review="ask")
    second = make_pipeline(
        policy=strict,
        checkpointer=saver,
        journal=first.services.gateway.journal,
        drafts=first.services.drafts,
    )
    requests = waiting.interrupts[0].value["action_requests"]
    finished = await second.answer({"decisions": [{"type": "approve"}] * len(requests)}, "t")

    assert finished.events[0]["cost_usd"] == waiting.events[-1]["cost_usd"] > 0


def test_the_schema_file_is_the_generated_one() -> None:
    assert EVENT_SCHEMA_FILE.read_text("utf-8") == schema_text(event_schema()), (
        "run: python -m courseai.course.schema"
    )
    Draft202012Validator.check_schema(json.loads(EVENT_SCHEMA_FILE.read_text("utf-8")))
