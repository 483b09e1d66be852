"""What a request asks for, as far as the offline author can read it: the JSON of its <brief>."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from courseai.course.exercise import ExerciseDraft

_BRIEF = re.compile(r"<brief>\s*(\{.*\})\s*</brief>", re.DOTALL)


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class LessonBrief(_Lenient):
    """One lesson of the plan."""

    number: int
    objectives: list[str] = Field(min_length=1)
    key_topics: list[str] = []


class SectionHead(_Lenient):
    """What is said of the section as a whole."""

    section_id: str = ""
    area: str = ""
    difficulty: str = ""
    exercise_types: list[str] | None = None


class Fact(_Lenient):
    """A statement that has to be quoted exactly."""

    id: str = ""
    statement: str
    value: str | None = None


class SectionBrief(_Lenient):
    """A section to write, or one lesson of it."""

    language: str = "en"
    section: SectionHead = SectionHead()
    lessons: list[LessonBrief] = Field(min_length=1)
    glossary: dict[str, str] | None = None
    facts: list[Fact] | None = None
    avoid_jargon: list[str] | None = None
    analogies: list[str] | None = None
    feedback: list[str] | None = None
    variant: int = 0


class ExerciseBrief(_Lenient):
    """One exercise to write anew."""

    language: str = "en"
    section: SectionHead = SectionHead()
    lesson: LessonBrief
    exercise: ExerciseDraft
    other_questions: list[str] = []


class SectionOutline(_Lenient):
    """A section as the metadata author sees it."""

    section_id: str
    area: str
    objectives: list[str] = []


class MetadataBrief(_Lenient):
    """A course to give title, outcomes and strategy."""

    language: str = "en"
    topic: str
    audience: str = ""
    category: str | dict[str, Any] | None = None
    key_concepts: list[str] | None = None
    keywords: list[str] | None = None
    sections: list[SectionOutline] = Field(min_length=1)
    required_outcomes: list[str] | None = None
    strategy: dict[str, Any] | None = None
    assessment: Any = None
    difficulty: str | None = None
    prerequisites: list[str] | None = None
    feedback: list[str] | None = None


class VerdictBrief(_Lenient):
    """A lesson to judge."""

    objectives: list[str] = Field(min_length=1)
    content: str


def brief_json(messages: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The brief of the last user message, or None where there is none that can be read."""
    for message in reversed(messages):
        if message.get("role") == "user":
            return _between_delimiters(message_text(message))
    return None


def message_text(message: dict[str, Any]) -> str:
    """The text of a message, whose content is a string or a list of parts."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))


def _between_delimiters(text: str) -> dict[str, Any] | None:
    found = _BRIEF.search(text)
    if found is None:
        return None
    try:
        brief = json.loads(found[1])
    except ValueError:
        return None
    return brief if isinstance(brief, dict) else None
