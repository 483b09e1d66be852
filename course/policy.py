"""Every threshold and limit of routing, quality and availability, as one versioned file.

`default_policy.json` beside this file is what ships. A policy file given by the user is checked here,
and the hash of what was used stands on every report, so two results can be compared honestly.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from courseai.course.errors import SettingsError

Share = Annotated[float, Field(ge=0, le=1)]
TierName = str
SpendingPhase = Literal["metadata", "sections", "judge"]
TriggerName = Literal[
    "schema_failure",
    "low_alignment",
    "inconsistent_answers",
    "terminology_drift",
    "contradicted_fact",
    "defective_text",
]


class Settings(BaseModel):
    """Base of every block: unknown keys are mistakes, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LadderPolicy(Settings):
    """Which tier a section starts at, and which comes next."""

    tiers: Annotated[list[TierName], Field(min_length=1)]
    """Cheapest first; a section only ever climbs."""
    start_below: dict[TierName, Annotated[int, Field(ge=1, le=11)]]
    """A section starts at the first tier whose bound its complexity (1 to 10) is below."""
    template_tiers: list[TierName]
    """Tiers that a section may start at only when it has a template."""
    risk_tier: TierName
    """Where safety-critical, legal and reviewer-requested sections go at once."""

    @model_validator(mode="after")
    def _names_known_tiers_once(self) -> Self:
        if len(set(self.tiers)) < len(self.tiers):
            raise ValueError("ladder names a tier twice, so a section could climb for ever")
        named = {*self.start_below, *self.template_tiers, self.risk_tier}
        if unknown := named - set(self.tiers):
            raise ValueError(f"ladder names tiers that are not in its list: {sorted(unknown)}")
        return self


SIGNALS = (
    "bloom_level",
    "abstract_concepts",
    "multi_step_reasoning",
    "synthesis",
    "domain_specificity",
    "interconnected_concepts",
    "prerequisite_depth",
    "novelty",
    "progression",
    "difficulty",
)
"""What the complexity score is made of (models/complexity.py)."""


class ComplexityPolicy(Settings):
    """How the signals, each in [0, 1], become a score from 1 to 10."""

    weights: dict[str, Share]
    """One for each signal; together 1."""
    floor: Share
    """Weighted mean of the signals that scores 1. Fitted: tests/bench/calibrate_complexity.py."""
    ceiling: Share
    """Weighted mean that scores 10. Fitted with it."""

    @model_validator(mode="after")
    def _weighs_every_signal(self) -> Self:
        if set(self.weights) != set(SIGNALS):
            raise ValueError(f"complexity weights must name exactly: {', '.join(SIGNALS)}")
        if abs(sum(self.weights.values()) - 1) > 1e-6:
            raise ValueError("complexity weights must add up to 1")
        if self.floor >= self.ceiling:
            raise ValueError("complexity floor must be below its ceiling")
        return self


class AlignmentPolicy(Settings):
    """Cut-offs for the calibrated alignment score, a probability in [0, 1]."""

    accept: Share
    """At least this: accepted."""
    accept_with_flag: Share
    """At least this: accepted, marked for review. Below: retried, then escalated."""
    borderline: Share
    """Below this a lesson fails outright; from here to `accept` a model judge may decide."""
    section: Literal["mean", "lowest"]
    """What stands for a section at its gates: its lessons' mean, or the lowest of them (docs/routing.md)."""

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if not self.borderline <= self.accept_with_flag <= self.accept:
            raise ValueError("alignment cut-offs must satisfy borderline <= accept_with_flag <= accept")
        return self


class RetryPolicy(Settings):
    """Retries for quality, on the same tier with feedback."""

    per_tier: Annotated[int, Field(ge=0, le=5)]
    min_gain: Share
    """A retry goes on only while the last one raised alignment by at least this much."""


class ConsistencyPolicy(Settings):
    """Mixture of thought: several samples on a cheap tier must agree."""

    mode: Literal["off", "on"]
    tiers: list[TierName]
    min_complexity: Annotated[int, Field(ge=1, le=10)]
    """Only sections at least this complex are sampled: on simpler ones it does not pay."""
    samples: Annotated[int, Field(ge=2, le=7)]
    min_agreement: Share
    """Calibrated agreement (probability) from which the most central sample is taken."""


class MetadataPolicy(Settings):
    """Who writes the metadata, and how often it is asked."""

    tier: TierName
    attempts: Annotated[int, Field(ge=1, le=5)]


class JudgePolicy(Settings):
    """Model judges, for the lessons that embeddings cannot decide."""

    tiers: Annotated[list[TierName], Field(min_length=1)]
    """First judge, then the one that is asked where the first is not convinced."""
    stand_ins: list[TierName]
    """Asked instead of a judge that wrote the lesson itself."""
    accept: Share
    """Overall score from which the first judge's word is enough."""
    fail_below: Share
    """Overall score of the last judge under which a lesson fails."""


class CoursePolicy(Settings):
    """Bounds of the whole course."""

    min_lessons: Annotated[int, Field(ge=1, le=300)]
    fill_attempts: Annotated[int, Field(ge=0, le=3)]
    """How often sections that came back short are asked again."""
    rewrite_attempts: Annotated[int, Field(ge=0, le=3)]
    """How often failed lessons are rewritten before a person has to decide."""
    requires_revision_below: Share
    """Course pass rate (share of lessons) under which it needs revision."""


class ExercisePolicy(Settings):
    """Rewrites of single exercises by a model."""

    rewrite_attempts: Annotated[int, Field(ge=0, le=3)]
    """Rounds in which flawed exercises are rewritten; one that stays blocked is dropped or flagged."""
    leak_rewrites: Annotated[int, Field(ge=0, le=1000)]
    """Exercises of a course that are rewritten in a round because their wording gives the key away."""


class ReviewPolicy(Settings):
    """What a person is asked, and what the review mode `auto` decides alone."""

    approve_alignment: Share
    """`auto` approves a borderline section or lesson from this alignment on, unless it is at risk."""
    approve_judged: Share
    """The same for the last model judge's overall score of a lesson."""
    auto_rest: Literal["flag", "ask"]
    """What `auto` does with everything else: mark it and go on, or stop for a person."""
    regenerations: Annotated[int, Field(ge=0, le=10)]
    """How often one item may be written anew on a reviewer's word; then approve, edit or reject remain."""


LARGEST_USD = 10_000
"""No ceiling is higher: a slip of the pen is no blank cheque. And no call is believed to cost more."""


class BudgetPolicy(Settings):
    """What a run may spend. The ceiling is hard: a call whose worst case does not fit is not sent."""

    ceiling_usd: Annotated[float, Field(gt=0, le=LARGEST_USD, allow_inf_nan=False)]
    """For runs that name no ceiling of their own."""
    target_usd: Annotated[float, Field(gt=0, le=LARGEST_USD, allow_inf_nan=False)]
    """What a course should cost; shown beside what it does cost, and never enforced."""
    shares: dict[SpendingPhase, Share]
    """Of the ceiling, by phase. A phase that has spent its share goes on, one tier cheaper if it may."""
    cheaper_tier: list[SpendingPhase]
    """Phases in which a cheaper tier may stand in where money is short. Elsewhere the run stops instead."""

    @model_validator(mode="after")
    def _shares_are_a_division(self) -> Self:
        if set(self.shares) != set(get_args(SpendingPhase)):
            raise ValueError(f"budget shares must name exactly: {', '.join(get_args(SpendingPhase))}")
        if sum(self.shares.values()) > 1 + 1e-9:
            raise ValueError("budget shares must add up to at most 1; what is left is for all phases")
        return self


class AvailabilityPolicy(Settings):
    """What the gateway does when a provider fails; apart from quality."""

    attempts: Annotated[int, Field(ge=1, le=10)]
    """Calls to one model before its fallback is asked (the first one included)."""
    backoff_s: Annotated[list[Annotated[float, Field(ge=0)]], Field(min_length=1)]
    """Seconds to wait before each further attempt."""
    jitter: Share
    """Random share added to a wait, so that many clients do not return together."""
    max_wait_s: Annotated[float, Field(ge=0)]
    """The longest Retry-After that is honoured; a longer one goes to the fallback at once."""
    timeout_s: Annotated[float, Field(gt=0)]
    breaker_failures: Annotated[int, Field(ge=1)]
    """Consecutive failures that open the circuit breaker."""
    breaker_cooldown_s: Annotated[float, Field(ge=0)]
    concurrency: Annotated[int, Field(ge=1, le=5000)]
    """Calls in flight to one provider at once."""


class OutputPolicy(Settings):
    """How long answers may be, in tokens."""

    metadata_tokens: Annotated[int, Field(ge=100)]
    tokens_per_lesson: Annotated[int, Field(ge=100)]
    judge_tokens: Annotated[int, Field(ge=100)]
    exercise_tokens: Annotated[int, Field(ge=100)]


class Policy(Settings):
    """The whole policy. `version` is a label for people, `fingerprint` is what identifies it."""

    version: Annotated[str, Field(min_length=1, max_length=60)]
    ladder: LadderPolicy
    complexity: ComplexityPolicy
    alignment: AlignmentPolicy
    retry: RetryPolicy
    triggers: list[TriggerName]
    """Escalation triggers that are switched on."""
    consistency: ConsistencyPolicy
    metadata: MetadataPolicy
    judge: JudgePolicy
    course: CoursePolicy
    exercises: ExercisePolicy
    review: ReviewPolicy
    budget: BudgetPolicy
    availability: AvailabilityPolicy
    output: OutputPolicy

    @property
    def fingerprint(self) -> str:
        """First 16 hex digits of the sha256 of the policy's canonical JSON."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    @property
    def tier_names(self) -> list[TierName]:
        """Every tier that the policy cannot do without, each once."""
        named = *self.ladder.tiers, self.metadata.tier, *self.judge.tiers
        return list(dict.fromkeys(named))


@cache
def default_policy() -> Policy:
    """The policy that ships with the package."""
    text = resources.files("courseai.course").joinpath("default_policy.json").read_text("utf-8")
    return Policy.model_validate_json(text)


def load_policy(path: Path) -> Policy:
    """Read a policy file. Raises `SettingsError` naming the file and every wrong key."""
    try:
        return Policy.model_validate_json(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"Cannot read the policy file {path}: {error.strerror}.") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise SettingsError(f"The policy file {path} is not valid: {_summary(error)}") from error


def _summary(error: ValidationError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8."
    return "; ".join(f"{'.'.join(map(str, item['loc'])) or 'file'}: {item['msg']}" for item in error.errors())
