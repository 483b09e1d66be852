"""The cross-field rules: what JSON Schema cannot say. Rules about structure are here, X1 to X5.

Rules read the raw document and pass over parts that are not of the right type, so that they can be
reported together with the fields that break the schema. Rules about texts are in `text_rules.py`, X8 is
in `risk.py`, X10 in `document.py`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

from .analysis import LESSON_MINIMUM, SECTION_LIMIT
from .problem import Path, Problem, Severity, pointer, quote
from .text_rules import text_problems

STRUCTURE: Path = ("recommended_structure",)
SECTIONS: Path = (*STRUCTURE, "sections_breakdown")
SUM_TOLERANCE = 0.2
"""Share of total_lessons by which the sections may miss it with a warning (X1)."""
HOURS_TOLERANCE = 0.25
"""Share of estimated_content_hours by which lessons times minutes may miss it (X5)."""

_Json = dict[str, Any]


def rule_problems(document: object, language: str | None) -> list[Problem]:
    """Every breach of a cross-field rule. `language` is the run's, or None if it is not known."""
    structure = _part(_part(document).get("recommended_structure"))
    sections = _sections(structure)
    return [
        *_lesson_sum(structure, sections),
        *_section_count(structure),
        *_unique_sections(sections),
        *_prerequisites(sections),
        *_hours(structure),
        *text_problems(document, language),
    ]


def _lesson_sum(structure: _Json, sections: list[tuple[int, _Json]]) -> Iterator[Problem]:
    total = _whole(structure.get("total_lessons"))
    lessons = [_whole(section.get("estimated_lessons")) for _, section in sections]
    if total is None or not lessons or None in lessons:
        return
    planned = sum(each for each in lessons if each is not None)
    far = abs(planned - total) > SUM_TOLERANCE * total
    if planned == total and planned >= LESSON_MINIMUM:
        return
    severity: Severity = "error" if far or planned < LESSON_MINIMUM else "warning"
    message = f"total_lessons says {_number(total)}, but the sections add up to {_number(planned)}."
    remedy = f"Make both the same, and at least {LESSON_MINIMUM}."
    if severity == "warning":
        remedy = f"Make both the same; as it is, {_number(planned)} lessons are planned."
    yield _rule("X1", (*STRUCTURE, "total_lessons"), message, remedy, severity)


def _section_count(structure: _Json) -> Iterator[Problem]:
    said = _whole(structure.get("total_sections"))
    sections = structure.get("sections_breakdown")
    if said is not None and isinstance(sections, list) and said != len(sections):
        yield _rule(
            "X2",
            (*STRUCTURE, "total_sections"),
            f"total_sections says {_number(said)}, but there are {len(sections)} sections.",
            "Correct the number, or add what is missing.",
        )


def _unique_sections(sections: list[tuple[int, _Json]]) -> Iterator[Problem]:
    for name, remedy in (("section_id", "Give each section its own id."), ("area", "Merge or rename one.")):
        first: dict[str, int] = {}
        for index, section in sections:
            value = section.get(name)
            if not isinstance(value, str):
                continue
            key = value if name == "section_id" else _folded(value)
            if first.setdefault(key, index) != index:
                message = f"The section at index {index} has the same {name} as the one at index {first[key]}"
                yield _rule("X3", (*SECTIONS, index, name), f"{message}: {quote(value)}.", remedy)


def _prerequisites(sections: list[tuple[int, _Json]]) -> Iterator[Problem]:
    places = {
        name: index
        for index, section in reversed(sections)
        if isinstance(name := section.get("section_id"), str)
    }
    needs = {index: _texts(section.get("prerequisites")) for index, section in sections}
    all_named = all(isinstance(section.get("section_id"), str) for _, section in sections)
    for index, section in sections:
        for needed in needs[index]:
            reason = _prerequisite_error(index, places.get(needed), places, needs)
            if reason is not None and (needed in places or all_named):
                named = quote(str(section.get("section_id")))
                yield _rule(
                    "X4",
                    (*SECTIONS, index, "prerequisites"),
                    f"The section at index {index}, section_id {named}, needs {quote(needed)}, {reason}.",
                    "Name only sections that come earlier, or change the order of the sections.",
                )


def _prerequisite_error(
    index: int, target: int | None, places: dict[str, int], needs: dict[int, list[str]]
) -> str | None:
    if target is None:
        return "which is no section"
    if target == index:
        return "which is the section itself"
    if target < index:
        return None
    cycle = _reaches(target, index, places, needs)
    return "which comes later" + (" and needs this one in turn: a cycle" if cycle else "")


def _reaches(start: int, goal: int, places: dict[str, int], needs: dict[int, list[str]]) -> bool:
    waiting, seen = [start], {start}
    while waiting:
        index = waiting.pop()
        following = {places[name] for name in needs.get(index, []) if name in places} - seen
        if goal in following:
            return True
        seen |= following
        waiting.extend(following)
    return False


def _hours(structure: _Json) -> Iterator[Problem]:
    total = _whole(structure.get("total_lessons"))
    minutes = _whole(structure.get("lesson_duration_minutes"))
    hours = structure.get("estimated_content_hours")
    if total is None or minutes is None or isinstance(hours, bool) or not isinstance(hours, int | float):
        return
    planned = total * minutes / 60
    if abs(planned - hours) > HOURS_TOLERANCE * hours:
        yield _rule(
            "X5",
            (*STRUCTURE, "estimated_content_hours"),
            f"{_number(total)} lessons of {_number(minutes)} minutes are {planned:.4g} hours, "
            f"but estimated_content_hours says {hours:.4g}.",
            "Correct one of the three; the number of lessons and their length count.",
            "warning",
        )


def _rule(rule: str, path: Path, message: str, remedy: str, severity: Severity = "error") -> Problem:
    return Problem(severity, "rule", rule, pointer(path), message, remedy)


def _sections(structure: _Json) -> list[tuple[int, _Json]]:
    """The sections with their indexes; none where there are more than the schema allows."""
    sections = structure.get("sections_breakdown")
    if not isinstance(sections, list) or len(sections) > SECTION_LIMIT:
        return []
    return [(index, _part(section)) for index, section in enumerate(sections)]


def _part(value: object) -> _Json:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> list[str]:
    """The different texts of an array."""
    items = value if isinstance(value, list) else []
    return list(dict.fromkeys(item for item in items if isinstance(item, str)))


def _whole(value: object) -> int | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: int) -> str:
    """Input may hold an integer of hundreds of digits."""
    return f"{value:.15g}" if abs(value) < 10**300 else "an absurd number"


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
