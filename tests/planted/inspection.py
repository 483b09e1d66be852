"""What the pipeline's own nodes say of a course, by lesson: the codes of all that is wrong with it."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from courseai.course.intake import validate_value
from courseai.course.plan import CoursePlan, LessonPlan, SectionPlan, plan_course
from courseai.nodes.exercise_check import check_exercises
from courseai.nodes.judge import judge
from courseai.quality.exercise_triage import exercises_of
from tests.planted.material import PlantedCourse

if TYPE_CHECKING:
    from courseai.graph.services import Services

SAMPLE = Path(__file__).parents[2] / "studio" / "samples" / "programming_beginner.json"
_SIMULATED = "judge_not_convinced"
"""What the offline author says as a judge tells nothing about a lesson."""
Json = dict[str, Any]
Codes = dict[str, set[str]]


async def inspect(course: PlantedCourse, services: Services) -> Codes:
    """By lesson id: codes of its verdict, of its exercise, and of its objectives; empty where all is well."""
    state = await _state(course, services)
    verdicts = (
        await judge(
            state,
            lambda _event: None,
            gateway=services.gateway,
            drafts=services.drafts,
            alignment=services.alignment,
            policy=services.policy,
        )
    )["verdicts"]
    checked = await check_exercises(
        state, lambda _event: None, drafts=services.drafts, policy=services.policy
    )
    codes: Codes = defaultdict(set)
    for lesson_id, verdict in verdicts.items():
        codes[lesson_id] |= set(verdict["codes"]) - {_SIMULATED}
    for outcome in checked["sections"].values():
        for exercise_id in outcome["exercises"]["pending"]:
            lesson_id = exercise_id.rpartition("-e")[0]
            codes[lesson_id] |= _exercise_codes(course, lesson_id)
    for lesson_id, code in _objective_codes(course):
        codes[lesson_id].add(code)
    return {lesson.lesson_id: codes[lesson.lesson_id] for lesson in course.lessons}


async def _state(course: PlantedCourse, services: Services) -> Any:
    sections, briefs = {}, {}
    for section_id in course.section_titles:
        own = course.of_section(section_id)
        body = {
            "lessons": [
                {
                    "number": one.number,
                    "title": one.title,
                    "content": one.content,
                    "exercises": [one.exercise],
                }
                for one in own
            ]
        }
        sections[section_id] = {"ref": await services.drafts.put("planted", body), "tier": "oss_20b"}
        briefs[section_id] = {"ref": await services.drafts.put("planted", {"facts": course.facts})}
    return {
        "run_id": "planted",
        "metadata": {"value": {"audience": "adult learners", "difficulty": "beginner"}},
        "analysis_result": _document(course),
        "plan": _plan(course).model_dump(mode="json"),
        "sections": sections,
        "briefs": briefs,
    }


def _plan(course: PlantedCourse) -> CoursePlan:
    return CoursePlan(
        language=course.language,
        notes=[],
        sections=[_section(course, section_id) for section_id in course.section_titles],
    )


def _section(course: PlantedCourse, section_id: str) -> SectionPlan:
    own = course.of_section(section_id)
    return SectionPlan(
        section_id=section_id,
        area=course.section_titles[section_id],
        difficulty="beginner",
        importance=None,
        progression=None,
        template=None,
        risk=None,
        sign_off=False,
        approach="",
        prerequisites=[],
        objectives=[objective for lesson in own for objective in lesson.objectives],
        rewritten=[],
        lessons=[
            LessonPlan(
                lesson_id=lesson.lesson_id,
                number=lesson.number,
                objectives=list(lesson.objectives),
                key_topics=[lesson.title, course.section_titles[section_id]],
                minutes=20,
            )
            for lesson in own
        ],
    )


def _exercise_codes(course: PlantedCourse, lesson_id: str) -> set[str]:
    lesson = next(one for one in course.lessons if one.lesson_id == lesson_id)
    examined = exercises_of({"exercises": [lesson.exercise]}, lesson_id, course.language)
    return {finding.rule for one in examined for finding in one.found} or {"longest_key"}


def _objective_codes(course: PlantedCourse) -> list[tuple[str, str]]:
    """What validation and planning make of an analysis that asks for these objectives."""
    intake = validate_value(_document(course), language=course.language)
    assert intake.analysis is not None, intake.problems
    owners = {objective: one.lesson_id for one in course.lessons for objective in one.objectives}
    plan = plan_course(intake.analysis, course.language)
    return [
        (owners[pair.original], "unmeasurable_objective")
        for section in plan.sections
        for pair in section.rewritten
    ]


def _document(course: PlantedCourse) -> Json:
    """The sample analysis with the sections and facts of the course; a course has at least ten lessons."""
    document: Json = json.loads(SAMPLE.read_bytes())
    structure = document["recommended_structure"]
    template = structure["sections_breakdown"][0]
    sections = [
        template
        | {
            "section_id": section_id,
            "area": title,
            "prerequisites": [],
            "estimated_lessons": 5,
            "learning_objectives": [text for one in course.of_section(section_id) for text in one.objectives],
            "key_topics": [*(one.title for one in course.of_section(section_id)), title, course.name],
        }
        for section_id, title in course.section_titles.items()
    ]
    structure |= {"sections_breakdown": sections, "total_sections": len(sections)}
    structure |= {"total_lessons": 5 * len(sections)}
    document["generation_guidance"] |= {"glossary": {}, "avoid_jargon": []}
    return document | {"verifiable_facts": course.facts, "target_language": course.language}
