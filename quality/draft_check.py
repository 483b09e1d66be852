"""Every check of a section's draft in one place, and the feedback that names what was missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from courseai.course.policy import AlignmentPolicy
from courseai.quality.alignment import Alignment, AlignmentScorer, LessonText
from courseai.quality.defect import Defect
from courseai.quality.duplicate import LessonSource
from courseai.quality.lesson_check import References, lesson_defects


@dataclass(frozen=True)
class DraftCheck:
    """What was found. Empty problems mean that the check passed."""

    schema_problems: tuple[str, ...] = ()
    term_problems: tuple[str, ...] = ()
    fact_problems: tuple[str, ...] = ()
    text_problems: tuple[str, ...] = ()
    lessons: tuple[Alignment, ...] = ()
    alignment: float | None = None
    """The section's, a probability in [0, 1]; None where a lesson is unverified (`section_alignment`)."""
    untaught: tuple[str, ...] = ()
    """Objectives that hardly count as taught, in words for the model."""

    def feedback(self) -> list[str]:
        """What the next draft has to mend, for the model."""
        return [*self.schema_problems, *self.untaught, *self._text_checks][:20]

    @property
    def _text_checks(self) -> tuple[str, ...]:
        return (*self.text_problems, *self.fact_problems, *self.term_problems)

    def to_dict(self) -> dict[str, Any]:
        """What goes on the draft's record; the sentences themselves stay out."""
        return {
            "problems": [*self.schema_problems, *self._text_checks],
            "lesson_alignment": {lesson.lesson_id: lesson.score for lesson in self.lessons},
            "raw_cosine": fmean([lesson.raw_cosine for lesson in self.lessons]) if self.lessons else None,
        }


def section_alignment(scores: Sequence[float | None], policy: AlignmentPolicy) -> float | None:
    """One number for the gates; None where a lesson is unverified, or there is none."""
    known = [score for score in scores if score is not None]
    if not known or len(known) < len(scores):
        return None
    return min(known) if policy.section == "lowest" else fmean(known)


def check_draft(
    body: dict[str, Any],
    brief: dict[str, Any],
    lesson_numbers: Sequence[int],
    scorer: AlignmentScorer,
    policy: AlignmentPolicy,
) -> DraftCheck:
    """All checks of one draft; blocks while sentences are encoded and code is run."""
    lessons = body["lessons"]
    objectives = {lesson["number"]: tuple(lesson["objectives"]) for lesson in brief["lessons"]}
    texts = [
        LessonText(
            str(item["number"]),
            item["content"],
            objectives[item["number"]],
            tuple(other for number, other in objectives.items() if number != item["number"]),
        )
        for item in lessons
        if item["number"] in objectives and item["number"] in lesson_numbers
    ]
    defects = _defects(lessons, brief)
    aligned = scorer.score(texts, brief["language"])
    return DraftCheck(
        schema_problems=_number_problems([lesson["number"] for lesson in lessons], lesson_numbers),
        term_problems=_feedback(defects, lambda each: each.code == "avoided_term"),
        fact_problems=_feedback(defects, lambda each: each.code == "contradicted_fact"),
        text_problems=_feedback(
            defects, lambda each: each.severity == "block" and each.code != "contradicted_fact"
        ),
        lessons=tuple(aligned),
        alignment=section_alignment([lesson.score for lesson in aligned], policy),
        untaught=tuple(_untaught(aligned, policy)),
    )


def _untaught(lessons: Sequence[Alignment], policy: AlignmentPolicy) -> list[str]:
    return [
        f"Lesson {lesson.lesson_id} hardly teaches: {item.objective}"
        for lesson in lessons
        for item in lesson.per_objective
        if item.probability is not None and item.probability < policy.accept_with_flag
    ]


def _defects(lessons: Sequence[dict[str, Any]], brief: dict[str, Any]) -> list[Defect]:
    references = References(brief["facts"], brief["glossary"], brief["avoid_jargon"])
    return [
        defect
        for lesson in lessons
        for defect in lesson_defects(
            LessonSource(str(lesson["number"]), "", lesson["content"]), references, brief["language"]
        )
    ]


def _feedback(defects: Sequence[Defect], has_code: Callable[[Defect], bool]) -> tuple[str, ...]:
    """One sentence for each of these defects, naming the lesson and quoting it."""
    chosen = [defect for defect in defects if has_code(defect)]
    return tuple(f"Lesson {each.lesson_id}: {each.message}{_quotation(each)}" for each in chosen)


def _quotation(defect: Defect) -> str:
    return f' It says: "{defect.evidence}"' if defect.evidence else ""


def _number_problems(written: list[int], wanted: Sequence[int]) -> tuple[str, ...]:
    missing = [f"Lesson {number} is missing." for number in wanted if number not in written]
    surplus = [f"Lesson {number} was not asked for." for number in written if number not in wanted]
    twice = [
        f"Lesson {number} is there twice." for number in sorted(set(written)) if written.count(number) > 1
    ]
    return (*missing, *surplus, *twice)
