"""All checks of a course together: what falls on which lesson, and how hard."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from courseai.quality.duplicate import LessonSource
from courseai.quality.lesson_check import (
    References,
    check_course,
    check_lesson,
    course_defects,
    lesson_defects,
)

FACT = {"id": "os2", "statement": "A safety data sheet has 16 sections.", "must_mention_in": ["s6"]}
REFERENCES = References([FACT], {"hazard": "A source of potential harm."}, ["stochastic"])
GOOD = LessonSource(
    "s6-l1", "s6", "Manufacturers write one for each product. A safety data sheet has 16 sections."
)


def lesson(content: str, lesson_id: str = "s6-l1") -> LessonSource:
    return LessonSource(lesson_id, lesson_id.partition("-")[0], content)


def test_a_good_lesson_has_no_defect_and_a_verified_claim() -> None:
    check = check_lesson(GOOD, REFERENCES)
    assert check.defects == ()
    assert [claim.status for claim in check.claims] == ["verified"]


def test_a_contradicted_fact_blocks_and_names_the_fact() -> None:
    (defect,) = lesson_defects(lesson("A safety data sheet has 12 sections."), REFERENCES)
    assert (defect.code, defect.severity) == ("contradicted_fact", "block")
    assert "16 sections" in defect.message
    assert defect.evidence == "A safety data sheet has 12 sections."


def test_a_wrong_sum_blocks() -> None:
    assert [d.code for d in lesson_defects(lesson("The total is 2 * 40 = 90."), REFERENCES)] == [
        "wrong_formula"
    ]


def test_a_word_to_avoid_is_a_warning() -> None:
    (defect,) = lesson_defects(lesson("Falls are stochastic events."), REFERENCES)
    assert (defect.code, defect.severity) == ("avoided_term", "warn")


def test_a_fact_that_its_section_leaves_out_is_a_warning() -> None:
    defects = course_defects([lesson("Read the label first."), lesson("Walk slowly.", "s7-l1")], REFERENCES)
    assert [(d.lesson_id, d.code, d.severity) for d in defects] == [("s6-l1", "missing_fact", "warn")]
    assert course_defects([GOOD], REFERENCES) == []


def test_another_number_for_the_same_thing_is_laid_to_the_later_lesson() -> None:
    first = lesson("The maximum load of the warehouse shelf is 200 kg.")
    later = lesson("The maximum load of the warehouse shelf is 250 kg.", "s7-l1")
    same = lesson("The maximum load of the warehouse shelf is 200 kilograms.", "s7-l1")
    assert [(d.lesson_id, d.code) for d in course_defects([first, later], References())] == [
        ("s7-l1", "conflicting_number")
    ]
    assert course_defects([first, same], References()) == []


def test_numbers_of_different_examples_are_no_conflict() -> None:
    first = lesson("Suppose the sample has a mean weight of 52 kg in this class.")
    other = lesson("Suppose the sample has a mean weight of 61 kg in this class.", "s7-l1")
    assert course_defects([first, other], References()) == []


def test_a_copied_lesson_blocks_and_the_original_does_not() -> None:
    text = (
        "Before you climb, look at the feet, the rungs and the rails of the ladder. Set it on firm ground, "
        "one metre out for every four metres up, and tie the top. Face the ladder, keep three points of "
        "contact, carry tools on a belt, and never lean beyond the rails."
    )
    checks = check_course([lesson(text), lesson(text, "s7-l1")], References())
    assert checks["s6-l1"].blocking == ()
    assert [defect.code for defect in checks["s7-l1"].blocking] == ["near_duplicate"]


def test_everything_reported_is_plain_json() -> None:
    check = check_lesson(lesson("A safety data sheet has 12 sections. TODO: more. 1 + 1 = 3."), REFERENCES)
    records = [defect.to_dict() for defect in check.defects] + [claim.to_dict() for claim in check.claims]
    assert json.loads(json.dumps(records)) == records


@given(
    st.lists(st.text(max_size=200), max_size=3),
    st.text(min_size=5, max_size=60),
    st.sampled_from(["en", "xx"]),
)
def test_no_course_crashes_the_checks(contents: list[str], statement: str, language: str) -> None:
    references = References([{"id": "f", "statement": statement}], {statement: statement}, [statement])
    lessons = [lesson(content, f"s{number}-l1") for number, content in enumerate(contents)]
    assert set(check_course(lessons, references, language)) == {each.lesson_id for each in lessons}
