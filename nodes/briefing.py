"""Write one brief for each section: what every draft of it is told, and where its routing starts."""

from __future__ import annotations

from courseai.course.analysis import AnalysisResult
from courseai.course.plan import CoursePlan, SectionPlan
from courseai.course.policy import Policy
from courseai.course.state import CourseState, Json
from courseai.models.complexity import Complexity, course_complexity
from courseai.models.draft_store import DraftStore
from courseai.models.routing import starting_tier

_DEFAULT_EXERCISES = ("multiple-choice", "true-false", "fill-in-the-blank", "matching", "short-answer")


async def write_briefs(state: CourseState, *, drafts: DraftStore, policy: Policy) -> CourseState:
    """Store the briefs and note each section's complexity, risk and starting tier."""
    analysis = AnalysisResult.model_validate(state["analysis_result"])
    plan = CoursePlan.model_validate(state["plan"])
    complexity = course_complexity(analysis, plan, policy.complexity)
    course = _course_part(analysis, state["metadata"]["value"])
    briefs = {}
    for section in plan.sections:
        ref = await drafts.put(state["run_id"], section_brief(analysis, plan, section, course))
        briefs[section.section_id] = {"ref": ref, **_start(section, complexity[section.section_id], policy)}
    return {"briefs": briefs}


def section_brief(analysis: AnalysisResult, plan: CoursePlan, section: SectionPlan, course: Json) -> Json:
    """Everything the section prompt quotes; the input's words stay data."""
    guidance = analysis.generation_guidance
    lessons = [lesson.model_dump(mode="json", exclude={"lesson_id"}) for lesson in section.lessons]
    return {
        "language": plan.language,
        "course": course,
        "section": {
            "section_id": section.section_id,
            "area": section.area,
            "difficulty": section.difficulty,
            "approach": section.approach,
            "template": section.template,
            "exercise_types": guidance.exercise_types or list(_DEFAULT_EXERCISES),
        },
        "lessons": lessons,
        "glossary": guidance.glossary,
        "facts": _facts(analysis, section),
        "avoid_jargon": guidance.avoid_jargon,
        "analogies": guidance.specific_analogies if guidance.use_analogies is not False else [],
        "examples": guidance.real_world_examples,
        "hints": guidance.contextual_language_hints,
        "feedback": [],
        "variant": 0,
    }


def _course_part(analysis: AnalysisResult, metadata: Json) -> Json:
    return {
        "title": metadata["title"],
        "audience": metadata["audience"],
        "difficulty": metadata["difficulty"],
        "tone": analysis.generation_guidance.tone or "conversational but precise",
        "strategy": metadata["pedagogical_strategy"],
    }


def _facts(analysis: AnalysisResult, section: SectionPlan) -> list[Json]:
    """The facts that this section must state; facts bound to no section go to every one."""
    return [
        fact.model_dump(mode="json", include={"id", "statement", "value", "unit"})
        for fact in analysis.verifiable_facts
        if not fact.must_mention_in or section.section_id in fact.must_mention_in
    ]


def _start(section: SectionPlan, complexity: Complexity, policy: Policy) -> Json:
    start = starting_tier(
        complexity.score,
        complexity.has_template,
        section.risk,
        policy.ladder,
        highest_quality=section.highest_quality,
    )
    return {
        "complexity": complexity.to_dict(),
        "risk": section.risk,
        "sign_off": section.sign_off,
        "highest_quality": section.highest_quality,
        "tier": start.tier,
        "reason": start.reason,
    }
