"""What the automatic work on one course came to, in figures: no content, plain and small. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from courseai.course.verdict import Status


@dataclass(frozen=True)
class Escalation:
    """One climb to a higher tier."""

    from_tier: str
    reason: str
    to_tier: str


@dataclass(frozen=True)
class DraftFigures:
    """One draft of a section."""

    tier: str
    """The tier that was asked."""
    alignment: float | None
    """Calibrated probability in [0, 1]; None where it could not be scored."""
    action: str
    """What was decided on it (models/routing.py)."""
    reason: str


@dataclass(frozen=True)
class SectionFigures:
    """One section's way through the tiers."""

    section_id: str
    complexity: int | None
    """1 to 10; None where this process did not see it scored."""
    start_tier: str
    tier: str | None
    """Who wrote what was kept; None where nothing was."""
    status: str
    """accepted, accepted_with_flag or flagged."""
    reason: str
    alignment: float | None
    """Of the draft that was kept; None where it could not be scored, or nothing was kept."""
    drafts: tuple[DraftFigures, ...]
    escalations: tuple[Escalation, ...]


@dataclass(frozen=True)
class LessonFigures:
    """The verdict on one lesson."""

    lesson_id: str
    section_id: str
    status: Status
    method: str
    """What decided: "rule", "embedding", or the tier of the model that judged."""
    alignment: float | None
    judge_scores: tuple[tuple[str, float], ...]
    """Tier and overall score in [0, 1] of each model judge, in the order in which they were asked."""

    @property
    def is_flagged(self) -> bool:
        """Whether a person should look at it."""
        return self.status is not Status.PASS


@dataclass(frozen=True)
class CourseFigures:
    """A course as the machine leaves it: before a person decides on anything."""

    run_id: str
    sections: tuple[SectionFigures, ...]
    lessons: tuple[LessonFigures, ...]
    bloom_compliance: float | None
    """Share of outcomes whose claimed level is at most one from the detected, in [0, 1]; None unverified."""
    outcomes: int
    outcomes_covered: int
    """Those that a lesson teaches and an exercise checks."""

    @property
    def outcomes_uncovered(self) -> int:
        """Those with a hole."""
        return self.outcomes - self.outcomes_covered

    @property
    def escalated_sections(self) -> int:
        """Sections that climbed at least once."""
        return sum(bool(section.escalations) for section in self.sections)

    @property
    def flagged_lessons(self) -> int:
        """Lessons that did not pass outright."""
        return sum(lesson.is_flagged for lesson in self.lessons)

    @property
    def alignments(self) -> dict[str, list[float]]:
        """Scores by phase: `sections` has those of the sections as kept, `judge` of the lessons as judged."""
        sections = [section.alignment for section in self.sections]
        lessons = [lesson.alignment for lesson in self.lessons]
        return {
            "sections": [score for score in sections if score is not None],
            "judge": [score for score in lessons if score is not None],
        }


def section_figures(outcome: Mapping[str, Any], complexity: int | None) -> SectionFigures:
    """Of a section's entry in the state or in the report."""
    drafts = tuple(_draft(record) for record in outcome["drafts"])
    climbs = [record for record in outcome["drafts"] if record["decision"]["action"] == "escalate"]
    return SectionFigures(
        section_id=outcome["section_id"],
        complexity=complexity,
        start_tier=outcome["start_tier"],
        tier=outcome["tier"],
        status=outcome["status"],
        reason=outcome["reason"],
        alignment=outcome["alignment"],
        drafts=drafts,
        escalations=tuple(
            Escalation(record["tier"], record["decision"]["reason"], record["decision"]["next_tier"])
            for record in climbs
        ),
    )


def lesson_figures(verdicts: Sequence[Mapping[str, Any]]) -> tuple[LessonFigures, ...]:
    """Of the verdicts in the state or in the report."""
    return tuple(
        LessonFigures(
            lesson_id=verdict["lesson_id"],
            section_id=verdict["section_id"],
            status=Status(verdict["status"]),
            method=verdict["method"],
            alignment=verdict["alignment"],
            judge_scores=tuple((opinion["tier"], opinion["overall"]) for opinion in verdict["opinions"]),
        )
        for verdict in verdicts
    )


def covered(coverage: Mapping[str, Any]) -> tuple[int, int]:
    """Outcomes of the matrix (quality/coverage.py), and those that are taught and assessed."""
    rows = coverage.get("outcomes", ())
    return len(rows), sum(bool(row["lessons"]) and row["exercises"] > 0 for row in rows)


def _draft(record: Mapping[str, Any]) -> DraftFigures:
    decision = record["decision"]
    return DraftFigures(record["tier"], record.get("alignment"), decision["action"], decision["reason"])
