"""The way in: a document is accepted or rejected, with everything that is wrong with it, at once.

Nothing that is rejected here ever reaches a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from .analysis import LANGUAGE_PATTERN, AnalysisResult
from .document import Document, check_value, read_document
from .problem import BYTES, Path, Problem, quote
from .rules import SECTIONS, rule_problems
from .schema_problem import schema_problems

PROBLEM_LIMIT = 50
"""Problems reported at most; the rest is counted."""

IntakeClass = Literal["ACCEPT", "ACCEPT_WARN", "REJECT_PARSE", "REJECT_SCHEMA", "REJECT_RULE"]
"""The earliest stage that failed, or how clean the document is."""

_Positions = dict[int, dict[str, int]]

_INTEGER_LIMIT = 2**63
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Intake:
    """What became of a document."""

    analysis: AnalysisResult | None
    """The validated document with every section_id assigned; None if it was rejected."""
    language: str | None
    """The language of the course: the run's, else the document's; None if neither gives a usable one."""
    problems: tuple[Problem, ...]
    """At most 50: errors first, then in the order of the document."""
    more: int
    """How many problems beyond those were found."""
    verdict: IntakeClass

    @property
    def accepted(self) -> bool:
        """Whether a course may be made from it."""
        return self.analysis is not None

    def to_dict(self) -> dict[str, Any]:
        """The verdict and the problems as JSON."""
        return {
            "accepted": self.accepted,
            "class": self.verdict,
            "problems": [problem.to_dict() for problem in self.problems],
            "more": self.more,
        }


def validate_bytes(data: bytes, *, language: str | None) -> Intake:
    """Validate a file's bytes. `language` is the run's (a tag such as "en"), or None. Never raises."""
    return _judge(read_document(data), language)


def validate_value(value: object, *, language: str | None) -> Intake:
    """Validate a value that an embedder hands over instead of a file. It is not changed. Never raises."""
    return _judge(check_value(value), language)


def _judge(document: Document, language: str | None) -> Intake:
    if not document.readable:
        return _intake(None, None, document.problems, document.value)
    value = _with_section_ids(document.value)
    known, language_problems = _resolve_language(value, language)
    analysis, field_problems = schema_problems(_for_models(value))
    problems = [
        *document.problems,
        *language_problems,
        *_elsewhere(field_problems, document.problems),
        *rule_problems(value, known),
    ]
    return _intake(analysis, known, problems, value)


def _intake(
    analysis: AnalysisResult | None, language: str | None, problems: list[Problem], value: object
) -> Intake:
    verdict = _verdict(problems)
    positions: _Positions = {}
    ordered = sorted(problems, key=lambda problem: _place(problem, value, positions))
    return Intake(
        analysis=analysis if verdict.startswith("ACCEPT") else None,
        language=language,
        problems=tuple(ordered[:PROBLEM_LIMIT]),
        more=max(0, len(ordered) - PROBLEM_LIMIT),
        verdict=verdict,
    )


def _verdict(problems: list[Problem]) -> IntakeClass:
    kinds = {problem.kind for problem in problems if problem.severity == "error"}
    if "parse" in kinds:
        return "REJECT_PARSE"
    if "schema" in kinds:
        return "REJECT_SCHEMA"
    if "rule" in kinds:
        return "REJECT_RULE"
    return "ACCEPT_WARN" if problems else "ACCEPT"


def _place(problem: Problem, value: object, positions: _Positions) -> tuple[bool, tuple[int, ...]]:
    """Sort key: errors first, then the order of the document; what is missing comes before its siblings."""
    places = []
    for token in problem.pointer.removeprefix(BYTES).split("/")[1:]:
        names = _names(value, positions)
        name = token.replace("~1", "/").replace("~0", "~")
        if name not in names:
            places.append(-1 if name else -2)
            break
        places.append(names[name])
        value = value[name] if isinstance(value, dict) else value[names[name]]  # type: ignore[index]
    return problem.severity == "warning", tuple(places)


def _names(value: object, positions: _Positions) -> dict[str, int]:
    """Position of every child by its name or index, kept for the next problem."""
    if id(value) not in positions:
        children = value if isinstance(value, dict | list) else []
        names = children if isinstance(children, dict) else map(str, range(len(children)))
        positions[id(value)] = {name: position for position, name in enumerate(names)}
    return positions[id(value)]


def _elsewhere(problems: list[Problem], said: list[Problem]) -> Iterator[Problem]:
    """Leave out what was said about the same place while reading."""
    pointers = {problem.pointer for problem in said}
    return (problem for problem in problems if problem.pointer not in pointers)


def _resolve_language(value: object, run: str | None) -> tuple[str | None, list[Problem]]:
    """The run's language before the document's, and what is wrong with them."""
    named = value.get("target_language") if isinstance(value, dict) else None
    document = named if isinstance(named, str) and re.fullmatch(LANGUAGE_PATTERN, named) else None
    if run is not None and not re.fullmatch(LANGUAGE_PATTERN, run):
        message = f"The run's language {quote(run)} is no language tag."
        return document, [_language_problem("error", message, "Give a tag such as en, pt-BR or sr-Latn-RS.")]
    if run is not None and document not in (None, run):
        message = f"The document says {document}, the run says {run}: the course is written in {run}."
        return run, [_language_problem("warning", message, "Leave out --language to use the document's.")]
    if run is None and named is None and isinstance(value, dict):
        message = "Neither the document nor the run names a language."
        return None, [_language_problem("error", message, "Add target_language, or give --language.")]
    return run or document, []


def _language_problem(severity: Literal["error", "warning"], message: str, remedy: str) -> Problem:
    return Problem(severity, "schema", "", "/target_language", message, remedy)


def _with_section_ids(value: Any) -> Any:
    """A copy in which every section has an id: s1 for the first and so on, unless another has it."""
    sections = _at(value, SECTIONS)
    if not isinstance(sections, list):
        return value
    ids = [section.get("section_id") for section in sections if isinstance(section, dict)]
    taken = {name for name in ids if isinstance(name, str)}
    named = []
    for number, section in enumerate(sections, 1):
        if not isinstance(section, dict) or "section_id" in section:
            named.append(section)
            continue
        name = _free_id(number, taken)
        taken.add(name)
        named.append({"section_id": name, **section})
    structure = {**value["recommended_structure"], "sections_breakdown": named}
    return {**value, "recommended_structure": structure}


def _free_id(number: int, taken: set[str]) -> str:
    names = [f"s{number}", *(f"s{number}-{variant}" for variant in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _at(value: object, path: Path) -> object:
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _for_models(value: Any) -> Any:
    """A copy that Pydantic and every store can hold: plain objects, no lone surrogates, no huge integers.

    Lone surrogates are reported by rule X7; integers beyond 64 bits become floating point.
    """
    match value:
        case dict():
            return {_for_models(name): _for_models(child) for name, child in value.items()}
        case list():
            return [_for_models(child) for child in value]
        case str():
            return _LONE_SURROGATE.sub("\ufffd", value)
        case int() if not isinstance(value, bool) and abs(value) >= _INTEGER_LIMIT:
            return _as_float(value)
    return value


def _as_float(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf")
