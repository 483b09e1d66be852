"""Put the course together, and the report of how it came about."""

from __future__ import annotations

from langgraph.types import StreamWriter

from courseai.course.exercise import ExerciseDraft, finished_exercise
from courseai.course.output import Course
from courseai.course.plan import CoursePlan, LessonPlan, SectionPlan
from courseai.course.policy import Policy
from courseai.course.section import Lesson, Section
from courseai.course.state import CourseState, Json
from courseai.models.draft_store import DraftStore
from courseai.models.gateway import Gateway
from courseai.nodes.report import make_report


async def assemble(
    state: CourseState, writer: StreamWriter, *, drafts: DraftStore, gateway: Gateway, policy: Policy
) -> CourseState:
    """The finished course and its report."""
    plan = CoursePlan.model_validate(state["plan"])
    sections = [
        await _section(section, state["sections"][section.section_id], drafts) for section in plan.sections
    ]
    course = Course(
        run_id=state["run_id"],
        author=gateway.provider.name,
        language=plan.language,
        sections=[section for section in sections if section.lessons],
        **state["metadata"]["value"],
    ).model_dump(mode="json")
    report = make_report(state, plan, await gateway.journal.calls(state["run_id"]), policy)
    cost = report["totals"]["cost_usd"]
    writer(
        {
            "kind": "finished",
            "run_id": state["run_id"],
            "cost_usd": cost,
            "message": f"{report['lessons']['written']} lessons for ${cost:.4f}",
        }
    )
    return {"status": "finished", "course": course, "report": report}


async def _section(plan: SectionPlan, outcome: Json, drafts: DraftStore) -> Section:
    body = await drafts.get(outcome["ref"]) if outcome["ref"] else {"lessons": []}
    written = {lesson["number"]: lesson for lesson in body["lessons"]}
    return Section(
        section_id=plan.section_id,
        title=plan.area,
        objectives=plan.objectives,
        prerequisites=plan.prerequisites,
        difficulty=plan.difficulty,
        lessons=[
            _lesson(lesson, written[lesson.number]) for lesson in plan.lessons if lesson.number in written
        ],
    )


def _lesson(plan: LessonPlan, written: Json) -> Lesson:
    exercises = [
        finished_exercise(ExerciseDraft.model_validate(draft), f"{plan.lesson_id}-e{position}")
        for position, draft in enumerate(written["exercises"], 1)
    ]
    return Lesson(
        lesson_id=plan.lesson_id,
        number=plan.number,
        title=written["title"],
        objectives=plan.objectives,
        key_topics=written["key_topics"],
        content=written["content"],
        minutes=plan.minutes,
        exercises=exercises,
    )
