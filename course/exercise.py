"""Exercises: what a model writes (`ExerciseDraft`) and the eight kinds that the course knows.

A strict enum for the kind made 60 to 80 % of courses fail in a comparable system, so the kind is free
text on the way in, normalised here (course/exercise_label.py), and the model's own label is kept. For the
same reason a draft may be flawed: a key that fits no option is repaired or rewritten (quality/exercise_*),
and never costs the section that it stands in.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from courseai.course.exercise_label import TRUTH_WORDS, ExerciseType, exercise_type, labelled_type

__all__ = [
    "Exercise",
    "ExerciseDraft",
    "ExerciseType",
    "Line",
    "Pair",
    "exercise_type",
    "finished_exercise",
]


def _lines(value: Any) -> Any:
    """A single value as a list of one; true, false and numbers as text; nulls left out."""
    values = value if isinstance(value, list) else [value]
    return [_line(item) for item in values if item is not None]


def _line(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


Line = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]
_Text = Annotated[str, Field(max_length=2000)]
_Lines = Annotated[list[_Text], BeforeValidator(_lines)]


class Pair(BaseModel):
    """One row of a matching exercise."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    left: _Text
    right: _Text


class ExerciseDraft(BaseModel):
    """An exercise as a model writes it: one flat shape, because small models fail at unions."""

    model_config = ConfigDict(extra="ignore")

    type: Annotated[
        str,
        Field(
            min_length=1,
            max_length=60,
            description="one of: " + ", ".join(ExerciseType),
        ),
    ]
    question: Line
    options: Annotated[
        _Lines,
        Field(max_length=10, description="choices, or the steps of an ordering; else []"),
    ] = []
    pairs: Annotated[list[Pair], Field(max_length=10, description="rows of a matching; else []")] = []
    answer: Annotated[
        _Lines,
        Field(
            max_length=10,
            description="the correct option, 'true' or 'false', accepted fillings, "
            "the steps in order, a model answer or a solution; [] for matching",
        ),
    ] = []
    rubric: Annotated[
        _Lines, Field(max_length=10, description="points to look for in a free answer; else []")
    ] = []
    explanation: Annotated[_Text, Field(description="why the answer is right")] = ""

    @property
    def kind(self) -> ExerciseType:
        """The kind that the label names, else the one that the exercise has the shape of."""
        labelled = labelled_type(self.type)
        asks_for_truth = len(self.options) == 2 and all(_is_truth(option) for option in self.options)
        if labelled in (None, ExerciseType.MULTIPLE_CHOICE) and asks_for_truth:
            return ExerciseType.TRUE_FALSE
        return labelled or self._shape()

    def _shape(self) -> ExerciseType:
        if self.pairs:
            return ExerciseType.MATCHING
        if self.options:
            ordered = len(self.answer) > 2 and sorted(self.answer) == sorted(self.options)
            return ExerciseType.ORDERING if ordered else ExerciseType.MULTIPLE_CHOICE
        if len(self.answer) == 1 and _is_truth(self.answer[0]):
            return ExerciseType.TRUE_FALSE
        return ExerciseType.FILL_IN_THE_BLANK if "___" in self.question else ExerciseType.SHORT_ANSWER


class Exercise(ExerciseDraft):
    """An exercise of the finished course: `type` is normalised, `type_label` is the model's word."""

    exercise_id: str
    type: ExerciseType
    type_label: str


def finished_exercise(draft: ExerciseDraft, exercise_id: str) -> Exercise:
    """The course's exercise made from a draft."""
    content = draft.model_dump() | {"type": draft.kind, "type_label": draft.type, "exercise_id": exercise_id}
    return Exercise.model_validate(content)


def _is_truth(text: str) -> bool:
    return text.strip().casefold().rstrip(".") in TRUTH_WORDS
