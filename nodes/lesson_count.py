"""Count the lessons: every planned one should be there, and never fewer than the minimum."""

from __future__ import annotations

from typing import Any, NoReturn

from langgraph.types import StreamWriter

from courseai.course.errors import InsufficientLessonsError, ModelUnavailableError
from courseai.course.plan import CoursePlan, SectionPlan
from courseai.course.policy import Policy
from courseai.course.review import removed_lessons
from courseai.course.state import CourseState, Json


def count_lessons(state: CourseState, writer: StreamWriter, *, policy: Policy) -> CourseState:
    """Planned against written, section by section. What a person took out is not missing."""
    plan = CoursePlan.model_validate(state["plan"])
    removed = removed_lessons(state)
    missing = {section.section_id: _missing(section, state["sections"], removed) for section in plan.sections}
    written = plan.lesson_count - len(removed) - sum(len(numbers) for numbers in missing.values())
    writer(_counted(state["run_id"], written, plan.lesson_count))
    return {
        "lesson_count": {
            "planned": plan.lesson_count,
            "written": written,
            "minimum": policy.course.min_lessons,
            "missing": {section_id: numbers for section_id, numbers in missing.items() if numbers},
            "rounds": state.get("lesson_count", {}).get("rounds", 0) + 1,
        }
    }


def is_cut_off(state: CourseState) -> bool:
    """Whether lessons are missing for want of a model that may come back, and nobody said to go on so."""
    if state["lesson_count"].get("without_missing") or state.get("decisions"):
        return False
    return any(_last_draft(state, section_id).get("may_pass") for section_id in _unreached(state))


def refuse_short_course(state: CourseState) -> NoReturn:
    """End the run: raises InsufficientLessonsError naming the sections that came back short.

    Raises ModelUnavailableError where that is because no model could be reached for one of them.
    """
    count = state["lesson_count"]
    if (unreached := _unreached(state)) and not count.get("without_missing"):
        problem = _last_draft(state, unreached[0])["problems"][0]
        is_enough = count["written"] >= count["minimum"]
        raise ModelUnavailableError(
            f"Only {count['written']} of {count['planned']} lessons are written: "
            f"no model could be reached for {', '.join(unreached)}. {problem}"
            + (" To go on without what is missing, resume with --without-missing." if is_enough else "")
        )
    short = ", ".join(
        f"{section_id} lacks {len(numbers)}" for section_id, numbers in count["missing"].items()
    )
    raise InsufficientLessonsError(
        f"Insufficient lessons: {count['written']}/{count['minimum']} required, after asking once more "
        f"for the missing ones ({short or 'none missing'}). "
        "See the calls in the report for what the models answered."
    )


def _unreached(state: CourseState) -> list[str]:
    """Sections that lack lessons, and whose last draft no model could be reached for."""
    missing = state["lesson_count"]["missing"]
    return [section_id for section_id in missing if not _last_draft(state, section_id).get("available", True)]


def _last_draft(state: CourseState, section_id: str) -> Json:
    drafts: list[Json] = state["sections"].get(section_id, {}).get("drafts", [])
    return drafts[-1] if drafts else {}


def _missing(section: SectionPlan, outcomes: dict[str, Json], removed: set[str]) -> list[int]:
    written = outcomes.get(section.section_id, {}).get("lesson_numbers", [])
    wanted = [lesson for lesson in section.lessons if lesson.lesson_id not in removed]
    return [lesson.number for lesson in wanted if lesson.number not in written]


def _counted(run_id: str, written: int, planned: int) -> dict[str, Any]:
    return {
        "kind": "lessons_counted",
        "run_id": run_id,
        "message": f"{written} of {planned} planned lessons are written",
        "lessons_total": written,
    }
