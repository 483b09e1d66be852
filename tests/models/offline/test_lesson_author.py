"""Lessons: about their own objectives, in their language, no two alike, with what the brief wants said."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.course.section import LessonDraft
from courseai.models.offline.brief import SectionBrief
from courseai.models.offline.lesson_author import write_lessons
from courseai.models.offline.overlap import shared_part

from .conftest import SECTION, SPANISH_SECTION, Json


def written(brief: Json, seed: int = 0) -> list[LessonDraft]:
    return write_lessons(SectionBrief.model_validate(brief), seed)


def course(sections: int, lessons: int) -> list[LessonDraft]:
    """A course whose sections differ in nothing but their id."""
    briefs: list[Json] = []
    for section in range(1, sections + 1):
        plan = [{**SECTION["lessons"][number % 3], "number": number + 1} for number in range(lessons)]
        briefs.append({"section": {"section_id": f"s{section}"}, "lessons": plan})
    return [lesson for brief in briefs for lesson in written(brief)]


def five_grams(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[start : start + 5]) for start in range(len(words) - 4)}


@pytest.mark.parametrize("brief", [SECTION, SPANISH_SECTION])
def test_a_lesson_has_250_to_450_words_and_five_parts(brief: Json) -> None:
    for lesson in written(brief):
        assert 250 <= len(lesson.content.split()) <= 450
        assert len(re.findall(r"^## ", lesson.content, re.MULTILINE)) == 5


@pytest.mark.parametrize("brief", [SECTION, SPANISH_SECTION])
def test_a_lesson_shares_the_words_of_its_objectives_and_leaves_no_slot_open(brief: Json) -> None:
    for plan, lesson in zip(brief["lessons"], written(brief), strict=True):
        assert shared_part(plan["objectives"][0], lesson.content) > 0.8
        assert not re.search(r"[{}]|TODO|[Pp]laceholder|[Ii]n this lesson", lesson.content)


def test_lessons_keep_the_plans_numbers_and_topics() -> None:
    assert [(lesson.number, lesson.key_topics) for lesson in written(SECTION)] == [
        (plan["number"], plan["key_topics"]) for plan in SECTION["lessons"]
    ]


def test_a_fact_is_quoted_exactly_once_in_a_section() -> None:
    section = "\n".join(lesson.content for lesson in written(SECTION))
    assert section.count(SECTION["facts"][0]["statement"]) == 1


def test_a_fact_with_markdown_characters_keeps_every_one_of_them() -> None:
    fact = {"statement": "The variance is n*p*(1-p).", "value": "n*p*(1-p)"}
    section = "\n".join(lesson.content for lesson in written(SECTION | {"facts": [fact]}))
    assert "`The variance is n*p*(1-p).`" in section


def test_a_definition_and_an_analogy_of_the_brief_are_said() -> None:
    section = "\n".join(lesson.content for lesson in written(SECTION))
    assert "**List**: An ordered, changeable collection of values." in section
    assert section.count(SECTION["analogies"][0]) == 1


def test_words_to_avoid_do_not_turn_up() -> None:
    assert not any("borderline" in lesson.content for seed in range(20) for lesson in written(SECTION, seed))


def test_markup_in_a_topic_is_escaped() -> None:
    plan = {"number": 1, "objectives": ["Use the guard"], "key_topics": ["__main__ guard", "<b>flags</b>"]}
    content = written({"lessons": [plan]})[0].content
    assert "__main__" not in content
    assert "<b>" not in content


def test_lessons_of_one_section_share_next_to_no_phrase() -> None:
    lessons = [five_grams(lesson.content) for lesson in written(SECTION)]
    assert all(len(one & other) / min(len(one), len(other)) < 0.05 for one, other in combinations(lessons, 2))


def test_no_two_lessons_of_a_course_are_alike_even_on_the_same_objectives() -> None:
    lessons = [five_grams(lesson.content) for lesson in course(sections=8, lessons=5)]
    assert all(len(one & other) / min(len(one), len(other)) < 0.6 for one, other in combinations(lessons, 2))


def test_a_language_without_templates_is_named_first() -> None:
    plan = {"number": 1, "objectives": ["Écrire une boucle"], "key_topics": ["boucles", "variables"]}
    content = written({"language": "fr", "lessons": [plan]})[0].content
    assert content.startswith("offline author: no templates for 'fr'; written in English")
    assert "“Écrire une boucle”" in content


@given(
    st.lists(st.text(min_size=1, max_size=80).filter(str.strip), min_size=1, max_size=5),
    st.lists(st.text(min_size=1, max_size=80).filter(str.strip), max_size=10),
    st.sampled_from(["en", "es", "de"]),
)
def test_any_text_makes_a_valid_lesson(objectives: list[str], topics: list[str], language: str) -> None:
    plan: dict[str, Any] = {"number": 1, "objectives": objectives, "key_topics": topics}
    [lesson] = written({"language": language, "lessons": [plan]})
    assert 3 <= len(lesson.exercises) <= 5
