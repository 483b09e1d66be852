"""Draft a section: one call on the current tier, or several samples that have to agree."""

from __future__ import annotations

import asyncio
from typing import Any

from langgraph.types import StreamWriter

from courseai.course.errors import ModelUnavailableError
from courseai.course.policy import Policy
from courseai.course.section import SectionDraft
from courseai.course.state import Json, SectionState
from courseai.models.call import Answer, ModelRequest, Purpose
from courseai.models.draft_store import DraftStore
from courseai.models.gateway import Gateway
from courseai.prompts.template import fill
from courseai.quality.agreement import agreement
from courseai.quality.embeddings import EmbeddingModel


async def draft(
    state: SectionState, writer: StreamWriter, *, gateway: Gateway, drafts: DraftStore, policy: Policy
) -> dict[str, Any]:
    """One draft on the current tier, with the feedback on the last one."""
    if not state.get("drafts"):
        writer(_started(state))
    brief = await _brief(state, drafts)
    purpose: Purpose = "fill" if state["base"] else "draft"
    try:
        answer = await gateway.complete(_request(state, brief, purpose, _next_attempt(state), policy))
    except ModelUnavailableError as error:
        return {"drafts": [*state.get("drafts", []), _unavailable(state, error)]}
    return {"drafts": [*state.get("drafts", []), await _record(state, answer, drafts)]}


async def sample(
    state: SectionState,
    writer: StreamWriter,
    *,
    gateway: Gateway,
    drafts: DraftStore,
    embedder: EmbeddingModel,
    policy: Policy,
) -> dict[str, Any]:
    """Several drafts under varied prompts (mixture of thought); the most central one goes on."""
    writer(_started(state))
    brief = await _brief(state, drafts)
    first = _next_attempt(state)
    requests = [
        _request(state, brief | {"variant": variant}, "sample", first + variant, policy)
        for variant in range(policy.consistency.samples)
    ]
    try:
        answers = await asyncio.gather(*(gateway.complete(request) for request in requests))
    except ModelUnavailableError as error:
        return {"drafts": [*state.get("drafts", []), _unavailable(state, error)]}
    central, score = await _most_central(answers, embedder)
    record = await _record(state, answers[central], drafts)
    return {"drafts": [*state.get("drafts", []), record | {"samples": len(answers), "agreement": score}]}


async def _most_central(
    answers: list[Answer[SectionDraft]], embedder: EmbeddingModel
) -> tuple[int, float | None]:
    """Index of the sample to believe, and how far the samples agree; a broken sample agrees with none."""
    texts = {
        index: "\n\n".join(lesson.content for lesson in answer.value.lessons)
        for index, answer in enumerate(answers)
        if answer.value is not None
    }
    valid = list(texts)
    if len(valid) < 2:
        return (valid[0] if valid else 0), 0.0
    result = await asyncio.to_thread(agreement, list(texts.values()), embedder)
    pairs_that_count = len(valid) * (len(valid) - 1) / (len(answers) * (len(answers) - 1))
    return valid[result.most_central], result.score * pairs_that_count


async def _brief(state: SectionState, drafts: DraftStore) -> Json:
    stored = await drafts.get(state["brief_ref"])
    wanted = set(state["lesson_numbers"])
    lessons = [lesson for lesson in stored["lessons"] if lesson["number"] in wanted]
    return stored | {"lessons": lessons, "feedback": state.get("feedback", [])}


def _request(
    state: SectionState, brief: Json, purpose: Purpose, attempt: int, policy: Policy
) -> ModelRequest[SectionDraft]:
    return ModelRequest(
        run_id=state["run_id"],
        phase="sections",
        purpose=purpose,
        subject=state["section_id"],
        tier=state["tier"],
        attempt=attempt,
        prompt=fill("section", brief),
        schema_name="section_draft",
        answer_type=SectionDraft,
        max_output_tokens=policy.output.tokens_per_lesson * len(brief["lessons"]),
        seed=state.get("seed"),
    )


def _next_attempt(state: SectionState) -> int:
    earlier = (state["base"] or {}).get("drafts", [])
    samples: list[int] = [record.get("samples", 1) for record in [*earlier, *state.get("drafts", [])]]
    return 1 + sum(samples)


async def _record(state: SectionState, answer: Answer[SectionDraft], drafts: DraftStore) -> Json:
    body = answer.value.model_dump(mode="json") if answer.value else None
    return {
        "tier": state["tier"],
        "answering_tier": answer.call.answering_tier,
        "moved_by": answer.moved_by,
        "call_id": answer.call.call_id,
        "ref": await drafts.put(state["run_id"], body) if body else None,
        "problems": list(answer.problems),
        "available": True,
    }


def _unavailable(state: SectionState, error: ModelUnavailableError) -> Json:
    return {
        "tier": state["tier"],
        "answering_tier": None,
        "moved_by": None,
        "call_id": None,
        "ref": None,
        "problems": [str(error)],
        "available": False,
        "may_pass": error.may_pass,
    }


def _started(state: SectionState) -> dict[str, Any]:
    return {
        "kind": "section_started",
        "run_id": state["run_id"],
        "section_id": state["section_id"],
        "tier": state["tier"],
        "reason": state["reason"],
        "message": f"section {state['section_id']} starts at {state['tier']} ({state['reason']})",
    }
