"""The content of an item as form fields and back, so that a person edits texts and never JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from courseai.course.bloom import LEVELS
from courseai.course.exercise import ExerciseType
from courseai.course.metadata import Difficulty
from courseai.course.review_content import reading_order
from courseai.course.state import Json

Widget = Literal["line", "text", "lines", "choice"]

_FIXED = {"number", "exercise_id"}
"""Fields that name a thing; a person does not change them."""
_LONG = {"content", "question", "explanation", "description", "overview", "code"}
_LINE_LENGTH = 90
_CHOICES: dict[str, Sequence[str]] = {
    "type": [str(kind) for kind in ExerciseType],
    "bloom_level": [str(level) for level in LEVELS],
    "difficulty": [str(level) for level in Difficulty],
}
_ENTRIES = {"lessons": "Lesson", "exercises": "Exercise", "pairs": "Pair", "learning_outcomes": "Outcome"}
LEAVE_OUT = "leave-out"
"""Ends the name of a box that takes an entry out of its list."""


@dataclass(frozen=True)
class Field:
    """One text to edit. `path` such as `exercises.0.question` is its name in the form."""

    path: str
    label: str
    value: str
    widget: Widget
    choices: Sequence[str] = ()

    @property
    def rows(self) -> int:
        """Lines that the box shows."""
        lines = sum(1 + len(line) // _LINE_LENGTH for line in self.value.splitlines())
        return max(2, min(lines + 1, 24))


@dataclass(frozen=True)
class Group:
    """Fields of one entry of a list."""

    path: str
    label: str
    fields: Sequence[Field | Group]
    may_leave_out: bool


def form_fields(content: Mapping[str, Any], path: str = "") -> list[Field | Group]:
    """What can be edited, in the order in which a person reads it."""
    return [
        field
        for name in reading_order(content)
        if name not in _FIXED
        for field in _fields(name, content[name], f"{path}{name}")
    ]


def read_form(content: Mapping[str, Any], form: Mapping[str, str], *, leave_out: bool = True) -> Json:
    """The content as the form has it; what the form does not have stays as it is.

    Without `leave_out`, entries that are to be left out stay too.
    """
    given = form if leave_out else {name: text for name, text in form.items() if not name.endswith(LEAVE_OUT)}
    return _read_entry(content, given, "")


def _read_entry(entry: Mapping[str, Any], form: Mapping[str, str], path: str) -> Json:
    return {name: _read(value, form, f"{path}{name}") for name, value in entry.items()}


def _fields(name: str, value: object, path: str) -> Iterator[Field | Group]:
    label = name.replace("_", " ").capitalize()
    if not isinstance(value, list):
        yield _field(name, label, str(value), path)
    elif value and isinstance(value[0], Mapping):
        for place, entry in enumerate(value):
            yield _group(f"{_ENTRIES.get(name, label)} {place + 1}", entry, f"{path}.{place}")
    elif any("\n" in entry for entry in value):
        for place, entry in enumerate(value):
            yield Field(f"{path}.{place}", f"{label} {place + 1}", entry, "text")
    elif name != "pairs":
        yield Field(path, label, "\n".join(value), "lines")


def _field(name: str, label: str, value: str, path: str) -> Field:
    if name in _CHOICES:
        return Field(path, label, value, "choice", list(dict.fromkeys([value, *_CHOICES[name]])))
    is_long = name in _LONG or len(value) > _LINE_LENGTH or "\n" in value
    return Field(path, label, value, "text" if is_long else "line")


def _group(label: str, entry: Mapping[str, Any], path: str) -> Group:
    return Group(path, label, form_fields(entry, f"{path}."), may_leave_out=not label.startswith("Lesson"))


def _read(value: object, form: Mapping[str, str], path: str) -> Any:
    if not isinstance(value, list):
        return form[path].replace("\r\n", "\n") if path in form else value
    if value and isinstance(value[0], Mapping):
        return [
            _read_entry(entry, form, f"{path}.{place}.")
            for place, entry in enumerate(value)
            if f"{path}.{place}.{LEAVE_OUT}" not in form
        ]
    if path in form:
        return [line.strip() for line in form[path].splitlines() if line.strip()]
    texts = [form.get(f"{path}.{place}", entry).replace("\r\n", "\n") for place, entry in enumerate(value)]
    return [text for text in texts if text.strip()]
