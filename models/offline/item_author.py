"""Writes one exercise anew: of the same kind, about the same lesson, with another question."""

from __future__ import annotations

from collections.abc import Iterator

from courseai.course.exercise import ExerciseDraft, ExerciseType
from courseai.models.offline.brief import ExerciseBrief, SectionBrief
from courseai.models.offline.exercise_author import write_exercise
from courseai.models.offline.frame import workshop
from courseai.models.offline.mention import Mentions
from courseai.models.offline.phrases import phrases_for

_ATTEMPTS = 12


def rewrite_exercise(brief: ExerciseBrief, seed: int) -> ExerciseDraft:
    """The first wording whose question is new and whose key is not the longest option; else the last one."""
    asked = {text.casefold() for text in (brief.exercise.question, *brief.other_questions)}
    draft = brief.exercise
    for draft in _wordings(brief, seed):
        if draft.question.casefold() not in asked and not _is_key_longest(draft):
            break
    return draft


def _wordings(brief: ExerciseBrief, seed: int) -> Iterator[ExerciseDraft]:
    """Exercises as other lessons of the section would get them: what is dealt depends on a lesson's place."""
    language = phrases_for(brief.language)
    for step in range(1, _ATTEMPTS + 1):
        lesson = brief.lesson.model_copy(update={"number": brief.lesson.number + step})
        section = SectionBrief(language=brief.language, section=brief.section, lessons=[lesson], variant=step)
        yield write_exercise(brief.exercise.kind, workshop(section, lesson, language, seed), Mentions())


def _is_key_longest(draft: ExerciseDraft) -> bool:
    is_choice = draft.kind is ExerciseType.MULTIPLE_CHOICE
    return is_choice and len(draft.answer[0]) >= max(len(text) for text in draft.options)
