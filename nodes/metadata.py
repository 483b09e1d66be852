"""Write the course's metadata with the strongest model: the one place where quality is never saved on."""

from __future__ import annotations

import asyncio
from typing import Any

from langgraph.types import StreamWriter

from courseai.course.analysis import AnalysisResult
from courseai.course.metadata import CourseMetadata
from courseai.course.plan import CoursePlan
from courseai.course.policy import Policy
from courseai.course.state import CourseState, Json
from courseai.models.call import Answer, ModelRequest
from courseai.models.gateway import Gateway
from courseai.prompts.template import fill
from courseai.quality.embeddings import EmbeddingModel
from courseai.quality.outcome import check_outcomes
from courseai.quality.skeleton import skeleton_metadata


async def write_metadata(
    state: CourseState, writer: StreamWriter, *, gateway: Gateway, embedder: EmbeddingModel, policy: Policy
) -> CourseState:
    """One attempt. What is wrong with it becomes the feedback of the next one."""
    analysis = AnalysisResult.model_validate(state["analysis_result"])
    plan = CoursePlan.model_validate(state["plan"])
    earlier = state.get("metadata", {})
    brief = metadata_brief(analysis, plan, earlier.get("problems", []))
    attempt = earlier.get("attempts", 0) + 1
    answer = await ask_for_metadata(
        state, brief, attempt, policy.metadata.tier, gateway=gateway, policy=policy
    )
    written = answer.value or skeleton_metadata(analysis, plan)
    check = await asyncio.to_thread(check_outcomes, written, analysis, plan, embedder)
    problems = check.problems if answer.value else [*answer.problems]
    writer(_written(state["run_id"], answer, problems))
    draft = _draft(answer, written, problems) | {"outcomes": check.to_dict()}
    return {"metadata": _better(earlier, draft) | {"attempts": attempt}}


def metadata_brief(analysis: AnalysisResult, plan: CoursePlan, feedback: list[str]) -> Json:
    """Everything the metadata prompt quotes; the input's words stay data."""
    topics = analysis.topic_analysis
    return {
        "language": plan.language,
        "topic": topics.determined_topic,
        "audience": topics.target_audience,
        "category": analysis.course_category.primary if analysis.course_category else None,
        "key_concepts": topics.key_concepts,
        "keywords": topics.domain_keywords or [],
        "sections": [
            {
                "section_id": section.section_id,
                "area": section.area,
                "objectives": section.objectives,
                "lessons": len(section.lessons),
            }
            for section in plan.sections
        ],
        "required_outcomes": analysis.required_learning_outcomes,
        "strategy": _strategy(analysis),
        "assessment": analysis.pedagogical_strategy.assessment_approach
        if analysis.pedagogical_strategy
        else "",
        "scope": analysis.scope_instructions,
        "feedback": feedback,
    }


def _strategy(analysis: AnalysisResult) -> Json:
    strategy = analysis.pedagogical_strategy
    return strategy.model_dump(mode="json", exclude={"assessment_approach"}) if strategy else {}


async def ask_for_metadata(
    state: CourseState, brief: Json, attempt: int, tier: str, *, gateway: Gateway, policy: Policy
) -> Answer[CourseMetadata]:
    """One call. Raises ModelUnavailableError."""
    request = ModelRequest(
        run_id=state["run_id"],
        phase="metadata",
        purpose="metadata",
        subject="course",
        tier=tier,
        attempt=attempt,
        prompt=fill("metadata", brief),
        schema_name="course_metadata",
        answer_type=CourseMetadata,
        max_output_tokens=policy.output.metadata_tokens,
        seed=state.get("seed"),
        ceiling_usd=state.get("budget_usd"),
    )
    return await gateway.complete(request)


def _draft(answer: Answer[CourseMetadata], written: CourseMetadata, problems: list[str]) -> Json:
    return {
        "value": written.model_dump(mode="json"),
        "source": "model" if answer.value else "plan",
        "tier": answer.call.answering_tier,
        "degraded": answer.degraded,
        "moved_by": answer.moved_by,
        "problems": problems,
    }


def _better(earlier: Json, draft: Json) -> Json:
    """The better of this attempt and the one before: what a model wrote, with fewer problems."""
    if earlier.get("source") == "model" and (
        draft["source"] == "plan" or len(draft["problems"]) > len(earlier["problems"])
    ):
        return {key: earlier[key] for key in draft}
    return draft


def _written(run_id: str, answer: Answer[CourseMetadata], problems: list[str]) -> dict[str, Any]:
    found = f", {len(problems)} problems" if problems else ""
    return {
        "kind": "metadata_written",
        "run_id": run_id,
        "tier": answer.call.answering_tier,
        "message": f"metadata by {answer.call.answering_tier}{found}",
    }
