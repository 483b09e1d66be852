"""The content of a review item: its schema when a person edits it, and as text for comparing drafts. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from courseai.course.exercise import ExerciseDraft
from courseai.course.hidden_text import hidden_text
from courseai.course.metadata import CourseMetadata
from courseai.course.review import ItemKind
from courseai.course.section import LessonDraft, SectionDraft
from courseai.course.state import Json

_SCHEMAS: dict[ItemKind, type[BaseModel]] = {
    "metadata": CourseMetadata,
    "section": SectionDraft,
    "lesson": LessonDraft,
    "exercise": ExerciseDraft,
}
_ORDER = (
    "title",
    "text",
    "type",
    "question",
    "options",
    "pairs",
    "answer",
    "rubric",
    "explanation",
    "description",
    "overview",
    "audience",
    "difficulty",
    "prerequisites",
    "learning_outcomes",
    "key_topics",
    "content",
)


def edited_content(kind: ItemKind, current: Json, given: object) -> Json:
    """An edit in its schema; some review pages send it as JSON text. Lessons keep their numbers.

    `current` is what the item holds now. Raises ValueError naming the field that is wrong.
    """
    content = _loaded(given)
    if kind == "lesson":
        content = {**content, "number": current["number"]}
    try:
        edited = _SCHEMAS[kind].model_validate(content).model_dump(mode="json")
    except ValidationError as error:
        raise ValueError(_first_problem(error)) from error
    if hidden := hidden_text("\n".join(_texts(edited)), single_line=False):
        raise ValueError(f"its text has {', '.join(hidden)}: take them out")
    if kind == "section":
        _check_numbers(edited, current)
    return edited


def reading_order(content: Mapping[str, Any]) -> list[str]:
    """The names of its fields in the order in which a person reads them; stored bodies are in no order."""
    return sorted(content, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))


def content_text(kind: ItemKind, content: Mapping[str, Any]) -> str:
    """The content as Markdown, in which two drafts can be compared line by line."""
    if kind == "section":
        return "\n\n".join(content_text("lesson", lesson) for lesson in content["lessons"])
    if kind == "lesson":
        exercises = [content_text("exercise", exercise) for exercise in content["exercises"]]
        topics = f"Key topics: {', '.join(content['key_topics'])}"
        return "\n\n".join([f"# {content['title']}", topics, content["content"], *exercises])
    return "\n\n".join(_paragraphs(content))


def _paragraphs(content: Mapping[str, Any]) -> Iterator[str]:
    """One for each field; the type of an exercise is its heading."""
    for field in reading_order(content):
        value, name = content[field], field.replace("_", " ").capitalize()
        if field == "exercise_id" or value in ("", []):
            continue
        if field == "type":
            yield f"### Exercise: {value.replace('_', ' ')}"
        elif isinstance(value, list):
            yield "\n".join([f"{name}:", "", *(f"- {_entry(item)}" for item in value)])
        else:
            yield f"{name}: {value}"


def _entry(item: object) -> str:
    if not isinstance(item, Mapping):
        return str(item)
    values = [item[name] for name in reading_order(item)]
    return " | ".join(", ".join(value) if isinstance(value, list) else str(value) for value in values)


def _loaded(given: object) -> Json:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except RecursionError as error:
            raise ValueError("it is no content: it is nested too deeply") from error
        except ValueError as error:
            raise ValueError(f"it is no JSON ({error})") from error
    if not isinstance(given, dict):
        raise ValueError("it has to be a JSON object, the content as it was shown, changed")
    return given


def _texts(value: object) -> Iterator[str]:
    """Every text in a content."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner)


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else first["msg"]


def _check_numbers(edited: Json, current: Json) -> None:
    """Raises ValueError where an edited section has other lessons than before."""
    before, after = ([lesson["number"] for lesson in body["lessons"]] for body in (current, edited))
    if sorted(before) != sorted(after):
        raise ValueError(
            f"lessons: the section has the lessons {before} and the edit {after}; "
            "reject a lesson to take it out"
        )
