"""Routing as pure functions: which tier starts a section, and what happens after each draft.

Source of the rules: the strategy's cascade (schema failures escalate at once, low alignment is retried
with feedback and then escalated, risk goes to the strongest tier). Nothing here does I/O, so every rule
is tested as a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from courseai.course.policy import LadderPolicy, Policy

Action = Literal["accept", "accept_with_flag", "retry", "escalate", "flag"]


CheckExit = Literal[
    "accept",
    "accept_with_flag",
    "flag_for_review",
    "retry_with_feedback",
    "escalate_schema_failure",
    "escalate_low_alignment",
    "escalate_inconsistent_answers",
    "escalate_terminology_drift",
    "escalate_contradicted_fact",
    "escalate_defective_text",
]
"""The nodes that a check can lead to; Studio shows them, so each trigger has a name of its own."""


class Reason(StrEnum):
    """Why a draft was accepted, tried again, escalated or flagged; the report's reason codes."""

    ALIGNED = "aligned"
    BORDERLINE_ALIGNMENT = "borderline_alignment"
    UNVERIFIED_ALIGNMENT = "unverified_alignment"
    LOW_ALIGNMENT = "low_alignment"
    SCHEMA_FAILURE = "schema_failure"
    INCONSISTENT_ANSWERS = "inconsistent_answers"
    TERMINOLOGY_DRIFT = "terminology_drift"
    CONTRADICTED_FACT = "contradicted_fact"
    DEFECTIVE_TEXT = "defective_text"
    UNAVAILABLE = "unavailable"
    REVIEWER_REQUEST = "reviewer_request"
    """A person asked for the highest quality: up front, or of what is written (nodes/regeneration.py)."""


_TRIGGER_EXIT: dict[Reason, CheckExit] = {
    Reason.SCHEMA_FAILURE: "escalate_schema_failure",
    Reason.LOW_ALIGNMENT: "escalate_low_alignment",
    Reason.INCONSISTENT_ANSWERS: "escalate_inconsistent_answers",
    Reason.TERMINOLOGY_DRIFT: "escalate_terminology_drift",
    Reason.CONTRADICTED_FACT: "escalate_contradicted_fact",
    Reason.DEFECTIVE_TEXT: "escalate_defective_text",
}
_ACTION_EXIT: dict[Action, CheckExit] = {
    "accept": "accept",
    "accept_with_flag": "accept_with_flag",
    "flag": "flag_for_review",
    "retry": "retry_with_feedback",
}


@dataclass(frozen=True)
class Findings:
    """What the checks found in the last draft, and where the section stands on its ladder."""

    tier: str
    retries: int = 0
    """Quality retries already spent on this tier."""
    available: bool = True
    """False when the tier and all of its fallbacks failed to answer."""
    schema_ok: bool = True
    alignment: float | None = None
    """Calibrated probability in [0, 1]; None where no calibration holds."""
    previous_alignment: float | None = None
    """Alignment of the draft before this one on the same tier."""
    agreement: float | None = None
    """Calibrated agreement of the samples in [0, 1]; None where nothing was sampled."""
    terms_ok: bool = True
    facts_ok: bool = True
    text_ok: bool = True
    """False for placeholders, cut or foreign text, broken code and wrong sums (docs/checks.md)."""


@dataclass(frozen=True)
class Decision:
    """What to do next. `tier` is where the next draft is written, None when none follows."""

    action: Action
    reason: Reason
    tier: str | None = None

    @property
    def exit(self) -> CheckExit:
        """The way out of the check node: the trigger's own node for an escalation, else the action's."""
        if self.action == "escalate":
            return _TRIGGER_EXIT[self.reason]
        return _ACTION_EXIT[self.action]


@dataclass(frozen=True)
class Start:
    """Where a section starts, and why."""

    tier: str
    reason: str


def starting_tier(
    complexity: int,
    has_template: bool,
    risk: str | None,
    ladder: LadderPolicy,
    *,
    highest_quality: bool = False,
) -> Start:
    """The first tier of a section: risk and a person's wish decide before complexity (1 to 10) does."""
    if risk is not None:
        return Start(ladder.risk_tier, f"risk: {risk}")
    if highest_quality:
        return Start(ladder.risk_tier, f"{Reason.REVIEWER_REQUEST}: highest quality")
    for tier in ladder.tiers:
        if complexity >= ladder.start_below.get(tier, 11):
            continue
        if tier in ladder.template_tiers and not has_template:
            continue
        return Start(
            tier, f"complexity {complexity}" + (" with a template" if has_template else ", no template")
        )
    return Start(ladder.tiers[-1], f"complexity {complexity}")


def next_tier(tier: str, ladder: LadderPolicy) -> str | None:
    """The tier above, or None at the top."""
    position = ladder.tiers.index(tier) + 1
    return ladder.tiers[position] if position < len(ladder.tiers) else None


def rewriting_tier(writer: str | None, ladder: LadderPolicy) -> str:
    """Who rewrites what a tier wrote: the one above, or the top for a fallback's text and the top's own."""
    above = next_tier(writer, ladder) if writer in ladder.tiers else None
    return above or ladder.tiers[-1]


def decide(findings: Findings, policy: Policy) -> Decision:
    """The next action for a section. Total: every combination of findings has exactly one answer."""
    if not findings.available:
        return Decision("flag", Reason.UNAVAILABLE)
    if trigger := _failed_check(findings, policy):
        return _escalate(findings.tier, trigger, policy)
    if findings.alignment is None:
        return Decision("accept_with_flag", Reason.UNVERIFIED_ALIGNMENT)
    if findings.alignment >= policy.alignment.accept:
        return Decision("accept", Reason.ALIGNED)
    if findings.alignment >= policy.alignment.accept_with_flag:
        return Decision("accept_with_flag", Reason.BORDERLINE_ALIGNMENT)
    if _retry_helps(findings, policy):
        return Decision("retry", Reason.LOW_ALIGNMENT, findings.tier)
    return _escalate(findings.tier, Reason.LOW_ALIGNMENT, policy)


def most_requests(policy: Policy) -> int:
    """Upper bound of requests in one pass over a section: its drafts, the first of which may be samples."""
    drafts = len(policy.ladder.tiers) * (1 + policy.retry.per_tier)
    return drafts + (policy.consistency.samples - 1 if policy.consistency.mode == "on" else 0)


def wants_samples(tier: str, complexity: int, policy: Policy) -> bool:
    """True where the policy checks answer consistency before the first draft is believed."""
    rule = policy.consistency
    return rule.mode == "on" and tier in rule.tiers and complexity >= rule.min_complexity


def _failed_check(findings: Findings, policy: Policy) -> Reason | None:
    """The first check that failed, in the order of how surely another draft is needed."""
    disagree = findings.agreement is not None and findings.agreement < policy.consistency.min_agreement
    checks = {
        Reason.SCHEMA_FAILURE: not findings.schema_ok,
        Reason.CONTRADICTED_FACT: not findings.facts_ok,
        Reason.DEFECTIVE_TEXT: not findings.text_ok,
        Reason.INCONSISTENT_ANSWERS: disagree,
        Reason.TERMINOLOGY_DRIFT: not findings.terms_ok,
    }
    return next((r for r, failed in checks.items() if failed and _is_on(r, policy)), None)


def _is_on(reason: Reason, policy: Policy) -> bool:
    """A schema failure cannot be switched off: there is nothing to accept."""
    return reason is Reason.SCHEMA_FAILURE or reason.value in policy.triggers


def _retry_helps(findings: Findings, policy: Policy) -> bool:
    if findings.retries >= policy.retry.per_tier:
        return False
    if findings.previous_alignment is None or findings.alignment is None:
        return True
    return findings.alignment - findings.previous_alignment >= policy.retry.min_gain


def _escalate(tier: str, reason: Reason, policy: Policy) -> Decision:
    above = next_tier(tier, policy.ladder)
    if above is None or not _is_on(reason, policy):
        return Decision("flag", reason)
    return Decision("escalate", reason, above)
