"""What a course that an input asks for will cost, told before anything is paid."""

from __future__ import annotations

from typing import Any

from courseai.course.intake import Intake
from courseai.course.plan import plan_course
from courseai.course.policy import default_policy
from courseai.models.estimate import estimate
from courseai.models.tiers import load_tiers
from courseai.service.money import usd


def expected_cost(intake: Intake) -> dict[str, Any] | None:
    """Lessons, and USD at list prices under the shipped policy; None for a rejected input."""
    if intake.analysis is None or intake.language is None:
        return None
    plan, policy = plan_course(intake.analysis, intake.language), default_policy()
    expected = estimate(intake.analysis, plan, policy, load_tiers())
    return {
        "lessons": plan.lesson_count,
        "likely_usd": round(expected.likely_usd, 4),
        "least_usd": round(expected.least_usd, 4),
        "ceiling_usd": policy.budget.ceiling_usd,
    }


def in_words(cost: dict[str, Any]) -> str:
    """One line for people."""
    likely, least, ceiling = (usd(cost[f"{name}_usd"]) for name in ("likely", "least", "ceiling"))
    line = f"{cost['lessons']} lessons, likely to cost about {likely} at list prices, and {least} at least"
    if cost["likely_usd"] <= cost["ceiling_usd"]:
        return f"{line}."
    return f"{line}: more than the ceiling of {ceiling} that a run has unless you give --budget."
