"""Words to avoid, one definition for each term, and acronyms that are spelled out once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.quality.duplicate import LessonSource
from courseai.quality.terminology import course_term_defects, drifted_terms, term_defects

GLOSSARY = {
    "hazard": "A source of potential harm.",
    "p-value": "The probability of data at least as extreme.",
}


def lesson(content: str, number: int = 1) -> LessonSource:
    return LessonSource(f"s1-l{number}", "s1", content)


@pytest.mark.parametrize("text", ["This is a Monad.", "Two monads compose.", "An *idempotent* call repeats."])
def test_a_word_to_avoid_is_found_in_any_form(text: str) -> None:
    assert len(drifted_terms([text], ["monad", "idempotent"])) == 1


@pytest.mark.parametrize("text", ["Nomads move.", "The monadnock rises from the plain.", ""])
def test_a_word_that_only_contains_it_is_not(text: str) -> None:
    assert drifted_terms([text], ["monad"]) == ()


def test_a_phrase_to_avoid_is_found_as_a_whole() -> None:
    assert drifted_terms(["We think outside the box here."], ["outside the box"])
    assert not drifted_terms(["The box stands outside the door."], ["outside the box"])


def test_a_definition_unlike_the_glossary_is_a_warning() -> None:
    text = "**Hazard**: Any yellow sign that managers put beside machines during quarterly audits."
    (defect,) = term_defects(lesson(text), GLOSSARY, [])
    assert (defect.code, defect.severity) == ("redefined_term", "warn")


@pytest.mark.parametrize(
    "text",
    [
        "**Hazard**: anything that is a source of harm to people at work.",
        "A **hazard** is often yellow, loud and easy to overlook on busy mornings.",
        "**Risk**: how likely an injury is and how bad it would be for the worker.",
        "Hazard hunting: walk through every corridor with another colleague.",
    ],
    ids=["same words", "description", "other term", "not a term"],
)
def test_the_glossarys_words_and_other_sentences_pass(text: str) -> None:
    assert term_defects(lesson(text), GLOSSARY, []) == []


def test_two_lessons_that_define_a_term_unlike_each_other_are_reported_once() -> None:
    first = lesson("**Variance**: the mean squared distance of values from their average.")
    second = lesson("**Variance**: permission given by officials to build without following zoning.", 2)
    (defect,) = course_term_defects([first, second])
    assert (defect.lesson_id, defect.code) == ("s1-l2", "redefined_term")


def test_an_acronym_that_nobody_spells_out_is_reported_once() -> None:
    lessons = [lesson("Check the GFCI before use. A GFCI trips fast.", n) for n in (1, 2)]
    (defect,) = course_term_defects(lessons)
    assert (defect.lesson_id, defect.code, defect.evidence) == ("s1-l1", "unexplained_acronym", "GFCI")


@pytest.mark.parametrize(
    "text",
    [
        "A ground-fault circuit interrupter (GFCI) trips fast. Test every GFCI. A GFCI can fail.",
        "GFCI stands for ground-fault circuit interrupter. A GFCI trips fast.",
        "Personal protective equipment is the last resort. PPE fails often, and PPE is hot.",
        "Never, NEVER run. Do NOT run, and do NOT shout.",
        "Louis XIV and Louis XIV again.",
        "Open the PDF and print the PDF.",
        "## SAFETY FIRST\n\nSAFETY FIRST SAFETY FIRST",
    ],
    ids=["brackets", "stands for", "initials", "emphasis", "roman", "common", "capitals"],
)
def test_acronyms_that_are_spelled_out_or_common_pass(text: str) -> None:
    assert course_term_defects([lesson(text)]) == []


def test_an_acronym_spelled_out_elsewhere_in_the_course_passes() -> None:
    lessons = [
        lesson("Use a GFCI. The GFCI trips."),
        lesson("The ground-fault circuit interrupter (GFCI) trips.", 2),
    ]
    assert course_term_defects(lessons) == []


@given(st.text(max_size=300), st.text(min_size=1, max_size=30), st.sampled_from(["en", "de", "xx"]))
def test_no_text_crashes_the_check(content: str, term: str, language: str) -> None:
    term_defects(lesson(content), {term: content}, [term], language)
    course_term_defects([lesson(content), lesson(term, 2)], content, language)
