"""Exercises: every kind, correct keys, and nothing that gives a key away."""

from __future__ import annotations

from collections import Counter
from functools import cache

from courseai.course.exercise import ExerciseDraft, ExerciseType
from courseai.models.offline.brief import SectionBrief
from courseai.models.offline.lesson_author import write_lessons

from .conftest import SECTION, SPANISH_SECTION

_SECTIONS = 40


@cache
def of_kind(kind: ExerciseType) -> list[ExerciseDraft]:
    """Exercises of that kind in forty sections in each of two languages."""
    drafts = []
    for number in range(1, _SECTIONS + 1):
        for brief in (SECTION, SPANISH_SECTION):
            types = ["short-answer", "essay", "coding", "ordering"]
            head = {**brief["section"], "section_id": f"s{number}", "exercise_types": types}
            section = SectionBrief.model_validate(brief | {"section": head})
            drafts += [each for lesson in write_lessons(section, 0) for each in lesson.exercises]
    return [draft for draft in drafts if draft.type == kind]


def test_every_kind_turns_up_where_it_is_asked_for() -> None:
    assert all(of_kind(kind) for kind in ExerciseType)


def test_a_lesson_has_four_exercises_of_different_kinds() -> None:
    for lesson in write_lessons(SectionBrief.model_validate(SECTION), 0):
        assert len({exercise.type for exercise in lesson.exercises}) == 4


def test_multiple_choice_has_four_different_options_and_one_key_among_them() -> None:
    for item in of_kind(ExerciseType.MULTIPLE_CHOICE):
        assert len(set(item.options)) == 4
        assert item.options.count(item.answer[0]) == 1


def test_keys_stand_in_every_place_equally_often() -> None:
    items = of_kind(ExerciseType.MULTIPLE_CHOICE)
    places = Counter(item.options.index(item.answer[0]) for item in items)
    assert all(0.2 < places[place] / len(items) < 0.3 for place in range(4))


def test_the_key_is_the_longest_option_no_more_often_than_chance() -> None:
    items = of_kind(ExerciseType.MULTIPLE_CHOICE)
    longest = [item for item in items if len(item.answer[0]) == max(map(len, item.options))]
    assert 0.1 < len(longest) / len(items) < 0.33


def test_half_of_the_statements_are_true_and_none_is_negated() -> None:
    items = of_kind(ExerciseType.TRUE_FALSE)
    assert 0.4 < sum(item.answer == ["true"] for item in items) / len(items) < 0.6
    assert not any({"not", "never", "no", "nunca"} & set(item.question.casefold().split()) for item in items)


def test_a_filling_cannot_be_read_off_the_question() -> None:
    for item in of_kind(ExerciseType.FILL_IN_THE_BLANK):
        assert item.question.count("____") == 1
        assert not any(answer.casefold() in item.question.casefold() for answer in item.answer)


def test_a_fact_with_a_value_becomes_a_gap() -> None:
    fact = {"statement": "A safety data sheet has 16 sections.", "value": 16}
    plan = {"number": 1, "objectives": ["Read a safety data sheet"], "key_topics": ["data sheets", "labels"]}
    brief = SectionBrief.model_validate({"lessons": [plan], "facts": [fact]})
    gaps = [
        item
        for seed in range(5)
        for item in write_lessons(brief, seed)[0].exercises
        if item.type == ExerciseType.FILL_IN_THE_BLANK
    ]
    assert {(gap.question, gap.answer[0]) for gap in gaps} == {
        ("A safety data sheet has ____ sections.", "16")
    }


def test_matching_pairs_each_left_with_one_right() -> None:
    for item in of_kind(ExerciseType.MATCHING):
        assert len(item.pairs) >= 3
        assert (
            len({pair.left for pair in item.pairs})
            == len(item.pairs)
            == len({pair.right for pair in item.pairs})
        )


def test_an_ordering_shows_the_same_steps_in_another_order() -> None:
    for item in of_kind(ExerciseType.ORDERING):
        assert sorted(item.options) == sorted(item.answer)
        assert item.options != item.answer


def test_a_free_answer_has_a_model_answer_and_a_rubric() -> None:
    for kind in (ExerciseType.SHORT_ANSWER, ExerciseType.ESSAY, ExerciseType.CODE):
        assert all(item.answer[0] and len(item.rubric) >= 3 for item in of_kind(kind))
