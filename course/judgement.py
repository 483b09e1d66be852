"""What a model judge answers about one lesson."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Score = Annotated[int, Field(ge=1, le=5, description="1 poor to 5 excellent")]
Concern = Annotated[str, Field(min_length=1, max_length=600)]


class LessonJudgement(BaseModel):
    """Must-pass questions beside scores: a judge that only scores forgives too much."""

    model_config = ConfigDict(extra="ignore")

    reasoning: Annotated[
        str, Field(min_length=1, max_length=4000, description="what you saw, before you score")
    ]
    teaches_objectives: Annotated[
        bool, Field(description="true only if the lesson teaches every objective, not merely names it")
    ]
    fit_for_audience: Annotated[bool, Field(description="true if level and words suit the audience")]
    factual_concerns: Annotated[
        list[Concern],
        Field(max_length=10, description="statements that are wrong or against the facts; else []"),
    ]
    pedagogical_alignment: Score
    factual_accuracy: Score
    concept_clarity: Score
    concerns: Annotated[list[Concern], Field(max_length=10, description="what has to be mended; else []")]

    @property
    def overall(self) -> float:
        """Overall score in [0, 1]: the mean of the three scores, 5 being 1; under 0.70 if a must-pass fails.

        The strategy's cut-offs 0.75 and 0.70 apply to it. A failed must-pass question cannot be
        outweighed by good marks, so it caps the score under both.
        """
        mean = (self.pedagogical_alignment + self.factual_accuracy + self.concept_clarity) / 15
        return min(mean, _FAILED) if self.failed_questions else mean

    @property
    def failed_questions(self) -> list[str]:
        """The must-pass questions that were answered with no."""
        answers = {
            "does not teach every objective": self.teaches_objectives,
            "does not fit the audience": self.fit_for_audience,
            "states something wrong": not self.factual_concerns,
        }
        return [question for question, passed in answers.items() if not passed]


_FAILED = 0.69
