"""From drafts to finished sections: the plan's ids, objectives and minutes joined with what was written."""

from __future__ import annotations

from courseai.course.exercise import ExerciseDraft, finished_exercise
from courseai.course.plan import LessonPlan, SectionPlan
from courseai.course.section import Lesson, Section
from courseai.course.state import Json


def finished_section(plan: SectionPlan, body: Json | None) -> Section:
    """The section with every planned lesson that `body` (a stored draft, None if there is none) holds."""
    written = {lesson["number"]: lesson for lesson in body["lessons"]} if body else {}
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
        finished_exercise(
            ExerciseDraft.model_validate(draft), draft.get("exercise_id") or f"{plan.lesson_id}-e{position}"
        )
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
