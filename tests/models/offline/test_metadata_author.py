"""Course metadata: measurable outcomes made of the sections' objectives, and the brief's strategy."""

from __future__ import annotations

import pytest

from courseai.course.bloom import bloom_level
from courseai.course.metadata import CourseMetadata
from courseai.course.objective import measurability
from courseai.models.offline.brief import MetadataBrief
from courseai.models.offline.metadata_author import write_metadata

from .conftest import METADATA, Json


def written(**changes: object) -> CourseMetadata:
    return write_metadata(MetadataBrief.model_validate(METADATA | changes), seed=0)


def sections(count: int, objectives: int) -> list[Json]:
    return [
        {
            "section_id": f"s{section}",
            "area": f"Area number {section}",
            "objectives": [f"Explain idea {place} of area {section}" for place in range(objectives)],
        }
        for section in range(count)
    ]


def test_every_outcome_is_measurable_and_has_the_level_of_its_verb() -> None:
    for outcome in written().learning_outcomes:
        assert measurability(outcome.text, "en") == "measurable"
        assert outcome.bloom_level == bloom_level(outcome.text, "en")
        assert 5 <= len(outcome.text.split()) <= 40


def test_a_required_outcome_comes_first() -> None:
    assert written().learning_outcomes[0].text == "Write a tested program that processes several data files"


def test_a_list_of_verbs_is_cut_to_two() -> None:
    texts = [outcome.text for outcome in written().learning_outcomes]
    assert "Create and modify a list" in texts


@pytest.mark.parametrize(("count", "objectives"), [(1, 1), (4, 2), (14, 5)])
def test_there_are_3_to_15_outcomes_and_every_section_has_one(count: int, objectives: int) -> None:
    outcomes = written(sections=sections(count, objectives), required_outcomes=[]).learning_outcomes
    assert 3 <= len(outcomes) <= 15
    assert {name for outcome in outcomes for name in outcome.section_ids} == {
        f"s{place}" for place in range(count)
    }


def test_tags_come_from_keywords_and_are_at_least_five() -> None:
    assert written().tags[:3] == ["Python", "variable", "list"]
    assert len(written(keywords=[], key_concepts=[]).tags) >= 5


def test_strategy_and_assessment_say_what_the_brief_says() -> None:
    metadata = written()
    assert "Teaching style: hands-on." in metadata.pedagogical_strategy
    assert metadata.assessment_strategy.startswith("A short quiz after each section.")


def test_spanish_metadata_is_spanish() -> None:
    objectives = ["Comparar la escultura griega arcaica y clásica", "Explicar las innovaciones romanas"]
    section = {"section_id": "s1", "area": "Arte clásico", "objectives": objectives}
    metadata = written(
        language="es",
        topic="Historia del Arte",
        sections=[section],
        required_outcomes=[],
        strategy={"teaching_style": "mixed"},
    )
    assert metadata.description.startswith(("Un curso", "Este curso"))
    assert "Estilo de enseñanza: mixto." in metadata.pedagogical_strategy


def test_another_language_is_named_in_the_description() -> None:
    assert written(language="de").description.startswith("offline author: no templates for 'de'")
