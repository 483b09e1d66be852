"""Which sections are at risk (rule X8)."""

from __future__ import annotations

from typing import Any

import pytest

from courseai.course.analysis import AnalysisResult
from courseai.course.errors import SettingsError
from courseai.course.risk import check_highest_quality, needs_sign_off, section_risk


@pytest.mark.parametrize(
    ("risk", "flag", "expected"),
    [
        ("none", None, (None, False)),
        ("none", "safety_critical", (None, False)),
        ("legal", None, ("legal", False)),
        ("legal", "legal_or_regulatory", ("legal", True)),
        ("medical", "safety_critical", ("medical", True)),
        (None, None, (None, False)),
        (None, "safety_critical", ("compliance", True)),
        (None, "legal_or_regulatory", ("compliance", True)),
    ],
)
def test_risk_and_compliance_decide(
    document: dict[str, Any],
    sections: list[dict[str, Any]],
    risk: str | None,
    flag: str | None,
    expected: tuple[str | None, bool],
) -> None:
    sections[0].pop("risk")
    if risk is not None:
        sections[0]["risk"] = risk
    if flag is not None:
        document["compliance"][flag] = True
    analysis = AnalysisResult.model_validate(document)
    section = analysis.sections[0]
    assert (section_risk(analysis, section), needs_sign_off(analysis, section)) == expected


def test_a_course_that_says_nothing_about_compliance_is_not_under_it(document: dict[str, Any]) -> None:
    del document["compliance"]
    analysis = AnalysisResult.model_validate(document)
    assert not needs_sign_off(analysis, analysis.sections[0])


def test_highest_quality_for_a_section_that_is_not_there_is_told_with_those_that_are(
    document: dict[str, Any], sections: list[dict[str, Any]]
) -> None:
    analysis = AnalysisResult.model_validate(document)
    ids = [section["section_id"] for section in sections]
    check_highest_quality(analysis, ids)
    with pytest.raises(SettingsError, match=rf"for “s77”, but no section.*The sections are {ids[0]}"):
        check_highest_quality(analysis, [ids[0], "s77"])
