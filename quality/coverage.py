"""Does every outcome have lessons that teach it and exercises that check it?

The chain is outcome, lesson, exercise: a lesson counts for an outcome when its section is named by the
outcome and alignment says that the lesson teaches it (or, where no calibration holds, when the section
is named). An outcome that joins many lessons is taught by none alone: then the lesson nearest to it
counts, marked as weak. An outcome without a lesson or without an exercise is a hole in the course.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from courseai.course.metadata import LearningOutcome
from courseai.course.section import Section
from courseai.quality.alignment import AlignmentScorer, LessonText, ObjectiveAlignment

TAUGHT = 0.5
"""Probability from which a lesson counts for an outcome: more likely than not. An outcome is broader
than a lesson, so the cut-offs for a lesson's own objectives would leave most outcomes uncovered."""
RELATED = 0.35
"""Cosine of the nearest sentence from which a lesson is about an outcome's subject at all: lessons of one
book reach 0.23 to 0.26 with each other's objectives, foreign subjects 0.1."""


@dataclass(frozen=True)
class OutcomeCoverage:
    """One row of the matrix."""

    outcome: str
    bloom_level: str
    lessons: dict[str, float | None]
    """Lessons that teach it, with the probability in [0, 1] or None where it is unverified."""
    exercises: int
    """Exercises in those lessons."""
    is_weak: bool
    """True when no lesson reaches the bar and the nearest one stands in."""

    @property
    def is_taught(self) -> bool:
        """True when at least one lesson teaches it."""
        return bool(self.lessons)

    @property
    def is_assessed(self) -> bool:
        """True when at least one exercise checks it."""
        return self.exercises > 0


@dataclass(frozen=True)
class Coverage:
    """The whole matrix."""

    outcomes: tuple[OutcomeCoverage, ...]
    orphan_lessons: tuple[str, ...]
    """Lessons that serve no outcome."""

    @property
    def holes(self) -> list[str]:
        """Outcomes that nothing teaches or nothing checks, each as a sentence for a person."""
        taught = [f"No lesson teaches: {row.outcome}" for row in self.outcomes if not row.is_taught]
        checked = [
            f"No exercise checks: {row.outcome}"
            for row in self.outcomes
            if row.is_taught and not row.is_assessed
        ]
        return taught + checked

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON, with the holes."""
        return asdict(self) | {"holes": self.holes}


def course_coverage(
    outcomes: Sequence[LearningOutcome], sections: Sequence[Section], scorer: AlignmentScorer, language: str
) -> Coverage:
    """The matrix of a finished course; blocks while the outcomes are encoded."""
    evidence = _evidence(outcomes, sections, scorer, language)
    exercises = {lesson.lesson_id: len(lesson.exercises) for s in sections for lesson in s.lessons}
    rows = tuple(_row(outcome, evidence[outcome.text], exercises) for outcome in outcomes)
    serving = {lesson_id for row in rows for lesson_id in row.lessons}
    return Coverage(rows, tuple(lesson_id for lesson_id in exercises if lesson_id not in serving))


def _row(
    outcome: LearningOutcome, evidence: Mapping[str, ObjectiveAlignment], exercises: Mapping[str, int]
) -> OutcomeCoverage:
    taught = {
        lesson_id: item.probability
        for lesson_id, item in evidence.items()
        if item.probability is None or item.probability >= TAUGHT
    }
    nearest = max(evidence, key=lambda lesson_id: evidence[lesson_id].best_cosine, default=None)
    is_weak = not taught and nearest is not None and evidence[nearest].best_cosine >= RELATED
    if is_weak and nearest is not None:
        taught = {nearest: evidence[nearest].probability}
    checked = sum(exercises[lesson_id] for lesson_id in taught)
    return OutcomeCoverage(outcome.text, outcome.bloom_level.value, taught, checked, is_weak)


def _evidence(
    outcomes: Sequence[LearningOutcome], sections: Sequence[Section], scorer: AlignmentScorer, language: str
) -> Mapping[str, dict[str, ObjectiveAlignment]]:
    """By outcome and lesson of the sections that it names: what alignment says."""
    evidence: dict[str, dict[str, ObjectiveAlignment]] = {outcome.text: {} for outcome in outcomes}
    for section in sections:
        named = tuple(outcome.text for outcome in outcomes if section.section_id in outcome.section_ids)
        texts = [LessonText(lesson.lesson_id, lesson.content, named) for lesson in section.lessons]
        for score in scorer.score(texts, language) if named else []:
            for item in score.per_objective:
                evidence[item.objective][score.lesson_id] = item
    return evidence
