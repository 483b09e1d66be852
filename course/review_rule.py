"""The three review modes: which one waits for a person, and what `auto` approves by the policy. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from courseai.course.policy import Policy
from courseai.course.review import AT_RISK, ReviewItem
from courseai.course.review_answer import ReviewDecision
from courseai.course.state import CourseState, ReviewMode
from courseai.course.verdict import PASSING


def waits_for_person(review: ReviewMode, policy: Policy) -> bool:
    """True where the run stops for what is flagged: `ask`, and `auto` under a policy that says so."""
    return review == "ask" or (review == "auto" and policy.review.auto_rest == "ask")


def approved_by_rule(items: Sequence[ReviewItem], state: CourseState, policy: Policy) -> list[ReviewDecision]:
    """What `auto` approves: borderline sections and lessons that reach a threshold and are not at risk."""
    by = f"policy {policy.version}"
    reasons = {item: _reason(item, state, policy) for item in items}
    return [ReviewDecision(item, "approve", reason, by) for item, reason in reasons.items() if reason]


def _reason(item: ReviewItem, state: CourseState, policy: Policy) -> str:
    """Which threshold it reaches, empty for none. Whoever asked for a rewrite wants to see it."""
    if item.risk == AT_RISK or item.item_id in state.get("reviewed", {}):
        return ""
    if item.kind == "section":
        outcome = state["sections"][item.subject]
        is_borderline = outcome["status"] == "accepted_with_flag" and len(item.reasons) == 1
        return _reached("alignment", outcome["alignment"], policy.review.approve_alignment, is_borderline)
    if item.kind != "lesson":
        return ""
    verdict = state["verdicts"][item.subject]
    passes = verdict["status"] in PASSING
    judged = verdict["opinions"][-1]["overall"] if verdict["opinions"] else None
    return _reached("alignment", verdict["alignment"], policy.review.approve_alignment, passes) or _reached(
        "judged", judged, policy.review.approve_judged, passes
    )


def _reached(name: str, score: float | None, least: float, eligible: bool) -> str:
    if not eligible or score is None or score < least:
        return ""
    return f"{name} {score:.2f} reaches {least:.2f}"
