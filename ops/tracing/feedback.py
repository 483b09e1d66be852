"""Verdicts of judges and decisions of reviewers as feedback on the trace of a course. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from courseai.course.verdict import PASSING

JUDGE_VERDICT = "judge_verdict"
REVIEW_DECISION = "review_decision"


@dataclass(frozen=True)
class Feedback:
    """One judgement of a part of a course."""

    key: str
    score: int
    """1 for what passed or was approved as it was, else 0: the mean, which LangSmith shows, is the share."""
    value: str
    """The verdict or the decision."""
    comment: str
    """Why, in words: content."""
    source: dict[str, str]
    """What it is about and who said it: ids and tiers, and a person's name."""

    def without_content(self) -> Feedback:
        """The same without words and without the name of a person."""
        kept = {key: value for key, value in self.source.items() if key != "by"}
        return replace(self, comment="", source=kept)


def verdict_feedback(verdicts: Mapping[str, Mapping[str, Any]]) -> list[Feedback]:
    """One for each lesson: what embeddings, rules or model judges say of it."""
    return [
        Feedback(
            JUDGE_VERDICT,
            int(verdict["status"] in PASSING),
            verdict["status"],
            verdict["reason"],
            {"lesson_id": lesson_id, "section_id": verdict["section_id"], "method": verdict["method"]},
        )
        for lesson_id, verdict in verdicts.items()
    ]


def decision_feedback(decisions: Sequence[Mapping[str, Any]]) -> list[Feedback]:
    """One for each decision of a person, or of the rule that stands in for one."""
    return [
        Feedback(
            REVIEW_DECISION,
            int(decision["type"] == "approve"),
            decision["type"],
            decision["message"] or "",
            {"item_id": decision["item_id"], "kind": decision["kind"], "by": decision["by"]},
        )
        for decision in decisions
    ]
