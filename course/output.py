"""The finished course: what the next stage, a person and a package builder read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from courseai.course.metadata import Difficulty, LearningOutcome, Short, Text
from courseai.course.section import Section


class Course(BaseModel):
    """`course.json`. Bounds are those that the next stage expects."""

    model_config = ConfigDict(title="course")

    schema_version: Literal["1.0"] = "1.0"
    run_id: str
    author: str
    """Who wrote the texts: the provider, or the offline author, which is no language model."""
    language: str
    title: Annotated[str, Field(min_length=3, max_length=200)]
    description: Text
    overview: Text
    audience: Short
    difficulty: Difficulty
    prerequisites: list[Short]
    learning_outcomes: Annotated[list[LearningOutcome], Field(min_length=3, max_length=15)]
    pedagogical_strategy: Text
    assessment_strategy: Text
    tags: Annotated[list[str], Field(min_length=5, max_length=20)]
    sections: Annotated[list[Section], Field(min_length=1)]
