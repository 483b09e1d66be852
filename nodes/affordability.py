"""Whether a planned course can be paid for, asked before anything is."""

from __future__ import annotations

from courseai.course.errors import BudgetExceededError
from courseai.course.problem import Problem
from courseai.models.estimate import Estimate

_POINTER = "/recommended_structure/total_lessons"


def check_affordable(run_id: str, lessons: int, estimate: Estimate, ceiling_usd: float) -> Problem | None:
    """A warning where the course is likely to cost more than its ceiling, in USD.

    Raises `BudgetExceededError` where it cannot cost less: not even by the cheapest tiers.
    """
    if estimate.least_usd > ceiling_usd:
        raise BudgetExceededError(
            f"{lessons} lessons cannot be written under a ceiling of ${ceiling_usd:.4f}: at list prices even "
            f"short drafts by the cheapest models come to ${estimate.least_usd:.4f}, and "
            f"${estimate.likely_usd:.4f} are likely. Nothing was spent.",
            run_id=run_id,
            charged_usd=0.0,
            ceiling_usd=ceiling_usd,
            enough_usd=max(estimate.least_usd, estimate.likely_usd),
        )
    if estimate.likely_usd <= ceiling_usd:
        return None
    return Problem(
        severity="warning",
        kind="rule",
        rule="",
        pointer=_POINTER,
        message=f"{lessons} lessons are likely to cost about ${estimate.likely_usd:.2f} at list prices, more "
        f"than the ceiling of ${ceiling_usd:.2f}.",
        remedy="Give a higher budget; else sections move to cheaper tiers, and the run may stop "
        "before its end.",
    )
