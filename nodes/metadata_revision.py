"""Metadata that a reviewer changed: written anew where they asked for it, and checked like any other."""

from __future__ import annotations

import asyncio

from langgraph.types import StreamWriter

from courseai.course.analysis import AnalysisResult
from courseai.course.errors import ModelUnavailableError
from courseai.course.metadata import CourseMetadata
from courseai.course.plan import CoursePlan
from courseai.course.policy import Policy
from courseai.course.state import CourseState, Json
from courseai.models.draft_store import DraftStore
from courseai.models.gateway import Gateway
from courseai.models.routing import Reason
from courseai.nodes.metadata import ask_for_metadata, metadata_brief
from courseai.quality.embeddings import EmbeddingModel
from courseai.quality.outcome import check_outcomes


async def revise_metadata(
    state: CourseState,
    writer: StreamWriter,
    *,
    gateway: Gateway,
    drafts: DraftStore,
    embedder: EmbeddingModel,
    policy: Policy,
) -> CourseState:
    """The metadata as it is now, with what is wrong with it."""
    analysis = AnalysisResult.model_validate(state["analysis_result"])
    plan = CoursePlan.model_validate(state["plan"])
    metadata = state["metadata"]
    for request in state["requested"]:
        if request["kind"] == "metadata":
            brief = metadata_brief(analysis, plan, request["feedback"])
            metadata = await _renewed(state, request, brief, gateway=gateway, drafts=drafts, policy=policy)
            writer(_event(state, metadata))
    value = CourseMetadata.model_validate(metadata["value"])
    check = await asyncio.to_thread(check_outcomes, value, analysis, plan, embedder)
    return {"metadata": metadata | {"problems": check.problems, "outcomes": check.to_dict()}}


async def _renewed(
    state: CourseState, request: Json, brief: Json, *, gateway: Gateway, drafts: DraftStore, policy: Policy
) -> Json:
    """The metadata as the strongest tier wrote it, or as it was where none answered."""
    attempt = state["metadata"]["attempts"] + 1
    metadata = state["metadata"] | {"attempts": attempt}
    try:
        answer = await ask_for_metadata(
            state, brief, attempt, policy.ladder.risk_tier, gateway=gateway, policy=policy
        )
    except ModelUnavailableError as error:
        return metadata | _recorded(metadata, request, None, None, str(error))
    tier = answer.call.answering_tier
    if answer.value is None:
        return metadata | _recorded(metadata, request, None, tier, "; ".join(answer.problems))
    before = await drafts.put(state["run_id"], metadata["value"])
    return (
        metadata
        | {
            "value": answer.value.model_dump(mode="json"),
            "source": "model",
            "tier": tier,
            "degraded": answer.degraded,
        }
        | _recorded(metadata, request, before, tier, "")
    )


def _recorded(metadata: Json, request: Json, before: str | None, tier: str | None, problem: str) -> Json:
    record = {
        "reason": str(Reason.REVIEWER_REQUEST),
        "item_id": "metadata",
        "tier": tier,
        "tier_before": metadata["tier"],
        "before": before,
        "message": request["message"],
        "by": request["by"],
        "problem": problem,
    }
    return {"rewrites": [*metadata.get("rewrites", []), record]}


def _event(state: CourseState, metadata: Json) -> Json:
    record = metadata["rewrites"][-1]
    how = "could not be written anew" if record["problem"] else f"is written anew by {record['tier']}"
    return {
        "kind": "item_regenerated",
        "run_id": state["run_id"],
        "tier": record["tier"] or "",
        "reason": record["reason"],
        "message": f"metadata {how} (reviewer request)",
    }
