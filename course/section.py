"""Sections and lessons: what a model writes, and what the finished course holds.

The plan (plan.py) fixes a lesson's number, objectives and minutes before anything is paid for, so a
draft carries only what has to be written: title, key topics, content and exercises.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from courseai.course.exercise import Exercise, ExerciseDraft, Line

Title = Annotated[str, Field(min_length=3, max_length=200, pattern=r"\S")]
Topics = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=300)]], Field(min_length=2, max_length=10)
]
Content = Annotated[
    str, Field(min_length=200, max_length=20_000, description="the lesson in Markdown, 150 to 600 words")
]


class LessonDraft(BaseModel):
    """One lesson as a model writes it."""

    model_config = ConfigDict(extra="ignore")

    number: Annotated[int, Field(ge=1, description="the lesson's number in the brief")]
    title: Title
    key_topics: Topics
    content: Content
    exercises: Annotated[list[ExerciseDraft], Field(min_length=3, max_length=5)]


class SectionDraft(BaseModel):
    """A whole section as a model writes it: one draft for every lesson of the brief."""

    model_config = ConfigDict(extra="ignore")

    lessons: Annotated[list[LessonDraft], Field(min_length=1, max_length=60)]


class Lesson(BaseModel):
    """One lesson of the finished course."""

    lesson_id: str
    number: Annotated[int, Field(ge=1)]
    title: Title
    objectives: Annotated[list[Line], Field(min_length=1, max_length=5)]
    key_topics: Topics
    content: str
    minutes: Annotated[int, Field(ge=3, le=45)]
    exercises: Annotated[list[Exercise], Field(min_length=3, max_length=5)]


class Section(BaseModel):
    """One section of the finished course."""

    section_id: str
    title: str
    objectives: list[str]
    prerequisites: list[str]
    difficulty: str
    lessons: list[Lesson]
