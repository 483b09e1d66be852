"""Exercises written anew: the same kind, another question, and a key that does not show."""

from __future__ import annotations

from typing import Any

import pytest

from courseai.course.exercise import ExerciseType
from courseai.models.offline.brief import ExerciseBrief, SectionBrief
from courseai.models.offline.item_author import rewrite_exercise
from courseai.models.offline.lesson_author import write_lessons

from .conftest import SECTION, SPANISH_SECTION


def brief(section: dict[str, Any], kind: str, question: str = "Which?", *others: str) -> ExerciseBrief:
    """An exercise of the section's first lesson to write anew."""
    return ExerciseBrief.model_validate(
        {
            "language": section["language"],
            "section": section["section"],
            "lesson": section["lessons"][0],
            "exercise": {"type": kind, "question": question},
            "other_questions": list(others),
        }
    )


@pytest.mark.parametrize("kind", list(ExerciseType))
@pytest.mark.parametrize("section", [SECTION, SPANISH_SECTION], ids=["en", "es"])
def test_kind_stays(section: dict[str, Any], kind: ExerciseType) -> None:
    assert rewrite_exercise(brief(section, kind), seed=0).kind is kind


def test_label_may_be_the_models_own() -> None:
    assert rewrite_exercise(brief(SECTION, "True/False"), seed=0).kind is ExerciseType.TRUE_FALSE


@pytest.mark.parametrize("seed", range(20))
def test_key_is_not_the_longest_option(seed: int) -> None:
    draft = rewrite_exercise(brief(SECTION, "multiple_choice"), seed)

    assert len(draft.answer[0]) < max(len(option) for option in draft.options)


def test_question_is_another_one() -> None:
    first = rewrite_exercise(brief(SECTION, "true_false"), seed=0)
    second = rewrite_exercise(brief(SECTION, "true_false", first.question), seed=0)
    third = rewrite_exercise(brief(SECTION, "true_false", first.question, second.question), seed=0)

    assert len({first.question, second.question, third.question}) == 3


def test_every_exercise_of_a_lesson_can_be_written_anew() -> None:
    for lesson in write_lessons(SectionBrief.model_validate(SECTION), 0):
        for old in lesson.exercises:
            new = rewrite_exercise(brief(SECTION, old.type, old.question), seed=0)
            assert (new.kind, new.question != old.question) == (old.kind, True)
