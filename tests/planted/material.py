"""Courses written by hand for these tests: each lesson with objectives, a fact, a text and a question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COURSES = Path(__file__).parent / "courses"
ENGLISH = ("night_sky", "bread", "python_data")
SECOND = ("statistics", "workplace_safety", "kidney_and_heart")
"""Brought in when the checks were done; objectives as the sample inputs and a textbook word them."""
SPANISH = ("primeros_auxilios",)
_LINE = re.compile(r"(objective|fact): (.+)")
_MARKS = {"?": "question", "+": "key", "-": "distractor", "!": "explanation"}


@dataclass(frozen=True)
class PlantedLesson:
    """One lesson with what it is checked against."""

    lesson_id: str
    section_id: str
    number: int
    title: str
    objectives: tuple[str, ...]
    fact: str
    content: str
    exercise: Mapping[str, Any]


@dataclass(frozen=True)
class PlantedCourse:
    """The lessons of a course in order."""

    name: str
    language: str
    lessons: tuple[PlantedLesson, ...]
    section_titles: Mapping[str, str] = field(default_factory=dict)

    def of_section(self, section_id: str) -> list[PlantedLesson]:
        """The lessons of one section, in order."""
        return [one for one in self.lessons if one.section_id == section_id]

    def siblings(self, lesson: PlantedLesson) -> list[PlantedLesson]:
        """The other lessons of its section."""
        return [one for one in self.of_section(lesson.section_id) if one != lesson]

    def with_lesson(self, changed: PlantedLesson) -> PlantedCourse:
        """The course with one lesson in the place of the one with its id."""
        lessons = tuple(changed if one.lesson_id == changed.lesson_id else one for one in self.lessons)
        return PlantedCourse(self.name, self.language, lessons, self.section_titles)

    @property
    def facts(self) -> list[dict[str, Any]]:
        """As the analysis would state them."""
        return [
            {"id": f"f{place}", "statement": lesson.fact, "source": "textbook", "value": None}
            for place, lesson in enumerate(self.lessons)
            if lesson.fact
        ]


def load_course(name: str) -> PlantedCourse:
    """Read `courses/NAME.md`."""
    text = (COURSES / f"{name}.md").read_text("utf-8")
    titles: dict[str, str] = {}
    lessons: list[PlantedLesson] = []
    for place, section in enumerate(re.split(r"^# ", text, flags=re.MULTILINE)[1:], 1):
        title, *parts = re.split(r"^## ", section, flags=re.MULTILINE)
        titles[f"s{place}"] = title.strip()
        lessons += [_lesson(part, f"s{place}", number) for number, part in enumerate(parts, 1)]
    return PlantedCourse(name, "es" if name in SPANISH else "en", tuple(lessons), titles)


def _lesson(text: str, section_id: str, number: int) -> PlantedLesson:
    title, _, rest = text.partition("\n")
    head, _, body = rest.partition("\n\n")
    content, _, exercise = body.rpartition("\n\n? ")
    stated = list(_stated(head))
    return PlantedLesson(
        lesson_id=f"{section_id}-l{number}",
        section_id=section_id,
        number=number,
        title=title.strip(),
        objectives=tuple(value for name, value in stated if name == "objective"),
        fact=next((value for name, value in stated if name == "fact"), ""),
        content=content.strip(),
        exercise=_exercise(f"? {exercise}".strip().splitlines()),
    )


def _stated(head: str) -> Iterator[tuple[str, str]]:
    for line in head.splitlines():
        if match := _LINE.fullmatch(line):
            yield match[1], match[2]


def _exercise(lines: Sequence[str]) -> dict[str, Any]:
    parts = [(_MARKS[line[0]], line[2:]) for line in lines]
    return {
        "type": "multiple_choice",
        "question": next(text for name, text in parts if name == "question"),
        "options": [text for name, text in parts if name in ("key", "distractor")],
        "answer": [text for name, text in parts if name == "key"],
        "explanation": next(text for name, text in parts if name == "explanation"),
    }
