"""Rewrite the failed lessons of one section, each alone and with the judge's concerns, never all of it."""

from __future__ import annotations

import asyncio

from langgraph.types import StreamWriter

from courseai.course.errors import ModelUnavailableError
from courseai.course.policy import Policy
from courseai.course.section import LessonDraft
from courseai.course.state import Json, RewriteInput, SectionOutput
from courseai.models.call import ModelRequest
from courseai.models.draft_store import DraftStore
from courseai.models.gateway import Gateway
from courseai.models.routing import rewriting_tier
from courseai.prompts.template import fill


async def rewrite_lessons(
    state: RewriteInput, writer: StreamWriter, *, gateway: Gateway, drafts: DraftStore, policy: Policy
) -> SectionOutput:
    """The section with its failed lessons written anew; what was there stays where no model managed."""
    outcome = state["outcome"]
    brief = await drafts.get(state["brief_ref"])
    lessons = {lesson["number"]: lesson for lesson in (await drafts.get(outcome["ref"]))["lessons"]}
    tier = rewriting_tier(outcome["tier"], policy.ladder)
    writer(_event(state, tier))
    answers = await asyncio.gather(
        *(
            _rewrite(state, brief, number, tier, gateway=gateway, policy=policy)
            for number in state["concerns"]
        )
    )
    rewritten = [answer for answer in answers if answer is not None]
    changed = {lesson["number"]: lesson for lesson, _ in rewritten}
    merged = lessons | changed
    ref = await drafts.put(state["run_id"], {"lessons": [merged[number] for number in sorted(merged)]})
    record = {
        "tier": tier,
        "lessons": sorted(changed),
        "writers": {str(lesson["number"]): answering_tier for lesson, answering_tier in rewritten},
        "before": outcome["ref"],
        "after": ref,
    }
    rewrites = [*outcome.get("rewrites", []), record]
    return {"sections": {state["section_id"]: outcome | {"ref": ref, "rewrites": rewrites}}}


async def _rewrite(
    state: RewriteInput, brief: Json, number: str, tier: str, *, gateway: Gateway, policy: Policy
) -> tuple[Json, str] | None:
    """The lesson and the tier that answered, which a fallback may be."""
    lessons = [lesson for lesson in brief["lessons"] if lesson["number"] == int(number)]
    request = ModelRequest(
        run_id=state["run_id"],
        phase="sections",
        purpose="rewrite",
        subject=f"{state['section_id']}-l{number}",
        tier=tier,
        attempt=1 + len(state["outcome"].get("rewrites", [])),
        prompt=fill("lesson", brief | {"lessons": lessons, "feedback": state["concerns"][number]}),
        schema_name="lesson_draft",
        answer_type=LessonDraft,
        max_output_tokens=policy.output.tokens_per_lesson,
        seed=state.get("seed"),
    )
    try:
        answer = await gateway.complete(request)
    except ModelUnavailableError:
        return None
    if answer.value is None:
        return None
    return answer.value.model_dump(mode="json") | {"number": int(number)}, answer.call.answering_tier


def _event(state: RewriteInput, tier: str) -> Json:
    numbers = ", ".join(state["concerns"])
    return {
        "kind": "lessons_rewritten",
        "run_id": state["run_id"],
        "section_id": state["section_id"],
        "tier": tier,
        "message": f"section {state['section_id']}: failed lessons {numbers} are rewritten by {tier}",
    }
