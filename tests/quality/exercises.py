"""Short ways to write an exercise in a test, sound unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from courseai.course.exercise import ExerciseDraft, Pair

WHY = "The chapter on this shows a worked example."


def choice(question: str, key: str | list[str], *distractors: str, explanation: str = WHY) -> ExerciseDraft:
    """Multiple choice with the key as its first option."""
    keys = [key] if isinstance(key, str) else key
    return ExerciseDraft(
        type="multiple_choice",
        question=question,
        options=[*keys, *distractors],
        answer=keys,
        explanation=explanation,
    )


def truth(statement: str, *answer: str, explanation: str = WHY) -> ExerciseDraft:
    """True or false; true unless said otherwise."""
    return ExerciseDraft(
        type="true_false", question=statement, answer=list(answer or ["true"]), explanation=explanation
    )


def gap(question: str, *answer: str) -> ExerciseDraft:
    """Fill in the blank with its accepted fillings."""
    return ExerciseDraft(type="fill_in_the_blank", question=question, answer=list(answer), explanation=WHY)


def match(question: str, *pairs: tuple[str, str]) -> ExerciseDraft:
    """Matching."""
    rows = [Pair(left=left, right=right) for left, right in pairs]
    return ExerciseDraft(type="matching", question=question, pairs=rows, explanation=WHY)


def ordering(question: str, shown: Sequence[str], right: Sequence[str]) -> ExerciseDraft:
    """Ordering: the steps as they are shown, and in their right order."""
    return ExerciseDraft(
        type="ordering", question=question, options=list(shown), answer=list(right), explanation=WHY
    )


def prose(question: str, answer: str, *rubric: str, kind: str = "short_answer") -> ExerciseDraft:
    """A free answer with its rubric; an empty answer is none."""
    return ExerciseDraft(
        type=kind, question=question, answer=[answer] if answer else [], rubric=list(rubric), explanation=WHY
    )


def code(question: str, answer: str) -> ExerciseDraft:
    """Code with a model answer."""
    return ExerciseDraft(
        type="code", question=question, answer=[answer] if answer else [], rubric=["It runs"], explanation=WHY
    )
