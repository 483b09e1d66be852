"""Judge every lesson against its own objectives, all of the course in one pass of the encoder."""

from __future__ import annotations

import asyncio
from typing import Any

from langgraph.types import StreamWriter

from courseai.course.plan import CoursePlan
from courseai.course.policy import Policy
from courseai.course.state import CourseState
from courseai.course.verdict import Verdict, embedding_status
from courseai.models.draft_store import DraftStore
from courseai.quality.alignment import Alignment, AlignmentScorer, LessonText


async def judge(
    state: CourseState,
    writer: StreamWriter,
    *,
    drafts: DraftStore,
    alignment: AlignmentScorer,
    policy: Policy,
) -> CourseState:
    """One verdict for each lesson that exists."""
    plan = CoursePlan.model_validate(state["plan"])
    texts = await lesson_texts(state, plan, drafts)
    scores = await asyncio.to_thread(alignment.score, list(texts), plan.language)
    verdicts = [_verdict(score, texts[text], policy) for score, text in zip(scores, texts, strict=True)]
    writer(_judged(state["run_id"], verdicts))
    return {"verdicts": {verdict.lesson_id: verdict.to_dict() for verdict in verdicts}}


async def lesson_texts(state: CourseState, plan: CoursePlan, drafts: DraftStore) -> dict[LessonText, str]:
    """Every lesson written so far with its planned objectives, and the section it belongs to."""
    texts = {}
    for section in plan.sections:
        outcome = state["sections"].get(section.section_id, {})
        planned = {lesson.number: lesson for lesson in section.lessons}
        body = await drafts.get(outcome["ref"]) if outcome.get("ref") else {"lessons": []}
        for item in body["lessons"]:
            lesson = planned.get(item["number"])
            if lesson is not None:
                text = LessonText(lesson.lesson_id, item["content"], tuple(lesson.objectives))
                texts[text] = section.section_id
    return texts


def _verdict(score: Alignment, section_id: str, policy: Policy) -> Verdict:
    status = embedding_status(score.score, policy.alignment)
    return Verdict(
        lesson_id=score.lesson_id,
        section_id=section_id,
        status=status,
        method="embedding",
        alignment=score.score,
        raw_cosine=score.raw_cosine,
        reason=score.reason or _reason(score),
        objectives=[
            {
                "objective": item.objective,
                "probability": item.probability,
                "best_cosine": item.best_cosine,
                "mean_cosine": item.mean_cosine,
            }
            for item in score.per_objective
        ],
    )


def _reason(score: Alignment) -> str:
    lowest = score.lowest
    if lowest is None or lowest.probability is None:
        return "no objective to compare with"
    return f"weakest objective at {lowest.probability:.2f}: {lowest.objective}"


def _judged(run_id: str, verdicts: list[Verdict]) -> dict[str, Any]:
    flagged = sum(verdict.is_flagged for verdict in verdicts)
    return {
        "kind": "lessons_judged",
        "run_id": run_id,
        "message": f"{len(verdicts)} lessons judged, {flagged} flagged",
        "lessons_total": len(verdicts),
    }
