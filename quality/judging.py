"""The strategy's rule set for verdicts: embeddings first, a model at the border, a stronger one in doubt.

Two slips of the published rules are mended: REVIEW_REQUIRED counts as flagged, and an empty course is an
error instead of a division by zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from courseai.course.bloom import bloom_level, bloom_rank
from courseai.course.judgement import LessonJudgement
from courseai.course.metadata import BloomLevel
from courseai.course.policy import Policy
from courseai.course.verdict import Status, embedding_status
from courseai.models.tiers import TierTable
from courseai.quality.alignment import Alignment

_HIGHER_ORDER = bloom_rank(BloomLevel.ANALYZE)

Cause = Literal["borderline", "unverified", "higher_order"]


@dataclass(frozen=True)
class Opinion:
    """One judgement and who gave it."""

    tier: str
    """The tier that answered, which a fallback may be."""
    judgement: LessonJudgement
    by_writer: bool = False
    """Its model wrote the lesson: no other was there."""


def judge_cause(score: Alignment, language: str, policy: Policy) -> Cause | None:
    """Why embeddings cannot decide alone, or None where they can.

    Below the borderline they can (FAIL). From `accept` on they can as well, unless an objective at Analyze
    or above is not clearly supported by itself: surface similarity says little then, whatever the lesson's
    other objectives lend it. docs/checks.md has what this rule rests on.
    """
    cut = policy.alignment
    if score.score is None:
        return "unverified"
    if score.score < cut.borderline:
        return None
    if score.score < cut.accept:
        return "borderline"
    unclear = [item.objective for item in score.per_objective if (item.probability or 0.0) < cut.accept]
    return "higher_order" if any(_is_higher_order(text, language) for text in unclear) else None


def judge_tiers(writer: str | None, policy: Policy, tiers: TierTable) -> list[str]:
    """First and second judge: the policy's, and a stand-in in the place of the one that wrote.

    So the strongest judge keeps the second word. The writer judges only where there is no other.
    """
    spare = [tier for tier in policy.judge.stand_ins if tier not in {writer, *policy.judge.tiers}]
    stand_in = [tier for tier in spare if tier in tiers.by_name][:1]
    named = [judge for tier in policy.judge.tiers for judge in (stand_in if tier == writer else [tier])]
    return named or list(policy.judge.tiers)


def judged_status(
    alignment: float | None, cause: Cause, opinions: Sequence[Opinion], policy: Policy
) -> Status:
    """The verdict after the judges spoke: first judge, and the second where the first was below its cut.

    Without any opinion (no judge could be reached or understood) embeddings have the word, except that
    nothing passes unseen: at best REVIEW_REQUIRED.
    """
    if not opinions:
        return (
            Status.FAIL
            if embedding_status(alignment, policy.alignment) is Status.FAIL
            else Status.REVIEW_REQUIRED
        )
    if len(opinions) == 1 and opinions[0].judgement.overall >= policy.judge.accept:
        return Status.PASS if cause == "higher_order" else Status.PASS_WITH_FLAG
    last = opinions[-1].judgement.overall
    return Status.FAIL if last < policy.judge.fail_below else Status.REVIEW_REQUIRED


def asks_again(opinion: Opinion, policy: Policy) -> bool:
    """True when the first judge is not convinced, so that a stronger one has to look."""
    return opinion.judgement.overall < policy.judge.accept


def _is_higher_order(objective: str, language: str) -> bool:
    level = bloom_level(objective, language)
    return level is not None and bloom_rank(level) >= _HIGHER_ORDER
