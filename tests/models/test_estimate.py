"""What a course will cost, before anything is paid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from courseai.course.analysis import AnalysisResult
from courseai.course.intake import validate_value
from courseai.course.plan import CoursePlan, plan_course
from courseai.course.policy import BudgetPolicy, Policy, default_policy
from courseai.models.estimate import Estimate, estimate
from courseai.models.tiers import load_tiers

INPUTS = sorted((Path(__file__).parents[1] / "data" / "inputs").glob("*.json"))


def planned(path: Path, times: int = 1) -> tuple[AnalysisResult, CoursePlan]:
    """A real course, its lessons multiplied."""
    document: dict[str, Any] = json.loads(path.read_bytes())
    intake = validate_value(document, language=None)
    assert intake.analysis is not None
    assert intake.language is not None
    plan = plan_course(intake.analysis, intake.language)
    sections = [section.model_copy(update={"lessons": section.lessons * times}) for section in plan.sections]
    return intake.analysis, plan.model_copy(update={"sections": sections})


def estimated(path: Path, times: int = 1, policy: Policy | None = None) -> Estimate:
    return estimate(*planned(path, times), policy or default_policy(), load_tiers())


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_the_default_ceiling_has_room_for_every_sample(path: Path) -> None:
    cost = estimated(path)
    assert cost.least_usd < cost.likely_usd < default_policy().budget.ceiling_usd / 3


def test_more_lessons_cost_more() -> None:
    one, many = estimated(INPUTS[0]), estimated(INPUTS[0], times=50)
    assert one.least_usd < many.least_usd
    assert 20 * one.likely_usd < many.likely_usd


def test_where_no_cheaper_tier_may_stand_in_the_least_is_what_routing_starts_with() -> None:
    shipped = default_policy()
    budget = BudgetPolicy(**shipped.budget.model_dump() | {"cheaper_tier": []})
    strict = estimated(INPUTS[0], policy=shipped.model_copy(update={"budget": budget}))
    assert strict.least_usd > estimated(INPUTS[0]).least_usd
    assert strict.likely_usd == estimated(INPUTS[0]).likely_usd
