"""A judge that counts words, and says so."""

from __future__ import annotations

from courseai.course.judgement import LessonJudgement
from courseai.models.offline.brief import SectionBrief
from courseai.models.offline.lesson_author import write_lessons

from .conftest import SECTION, Ask, answer_of

OBJECTIVES = SECTION["lessons"][1]["objectives"]


async def judged(ask: Ask, content: str) -> LessonJudgement:
    brief = {"objectives": OBJECTIVES, "content": content}
    response = await ask("lesson_verdict", brief, schema=LessonJudgement.model_json_schema())
    return LessonJudgement.model_validate(answer_of(response))


async def test_a_lesson_on_its_objective_passes(ask: Ask) -> None:
    lesson = write_lessons(SectionBrief.model_validate(SECTION), 0)[1]
    judgement = await judged(ask, lesson.content)
    assert judgement.teaches_objectives
    assert judgement.overall >= 0.75
    assert judgement.concerns == []


async def test_a_lesson_on_something_else_fails_with_the_objective_among_the_concerns(ask: Ask) -> None:
    judgement = await judged(ask, "Bees dance to tell each other where the flowers are.")
    assert not judgement.teaches_objectives
    assert OBJECTIVES[0] in judgement.concerns[0]


async def test_the_reasoning_says_who_judged_and_how(ask: Ask) -> None:
    judgement = await judged(ask, "Loops.")
    assert judgement.reasoning.startswith("offline author")
    assert "words" in judgement.reasoning
