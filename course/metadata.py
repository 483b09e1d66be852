"""Course metadata: what the strongest model writes once, and every section is aligned with."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Short = Annotated[str, Field(min_length=1, max_length=300, pattern=r"\S")]
Text = Annotated[str, Field(min_length=20, max_length=4000, pattern=r"\S")]


class BloomLevel(StrEnum):
    """The six levels of the revised taxonomy (Krathwohl 2002), lowest first."""

    REMEMBER = "remember"
    UNDERSTAND = "understand"
    APPLY = "apply"
    ANALYZE = "analyze"
    EVALUATE = "evaluate"
    CREATE = "create"


class Difficulty(StrEnum):
    """How hard the course is; the next stage knows three levels."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class LearningOutcome(BaseModel):
    """What a learner can do after the course, in one measurable sentence."""

    model_config = ConfigDict(extra="ignore")

    text: Short
    bloom_level: BloomLevel
    section_ids: Annotated[
        list[str], Field(min_length=1, max_length=30, description="sections of the brief that teach it")
    ]


class CourseMetadata(BaseModel):
    """Strategy of the course as the metadata model writes it."""

    model_config = ConfigDict(extra="ignore")

    title: Annotated[str, Field(min_length=3, max_length=200, pattern=r"\S")]
    description: Text
    overview: Text
    audience: Short
    difficulty: Difficulty
    prerequisites: Annotated[list[Short], Field(max_length=20)]
    learning_outcomes: Annotated[list[LearningOutcome], Field(min_length=3, max_length=15)]
    pedagogical_strategy: Text
    assessment_strategy: Text
    tags: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=60)]], Field(min_length=5, max_length=20)
    ]
