"""Rules about structure, X1 to X5."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from courseai.course.intake import Intake

Judge = Callable[[], Intake]
SECTIONS = "/recommended_structure/sections_breakdown"


def findings(intake: Intake) -> list[tuple[str, str, str]]:
    return [(problem.severity, problem.rule, problem.pointer) for problem in intake.problems]


@pytest.mark.parametrize("total", [15, 22])
def test_a_lesson_sum_within_a_fifth_is_a_warning(document: dict[str, Any], judge: Judge, total: int) -> None:
    document["recommended_structure"]["total_lessons"] = total
    assert ("warning", "X1", "/recommended_structure/total_lessons") in findings(judge())
    assert judge().accepted


@pytest.mark.parametrize("total", [14, 23])
def test_a_lesson_sum_further_off_is_an_error(document: dict[str, Any], judge: Judge, total: int) -> None:
    document["recommended_structure"]["total_lessons"] = total
    assert ("error", "X1", "/recommended_structure/total_lessons") in findings(judge())


def test_fewer_than_ten_lessons_in_the_sections_are_an_error(
    document: dict[str, Any], sections: list[dict[str, Any]], judge: Judge
) -> None:
    for section, lessons in zip(sections, [3, 1, 1, 1, 1, 1, 1], strict=True):
        section["estimated_lessons"] = lessons
    document["recommended_structure"]["total_lessons"] = 10
    assert ("error", "X1", "/recommended_structure/total_lessons") in findings(judge())


def test_another_number_of_sections_is_an_error(document: dict[str, Any], judge: Judge) -> None:
    document["recommended_structure"]["total_sections"] = 8
    assert findings(judge()) == [("error", "X2", "/recommended_structure/total_sections")]


def test_two_sections_with_one_id_are_an_error(sections: list[dict[str, Any]], judge: Judge) -> None:
    sections[6]["section_id"] = "s1"
    assert findings(judge()) == [("error", "X3", f"{SECTIONS}/6/section_id")]


@pytest.mark.parametrize(
    "area", ["Lists and loops", "LISTS  and\u00a0loops", "\uff2cists and loops", "Li\ufb06s and loops"]
)
def test_two_sections_with_one_area_are_an_error(
    sections: list[dict[str, Any]], judge: Judge, area: str
) -> None:
    sections[4]["area"] = area
    assert findings(judge()) == [("error", "X3", f"{SECTIONS}/4/area")]


@pytest.mark.parametrize(
    ("index", "needed", "reason"),
    [(0, "s9", "no section"), (1, "s2", "itself"), (1, "s3", "comes later"), (0, "s7", "a cycle")],
)
def test_a_prerequisite_that_is_no_earlier_section_is_an_error(
    sections: list[dict[str, Any]], judge: Judge, index: int, needed: str, reason: str
) -> None:
    sections[index]["prerequisites"] = [needed]
    intake = judge()
    assert findings(intake) == [("error", "X4", f"{SECTIONS}/{index}/prerequisites")]
    assert reason in intake.problems[0].message


def test_a_prerequisite_may_name_an_assigned_id(sections: list[dict[str, Any]], judge: Judge) -> None:
    del sections[0]["section_id"]
    assert sections[1]["prerequisites"] == ["s1"]
    assert findings(judge()) == []


@pytest.mark.parametrize("hours", [6.0, 10.0])
def test_hours_within_a_quarter_are_no_problem(document: dict[str, Any], judge: Judge, hours: float) -> None:
    document["recommended_structure"]["estimated_content_hours"] = hours
    assert findings(judge()) == []


@pytest.mark.parametrize("hours", [5.9, 10.1])
def test_hours_further_off_are_a_warning(document: dict[str, Any], judge: Judge, hours: float) -> None:
    document["recommended_structure"]["estimated_content_hours"] = hours
    assert findings(judge()) == [("warning", "X5", "/recommended_structure/estimated_content_hours")]


def test_rules_pass_over_what_breaks_the_schema(
    document: dict[str, Any], sections: list[dict[str, Any]], judge: Judge
) -> None:
    sections[1]["estimated_lessons"] = "two"
    sections[2]["prerequisites"] = "s1"
    sections[3]["area"] = None
    document["recommended_structure"]["estimated_content_hours"] = "many"
    assert {problem.kind for problem in judge().problems} == {"schema"}
