"""Every outcome has lessons that teach it and exercises that check it, or is named as a hole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.course.metadata import BloomLevel, LearningOutcome
from courseai.course.section import Section
from courseai.quality.alignment import AlignmentScorer
from courseai.quality.coverage import course_coverage
from tests.quality.conftest import HashEmbedder

FRACTIONS = (
    "To add two fractions, first rewrite both with a common denominator. For 1/2 and 1/3 the common "
    "denominator is 6, so the sum is 3/6 plus 2/6, which gives 5/6. Adding the numerators works only "
    "once the pieces have the same size. Learners who add the denominators as well get 2/5, which is "
    "smaller than one of the parts they started with, and that is the sign of the mistake. A drawing "
    "of a bar cut into six parts shows why the denominators have to match before fractions are added."
)


def lesson(lesson_id: str, content: str) -> dict[str, object]:
    exercise = {"type": "short_answer", "type_label": "short", "question": "Add 1/2 and 1/4.", "options": []}
    exercise |= {"pairs": [], "answer": ["3/4"], "rubric": ["same denominator"], "explanation": "2/4 + 1/4"}
    return {
        "lesson_id": lesson_id,
        "number": 1,
        "title": "Adding fractions",
        "objectives": ["Add two fractions with different denominators"],
        "key_topics": ["common denominator", "numerators"],
        "content": content,
        "minutes": 20,
        "exercises": [exercise | {"exercise_id": f"{lesson_id}-e{n}"} for n in (1, 2, 3)],
    }


SECTION = Section.model_validate(
    {
        "section_id": "s1",
        "title": "Fractions",
        "objectives": ["Add two fractions with different denominators"],
        "prerequisites": [],
        "difficulty": "beginner",
        "lessons": [lesson("s1-l1", FRACTIONS)],
    }
)


def outcome(text: str) -> LearningOutcome:
    return LearningOutcome(text=text, bloom_level=BloomLevel.APPLY, section_ids=["s1"])


def test_a_lesson_that_teaches_an_outcome_covers_it_with_its_exercises(scorer: AlignmentScorer) -> None:
    coverage = course_coverage(
        [outcome("Add fractions with different denominators")], [SECTION], scorer, "en"
    )
    [row] = coverage.outcomes
    assert list(row.lessons) == ["s1-l1"]
    assert row.exercises == 3
    assert not row.is_weak
    assert coverage.holes == []


def test_an_outcome_on_another_subject_is_a_hole_though_its_section_is_named(scorer: AlignmentScorer) -> None:
    foreign = outcome("Prune roses in early spring")
    coverage = course_coverage([foreign], [SECTION], scorer, "en")
    assert coverage.holes == ["No lesson teaches: Prune roses in early spring"]
    assert coverage.orphan_lessons == ("s1-l1",)


def test_an_outcome_that_joins_lessons_is_covered_weakly_by_the_nearest(scorer: AlignmentScorer) -> None:
    joined = outcome("Solve everyday problems with fractions, decimals and percentages in a small project")
    [row] = course_coverage([joined], [SECTION], scorer, "en").outcomes
    assert row.is_weak
    assert list(row.lessons) == ["s1-l1"]


@pytest.mark.parametrize("language", ["es", "xx"])
def test_where_no_calibration_holds_the_named_section_counts(scorer: AlignmentScorer, language: str) -> None:
    [row] = course_coverage([outcome("Sumar fracciones")], [SECTION], scorer, language).outcomes
    assert row.lessons == {"s1-l1": None}


@given(
    texts=st.lists(st.text(min_size=1, max_size=60).filter(str.strip), min_size=1, max_size=4),
    content=st.text(min_size=1, max_size=300),
    language=st.sampled_from(["en", "es", "xx"]),
)
def test_no_text_crashes_the_matrix(texts: list[str], content: str, language: str) -> None:
    section = SECTION.model_copy(deep=True)
    section.lessons[0].content = content
    outcomes = [
        LearningOutcome.model_construct(text=text, bloom_level=BloomLevel.APPLY, section_ids=["s1"])
        for text in texts
    ]
    course_coverage(outcomes, [section], AlignmentScorer(HashEmbedder()), language)
