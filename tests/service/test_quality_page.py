"""The page's part on quality: the matrix of outcomes, lessons and exercises, and the figures."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from courseai.service.page import render_page
from courseai.service.quality_page import coverage_matrix, quality_figures
from tests.service.test_page import Elements, assert_harmless

Json = dict[str, Any]
AUTHOR = "offline author"
HOSTILE = '"><script>alert(1)</script>'


def lesson(lesson_id: str, number: int, exercises: int) -> Json:
    return {
        "lesson_id": lesson_id,
        "number": number,
        "title": f"Lesson {lesson_id}",
        "exercises": [{"exercise_id": f"{lesson_id}-e{place}"} for place in range(1, exercises + 1)],
    }


COURSE: Json = {
    "sections": [
        {"lessons": [lesson("s1-l1", 1, 3), lesson("s1-l2", 2, 4)]},
        {"lessons": [lesson("s2-l1", 1, 3)]},
    ]
}
COVERAGE: Json = {
    "outcomes": [
        {"outcome": "Sort a list", "lessons": {"s1-l2": 0.91, "s2-l1": None}, "is_weak": False},
        {"outcome": "Draw a tree", "lessons": {}, "is_weak": False},
    ],
    "holes": ["No lesson teaches: Draw a tree"],
}


def test_every_outcome_has_a_cell_for_every_lesson() -> None:
    matrix = coverage_matrix(COURSE, {"coverage": COVERAGE})

    assert [column["place"] for column in matrix["columns"]] == ["1.1", "1.2", "2.1"]
    assert matrix["rows"][0]["cells"] == [
        None,
        {"probability": 0.91, "exercises": ["s1-l2-e1", "s1-l2-e2", "s1-l2-e3", "s1-l2-e4"]},
        {"probability": None, "exercises": ["s2-l1-e1", "s2-l1-e2", "s2-l1-e3"]},
    ]
    assert [row["exercises"] for row in matrix["rows"]] == [7, 0]
    assert matrix["rows"][1]["cells"] == [None, None, None]


def test_the_figures_name_flagged_lessons_and_means_of_judging() -> None:
    quality = {"pass_rate": 0.8, "requires_revision": True, "judged_by": {"embedding": 0.9, "oss_120b": 0.1}}
    verdicts = [{"lesson_id": "s1-l1", "status": "PASS"}, {"lesson_id": "s1-l2", "status": "REVIEW_REQUIRED"}]

    figures = quality_figures({"quality": quality, "verdicts": verdicts})

    assert (figures["pass_rate"], figures["requires_revision"]) == (80, True)
    assert figures["judged_by"] == {"embedding": 90, "oss_120b": 10}
    assert [verdict["lesson_id"] for verdict in figures["flagged"]] == ["s1-l2"]


@pytest.fixture
def page(make_course: Callable[..., Json], make_report: Callable[[str], Json]) -> Callable[..., str]:
    """The page of a course in which one text stands everywhere."""
    return lambda text, language="en": render_page(make_course(text, language), make_report(text), AUTHOR)


def test_the_matrix_names_rows_and_columns_for_screen_readers(page: Callable[..., str]) -> None:
    elements = Elements(page("Sort a list"))

    scopes = [attributes.get("scope") for attributes in elements.named("th")]
    regions = [div for div in elements.named("div") if div.get("role") == "region"]
    assert {"row", "col"} <= set(scopes)
    assert [(bool(div.get("aria-label")), div.get("tabindex")) for div in regions] == [(True, "0")]
    assert elements.named("caption")


def test_cells_link_to_exercises_that_are_there(page: Callable[..., str]) -> None:
    elements = Elements(page("Sort a list"))

    ids = {attributes["id"] for _, attributes in elements.tags if "id" in attributes}
    links = [link["href"] or "" for link in elements.named("a")]
    exercises = [link for link in links if link.startswith("#exercise-")]
    assert exercises
    assert {link[1:] for link in exercises} <= ids


def test_the_tells_of_the_exercises_are_said(page: Callable[..., str]) -> None:
    text = Elements(page("Sort a list")).text

    assert "4 / 5 (chance gives: 0–3; more or fewer than chance gives)" in text  # noqa: RUF001 - a range
    assert "the course needs revision" in text
    assert "Opción correcta por posición" in Elements(page("Ordenar una lista", "es")).text


def test_metadata_facts_and_lessons_without_outcome_are_said(page: Callable[..., str]) -> None:
    text = " ".join(Elements(page("Sort a list")).text.split())

    assert re.search(r"Outcomes of the level that they claim ?75 %", text)
    assert "Outcomes that can be measured" not in text
    assert "Lessons that serve no outcome" in text
    assert "What the course says about the facts of the analysis" in text
    assert "contradicted" in text
    assert "Dato" in Elements(page("Ordenar una lista", "es")).text


def test_hostile_text_in_matrix_and_figures_does_nothing(page: Callable[..., str]) -> None:
    html = page(HOSTILE)

    assert_harmless(html)
    assert "<script" not in html
