"""What a course will cost at list prices, before anything is paid: the least, and what is likely.

Token counts are those of runs with the offline author on the sample inputs, 2026-11-24: 1,700 tokens of
prompt a section and 1,150 tokens of answer a lesson; one lesson in three went to a model judge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from courseai.course.analysis import AnalysisResult
from courseai.course.plan import CoursePlan, SectionPlan
from courseai.course.policy import Policy
from courseai.models.complexity import course_complexity
from courseai.models.routing import starting_tier
from courseai.models.tiers import Tier, TierTable

_PROMPT_TOKENS = 1700
_METADATA_TOKENS = 900
_LESSON_TOKENS = 1150
_LEAST_PROMPT_TOKENS = 1000
_LEAST_METADATA_TOKENS = 400
_LEAST_LESSON_TOKENS = 300
"""A lesson of the least length that the schema takes, with three exercises."""
_JUDGED_SHARE = 1 / 3
_VERDICT_TOKENS = 100
_RETRIES = 1.2
"""Drafts for each draft that is kept: allows for one retry or escalation in five sections."""


@dataclass(frozen=True)
class Estimate:
    """USD at list prices."""

    least_usd: float
    """One short draft of everything by the cheapest tiers that the policy allows."""
    likely_usd: float
    """Drafts of common length by the tiers that routing starts with, some retries, judges."""


def estimate(analysis: AnalysisResult, plan: CoursePlan, policy: Policy, tiers: TierTable) -> Estimate:
    """Pure, and linear in the size of the course."""
    complexity = course_complexity(analysis, plan, policy.complexity)

    def starts_at(section: SectionPlan) -> Tier:
        found = complexity[section.section_id]
        start = starting_tier(
            found.score,
            found.has_template,
            section.risk,
            policy.ladder,
            highest_quality=section.highest_quality,
        )
        return tiers[start.tier]

    return Estimate(_least_usd(plan, policy, tiers, starts_at), _likely_usd(plan, policy, tiers, starts_at))


def _least_usd(
    plan: CoursePlan, policy: Policy, tiers: TierTable, starts_at: Callable[[SectionPlan], Tier]
) -> float:
    cheapest, allowed = tiers[policy.ladder.tiers[0]], policy.budget.cheaper_tier
    metadata = cheapest if "metadata" in allowed else tiers[policy.metadata.tier]
    drafts = sum(
        (cheapest if "sections" in allowed else starts_at(section)).price_usd(
            _LEAST_PROMPT_TOKENS, _LEAST_LESSON_TOKENS * len(section.lessons)
        )
        for section in plan.sections
    )
    return metadata.price_usd(_LEAST_PROMPT_TOKENS, _LEAST_METADATA_TOKENS) + drafts


def _likely_usd(
    plan: CoursePlan, policy: Policy, tiers: TierTable, starts_at: Callable[[SectionPlan], Tier]
) -> float:
    drafts = sum(
        starts_at(section).price_usd(_PROMPT_TOKENS, _LESSON_TOKENS * len(section.lessons))
        for section in plan.sections
    )
    metadata = tiers[policy.metadata.tier].price_usd(_PROMPT_TOKENS, _METADATA_TOKENS)
    prompt_tokens = _LESSON_TOKENS + _PROMPT_TOKENS // 2
    verdicts = [tiers[name].price_usd(prompt_tokens, _VERDICT_TOKENS) for name in policy.judge.tiers]
    judged = _JUDGED_SHARE * plan.lesson_count * sum(verdicts) / len(verdicts)
    return metadata + _RETRIES * drafts + judged
