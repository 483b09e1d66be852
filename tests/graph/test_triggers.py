"""Each escalation trigger on its way through a whole run: its own reason, its own node, the next tier.

Text that spoils a lesson (`contradicted_fact`, `defective_text`) is in test_defects.py.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from courseai.graph.observation import Step
from courseai.models.offline.brief import SectionBrief
from courseai.models.offline.lesson_author import write_lessons
from tests.graph.conftest import changed_policy

if TYPE_CHECKING:
    from tests.graph.conftest import Asked, Interference, Json, Outcome, PipelineMaker

CHEAP = "openai/gpt-oss-20b"
SAMPLED = changed_policy(consistency={"mode": "on", "tiers": ["oss_20b"], "min_complexity": 1})


def lessons_of(brief: Json) -> list[Json]:
    return [lesson.model_dump(mode="json") for lesson in write_lessons(SectionBrief.model_validate(brief), 0)]


def about_winds(brief: Json) -> Json:
    """The same section, as if it were about something else."""
    objectives = ["Describe how winds drive ocean currents", "Explain why the tides follow the moon"]
    lessons = [one | {"objectives": objectives, "key_topics": ["winds", "tides"]} for one in brief["lessons"]]
    return brief | {"lessons": lessons}


def is_meant(asked: Asked) -> bool:
    """Whether the first section is to be written by the cheapest model."""
    return asked.kind == "section_draft" and asked.section_id == "s1" and asked.model == CHEAP


async def truncated(asked: Asked) -> str | None:
    return json.dumps({"lessons": lessons_of(asked.brief)})[:-40] if is_meant(asked) else None


async def off_topic(asked: Asked) -> str | None:
    return json.dumps({"lessons": lessons_of(about_winds(asked.brief))}) if is_meant(asked) else None


async def full_of_jargon(asked: Asked) -> str | None:
    if not is_meant(asked):
        return None
    lessons = lessons_of(asked.brief)
    lessons[0]["content"] += "\n\nA dunder method is one whose name has two underscores at either end."
    return json.dumps({"lessons": lessons})


async def of_two_minds(asked: Asked) -> str | None:
    """One of the samples is about something else."""
    return await off_topic(asked) if asked.brief.get("variant") == 1 else None


@pytest.mark.parametrize(
    ("reason", "interference", "drafts_before"),
    [
        ("schema_failure", truncated, 1),
        ("low_alignment", off_topic, 2),
        ("terminology_drift", full_of_jargon, 1),
        ("inconsistent_answers", of_two_minds, 1),
    ],
)
async def test_a_trigger_leads_through_its_own_node_to_the_next_tier(
    make_pipeline: PipelineMaker, document: Json, reason: str, interference: Interference, drafts_before: int
) -> None:
    document["generation_guidance"]["avoid_jargon"] = ["dunder"]
    steps: list[Step] = []
    policy = SAMPLED if reason == "inconsistent_answers" else None
    pipeline = make_pipeline(policy=policy, on_step=[steps.append])
    pipeline.author.interfere = interference

    outcome = await pipeline.run(document)

    passed = [s.node for s in steps if s.section_id == "s1" and s.node.startswith("escalate_")]
    assert passed == [f"escalate_{reason}"]
    assert reasons(outcome)[drafts_before - 1 :] == [reason, "aligned"]
    tiers = [draft["tier"] for draft in outcome.section("s1")["drafts"]]
    assert tiers == ["oss_20b"] * drafts_before + ["oss_120b"]
    assert outcome.report["escalations"]["by_reason"] == {reason: 1}


def reasons(outcome: Outcome) -> list[str]:
    return [draft["decision"]["reason"] for draft in outcome.section("s1")["drafts"]]


async def test_samples_that_agree_are_accepted_on_the_cheap_tier_and_are_all_in_the_ledger(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    pipeline = make_pipeline(policy=SAMPLED)

    outcome = await pipeline.run(document)

    assert outcome.route("s1") == [("oss_20b", "accept")]
    calls = [
        call for call in outcome.report["calls"] if call["subject"] == "s1" and call["phase"] == "sections"
    ]
    assert len(calls) == len(pipeline.author.requests("section_draft", "s1")) == 3
    assert len({asked.user for asked in pipeline.author.requests("section_draft", "s1")}) == 3
    assert all(call["cost_usd"] > 0 for call in calls)
