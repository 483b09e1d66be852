"""Verdicts on lessons, and the rules that give them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from courseai.course.policy import AlignmentPolicy


class Status(StrEnum):
    """The strategy's four verdicts."""

    PASS = "PASS"
    PASS_WITH_FLAG = "PASS_WITH_FLAG"
    REVIEW_REQUIRED = "REVIEW_REQUIRED"
    FAIL = "FAIL"


PASSING = (Status.PASS, Status.PASS_WITH_FLAG)


@dataclass(frozen=True)
class Verdict:
    """What the judge says of one lesson."""

    lesson_id: str
    section_id: str
    status: Status
    method: str
    """What decided: "rule" (a blocking defect), "embedding", or the tier of the model that judged."""
    alignment: float | None
    """Calibrated probability in [0, 1]; None where no calibration holds."""
    raw_cosine: float | None
    reason: str
    cause: str | None = None
    """Why a model had to judge: borderline, unverified or higher_order."""
    codes: list[str] = field(default_factory=list)
    """Every check that stands against the lesson: codes of defects (docs/checks.md), "low_alignment" (under
    the cut-off that drafts are sent back at), "judge_not_convinced"."""
    concerns: list[str] = field(default_factory=list)
    """What a rewrite has to mend."""
    opinions: list[dict[str, Any]] = field(default_factory=list)
    """What the model judges said, in the order in which they were asked."""
    objectives: list[dict[str, Any]] = field(default_factory=list)
    defects: list[dict[str, Any]] = field(default_factory=list)
    """What the checks without a model found, blocking or not (docs/checks.md)."""
    claims: list[dict[str, Any]] = field(default_factory=list)
    """Facts, formulae and outputs of code: verified, contradicted or unverifiable."""

    @property
    def is_flagged(self) -> bool:
        """True for everything but a plain PASS."""
        return self.status is not Status.PASS

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self) | {"status": self.status.value}


def embedding_status(alignment: float | None, policy: AlignmentPolicy) -> Status:
    """The verdict that embeddings alone can give; unverified and borderline need a better judge."""
    if alignment is None:
        return Status.REVIEW_REQUIRED
    if alignment >= policy.accept:
        return Status.PASS
    if alignment >= policy.accept_with_flag:
        return Status.PASS_WITH_FLAG
    if alignment >= policy.borderline:
        return Status.REVIEW_REQUIRED
    return Status.FAIL


def pass_rate(statuses: Iterable[str]) -> float:
    """Share of lessons that pass, in [0, 1]. Raises ValueError for an empty course."""
    passed = [status in PASSING for status in statuses]
    if not passed:
        raise ValueError("a course without lessons has no pass rate")
    return sum(passed) / len(passed)
