"""The eight kinds of exercise, and the many words with which models name them.

A label is read as words (`multiple-choice` and `multiple_choice` are the same), and words that mean
something else in company do not count: a code of conduct is no code, and higher-order thinking orders
nothing. Labels such as "test" or "quiz" say nothing; the shape of the exercise does (exercise.py).
"""

from __future__ import annotations

import json
import re
from enum import StrEnum
from importlib import resources


class ExerciseType(StrEnum):
    """The kinds an exercise can have."""

    MULTIPLE_CHOICE = "multiple_choice"
    TRUE_FALSE = "true_false"
    MATCHING = "matching"
    FILL_IN_THE_BLANK = "fill_in_the_blank"
    SHORT_ANSWER = "short_answer"
    ORDERING = "ordering"
    CODE = "code"
    ESSAY = "essay"


_TABLE = json.loads(resources.files("courseai.course").joinpath("exercise_labels.json").read_text("utf-8"))

TRUTH_WORDS: dict[str, bool] = {
    **dict.fromkeys(_TABLE["true"].split(), True),
    **dict.fromkeys(_TABLE["false"].split(), False),
}
"""What models write for true and false, in the languages that the course knows; lower case."""

# The first kind that is found wins, so closed kinds stand before the open ones that may hold their words.
_LABELS = {ExerciseType(kind): re.compile("|".join(any_of)) for kind, any_of in _TABLE["labels"].items()}
_NO_WORD = re.compile(r"[\W_]+")


def labelled_type(label: str) -> ExerciseType | None:
    """The known kind that a model's label means, None where it says nothing ("quiz", "exercise 3")."""
    words = _NO_WORD.sub(" ", label.casefold()).strip()
    for kind, pattern in _LABELS.items():
        if pattern.search(words):
            return kind
    return None


def exercise_type(label: str) -> ExerciseType:
    """The known kind that a label means; `short_answer` where none is recognised."""
    return labelled_type(label) or ExerciseType.SHORT_ANSWER
