"""The metadata gate: each rule with outcomes that break it and outcomes that hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courseai.course.analysis import AnalysisResult
from courseai.course.intake import validate_value
from courseai.course.metadata import CourseMetadata
from courseai.course.plan import CoursePlan, plan_course
from courseai.models.offline.brief import MetadataBrief
from courseai.models.offline.metadata_author import write_metadata
from courseai.nodes.metadata import metadata_brief
from courseai.quality.embeddings import Embedder
from courseai.quality.outcome import OutcomeCheck, check_outcomes, wording_problems
from courseai.quality.skeleton import skeleton_metadata

from .conftest import HashEmbedder

INPUTS = Path(__file__).parents[1] / "data" / "inputs"
NAMES = ("01_programming_beginner", "02_statistics", "03_workplace_safety", "05_art_history_es")

Course = tuple[AnalysisResult, CoursePlan]
Check = Callable[..., OutcomeCheck]


def _course(name: str) -> Course:
    document = json.loads((INPUTS / f"{name}.json").read_text(encoding="utf-8"))
    intake = validate_value(document, language=None)
    assert intake.analysis is not None
    assert intake.language is not None
    return intake.analysis, plan_course(intake.analysis, intake.language)


def _written(course: Course) -> CourseMetadata:
    return write_metadata(MetadataBrief.model_validate(metadata_brief(*course, [])), seed=0)


@pytest.fixture(scope="module")
def course() -> Course:
    return _course("01_programming_beginner")


@pytest.fixture(scope="module")
def metadata(course: Course) -> CourseMetadata:
    return _written(course)


@pytest.fixture
def check(course: Course, metadata: CourseMetadata) -> Check:
    """Checks the metadata with some fields changed, without embeddings."""

    def checked(**changes: Any) -> OutcomeCheck:
        changed = CourseMetadata.model_validate(metadata.model_dump() | changes)
        return check_outcomes(changed, *course, HashEmbedder())

    return checked


def _outcomes(metadata: CourseMetadata, **first: Any) -> list[dict[str, Any]]:
    """The outcomes with some fields of the first changed."""
    dumped = [outcome.model_dump() for outcome in metadata.learning_outcomes]
    return [dumped[0] | first, *dumped[1:]]


@pytest.mark.parametrize("name", NAMES)
def test_what_the_offline_author_writes_holds_at_the_first_attempt(name: str, embedder: Embedder) -> None:
    course = _course(name)
    check = check_outcomes(_written(course), *course, embedder)
    assert check.problems == []
    assert check.bloom_compliance == 1.0
    assert check.measurable_share == 1.0


@pytest.mark.parametrize("name", NAMES)
def test_metadata_made_from_the_plan_serves_every_section_and_requirement(name: str) -> None:
    course = _course(name)
    problems = check_outcomes(skeleton_metadata(*course), *course, HashEmbedder()).problems
    assert not [problem for problem in problems if "sections" in problem or "missing" in problem]


@pytest.mark.parametrize(
    ("outcome", "language"),
    [
        ("Explain how the liver breaks down toxins", "en"),
        ("Compare and contrast prokaryotic and eukaryotic chromosomes", "en"),
        ("Watch for signs of heat stroke in workers", "en"),
        ("Read a traceback and name the failing line", "en"),
        ("Question the sources of a newspaper article", "en"),
        ("Distinguir las principales vanguardias por sus rasgos formales", "es"),
        ("Die Ergebnisse eines Versuchs kritisch bewerten", "de"),
    ],
)
def test_a_well_worded_outcome_has_no_problem(outcome: str, language: str) -> None:
    assert wording_problems(outcome, language) == []


@pytest.mark.parametrize(
    ("outcome", "language", "problem"),
    [
        ("Understand the structure of the human heart", "en", "not measurable"),
        ("Comprender la estructura del corazón humano", "es", "not measurable"),
        ("Introduction to the structure of the heart", "en", "names a subject"),
        ("Watch the video about the human heart", "en", "activity"),
        ("Read chapter 3 of the book carefully", "en", "activity"),
        ("Leer el capítulo tres del libro de texto", "es", "activity"),
        ("Das Kapitel über das Herz lesen und zusammenfassen", "de", "activity"),
        ("List, compare and judge theories of learning", "en", "joins 3 verbs"),
        ("Define density", "en", "2 words"),
        ("Explain " + "the heart and " * 15, "en", "46 words"),
        ("Explain and describe it to them", "en", "no object"),
    ],
)
def test_a_badly_worded_outcome_says_what_to_mend(outcome: str, language: str, problem: str) -> None:
    assert any(problem in found for found in wording_problems(outcome, language))


def test_wording_is_not_judged_in_an_unknown_language() -> None:
    assert wording_problems("学ぶ", "ja") == []


def test_a_claim_two_levels_away_from_the_verb_is_a_problem(check: Check, metadata: CourseMetadata) -> None:
    wrong = {"text": "List the parts of a Python program", "bloom_level": "create"}
    result = check(learning_outcomes=_outcomes(metadata, **wrong))
    assert any("claims create" in problem for problem in result.problems)
    assert result.bloom_compliance is not None
    assert result.bloom_compliance < 1


def test_a_claim_one_level_away_is_not(check: Check, metadata: CourseMetadata) -> None:
    near = {"text": "List the parts of a Python program", "bloom_level": "understand"}
    assert not [p for p in check(learning_outcomes=_outcomes(metadata, **near)).problems if "claims" in p]


def test_beginners_need_most_outcomes_up_to_apply(check: Check) -> None:
    high = [
        {"text": f"Evaluate {topic} of a Python program", "bloom_level": "evaluate", "section_ids": ["s1"]}
        for topic in ("the design", "the tests", "the speed")
    ]
    problems = check(learning_outcomes=high).problems
    assert any("beginners need 60 %" in problem for problem in problems)
    assert any("No outcome is at apply" in problem for problem in problems)


def test_advanced_learners_need_half_at_analyze_or_above(course: Course, metadata: CourseMetadata) -> None:
    analysis, plan = course
    topics = analysis.topic_analysis.model_copy(update={"target_audience": "advanced"})
    advanced = analysis.model_copy(update={"topic_analysis": topics})
    problems = check_outcomes(metadata, advanced, plan, HashEmbedder()).problems
    assert any("advanced needs 50 %" in problem for problem in problems)


def test_unknown_sections_and_sections_without_outcome_are_named(
    check: Check, metadata: CourseMetadata
) -> None:
    only = [
        outcome.model_dump() | {"section_ids": ["s1", "nowhere"]} for outcome in metadata.learning_outcomes
    ]
    problems = check(learning_outcomes=only).problems
    assert any("Unknown section ids in outcomes: nowhere" in problem for problem in problems)
    assert any("No outcome names these sections: s2" in problem for problem in problems)


def test_a_required_outcome_that_is_left_out_is_missing(check: Check, metadata: CourseMetadata) -> None:
    changed = {"text": "Name the types of values in a program", "bloom_level": "remember"}
    result = check(learning_outcomes=_outcomes(metadata, **changed))
    assert any("required outcome" in problem for problem in result.problems)


def test_a_required_outcome_in_other_words_is_present(
    course: Course, metadata: CourseMetadata, embedder: Embedder
) -> None:
    other = {"text": "Develop a tested Python command-line tool that handles multiple data files"}
    changed = CourseMetadata.model_validate(
        metadata.model_dump() | {"learning_outcomes": _outcomes(metadata, **other)}
    )
    problems = check_outcomes(changed, *course, embedder).problems
    assert not [problem for problem in problems if "required" in problem]


def test_two_outcomes_that_say_the_same_are_duplicates(check: Check, metadata: CourseMetadata) -> None:
    second = metadata.learning_outcomes[1].text
    result = check(learning_outcomes=_outcomes(metadata, text=second.upper()))
    assert any("say the same" in problem for problem in result.problems)


def test_an_outcome_of_another_subject_is_foreign(
    course: Course, metadata: CourseMetadata, embedder: Embedder
) -> None:
    foreign = {"text": "Describe the role of bile in the digestion of fat"}
    changed = CourseMetadata.model_validate(
        metadata.model_dump() | {"learning_outcomes": _outcomes(metadata, **foreign)}
    )
    problems = check_outcomes(changed, *course, embedder).problems
    assert [problem for problem in problems if "nothing to do with the topic" in problem] == [
        'Outcome "Describe the role of bile in the digestion of fat" has nothing to do with the topic of '
        "the course."
    ]


def test_a_description_of_another_subject_is_foreign(
    course: Course, metadata: CourseMetadata, embedder: Embedder
) -> None:
    bakery = "Bake sourdough bread at home: feed a starter, fold the dough and judge the crumb."
    changed = metadata.model_copy(update={"description": bakery})
    assert any("description" in problem for problem in check_outcomes(changed, *course, embedder).problems)


def test_texts_in_another_language_are_named(check: Check) -> None:
    spanish = (
        "Este curso enseña a programar desde el principio, con ejemplos claros y muchos ejercicios que el "
        "estudiante resuelve por su cuenta antes de comparar su solución con la propuesta."
    )
    problems = check(overview=spanish).problems
    assert "The overview must be written in en, not in es." in problems


def test_without_a_calibration_meaning_is_not_judged(check: Check, metadata: CourseMetadata) -> None:
    foreign = {"text": "Describe the role of bile in the digestion of fat"}
    problems = check(learning_outcomes=_outcomes(metadata, **foreign)).problems
    assert not [problem for problem in problems if "nothing to do" in problem]


@settings(max_examples=40)
@given(st.text(min_size=1, max_size=200), st.sampled_from(["en", "es", "fr", "de", "pt", "ru", "it", "ja"]))
def test_no_text_breaks_the_gate(text: str, language: str) -> None:
    assert all(isinstance(problem, str) for problem in wording_problems(text, language))
