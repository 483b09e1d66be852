"""Every check of lessons that needs no model, in one place: per lesson, and over the course.

Pure but for the code blocks with a stated output, which run in the sandbox.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from courseai.quality.code_check import code_findings
from courseai.quality.defect import Claim, Defect, Severity, quoted
from courseai.quality.duplicate import COPY, LessonSource, NearDuplicate, near_duplicates
from courseai.quality.fact import doubtful_sentences, fact_claims
from courseai.quality.formula import formula_claims
from courseai.quality.number_conflict import number_conflicts
from courseai.quality.terminology import course_term_defects, term_defects
from courseai.quality.text_defect import text_defects

_CONTRADICTIONS = {
    "fact": ("contradicted_fact", "The text contradicts this fact: {}"),
    "formula": ("wrong_formula", "This does not add up: {}"),
}


@dataclass(frozen=True)
class References:
    """What lessons are compared with: the analysis's facts, glossary and words to avoid."""

    facts: Sequence[Mapping[str, Any]] = ()
    """With `id` and `statement`; `must_mention_in` holds section ids."""
    glossary: Mapping[str, str] = field(default_factory=dict)
    avoid_jargon: Sequence[str] = ()


@dataclass(frozen=True)
class LessonCheck:
    """What was found in one lesson."""

    defects: tuple[Defect, ...]
    claims: tuple[Claim, ...]

    @property
    def blocking(self) -> tuple[Defect, ...]:
        """The defects that fail the lesson."""
        return tuple(defect for defect in self.defects if defect.severity == "block")

    @property
    def serious(self) -> tuple[Defect, ...]:
        """The defects that change the verdict, those that fail the lesson first."""
        return self.blocking + tuple(defect for defect in self.defects if defect.severity == "flag")


def check_lesson(lesson: LessonSource, references: References, language: str = "en") -> LessonCheck:
    """Defects and claims of one lesson: milliseconds, and seconds where code has to be run."""
    base = language.partition("-")[0].lower()
    code_defects, code_claims = code_findings(lesson.lesson_id, lesson.content)
    claims = [
        *fact_claims(lesson.lesson_id, lesson.content, references.facts, base),
        *formula_claims(lesson.lesson_id, lesson.content),
    ]
    defects = [
        *text_defects(lesson.lesson_id, lesson.content, base),
        *_contradictions(claims, references),
        *_doubtful(lesson, references, base),
        *code_defects,
        *term_defects(lesson, references.glossary, references.avoid_jargon, base),
    ]
    return LessonCheck(tuple(defects), (*claims, *code_claims))


def lesson_defects(lesson: LessonSource, references: References, language: str = "en") -> list[Defect]:
    """The defects of one lesson alone."""
    return list(check_lesson(lesson, references, language).defects)


def course_defects(
    lessons: Sequence[LessonSource], references: References, language: str = "en"
) -> list[Defect]:
    """Defects that only show between lessons: copies, other numbers, other definitions, facts left out."""
    base = language.partition("-")[0].lower()
    known = " ".join((*references.glossary.values(), *(fact["statement"] for fact in references.facts)))
    return [
        *(_duplicate(pair) for pair in near_duplicates(lessons, base)),
        *number_conflicts(lessons, base),
        *course_term_defects(lessons, known, base),
        *_missing_facts(lessons, references, base),
    ]


def check_course(
    lessons: Sequence[LessonSource], references: References, language: str = "en"
) -> dict[str, LessonCheck]:
    """By lesson id: its own defects and claims, and the course's defects that fall on it."""
    between = course_defects(lessons, references, language)
    checks = {}
    for lesson in lessons:
        own = check_lesson(lesson, references, language)
        shared = tuple(defect for defect in between if defect.lesson_id == lesson.lesson_id)
        checks[lesson.lesson_id] = LessonCheck((*own.defects, *shared), own.claims)
    return checks


def _contradictions(claims: Sequence[Claim], references: References) -> list[Defect]:
    statements = {str(fact["id"]): fact["statement"] for fact in references.facts}
    defects = []
    for claim in claims:
        if claim.status == "contradicted":
            code, message = _CONTRADICTIONS[claim.kind]
            right = statements.get(claim.subject, claim.subject)
            defects.append(Defect(claim.lesson_id, code, "block", message.format(right), claim.evidence))
    return defects


def _doubtful(lesson: LessonSource, references: References, language: str) -> list[Defect]:
    return [
        Defect(
            lesson.lesson_id,
            "altered_fact",
            "flag",
            f"The text repeats this fact with another word: {statement}",
            quoted(sentence),
        )
        for sentence, statement in doubtful_sentences(lesson.content, references.facts, language)
    ]


def _duplicate(pair: NearDuplicate) -> Defect:
    severity: Severity = "block" if pair.cosine >= COPY else "flag"
    message = f"Says nearly the same as lesson {pair.original_id}; give it content and examples of its own."
    return Defect(pair.lesson_id, "near_duplicate", severity, message, f"cosine {pair.cosine:.2f}")


def _missing_facts(lessons: Sequence[LessonSource], references: References, language: str) -> list[Defect]:
    """Facts that a section must mention and none of its lessons speaks about; named at its first lesson."""
    defects = []
    for fact in references.facts:
        for section_id in fact.get("must_mention_in") or ():
            own = [lesson for lesson in lessons if lesson.section_id == section_id]
            if own and not any(fact_claims(each.lesson_id, each.content, [fact], language) for each in own):
                message = f"Section {section_id} does not mention this fact: {fact['statement']}"
                defects.append(Defect(own[0].lesson_id, "missing_fact", "warn", message))
    return defects
