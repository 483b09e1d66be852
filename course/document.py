"""From bytes, or a Python value, to a JSON document that is safe to walk (rule X10).

Nothing here can be crashed by its input: depth is measured on the bytes before they are parsed, and
numbers of any length are read as floating point (RFC 8259, section 6, promises no more).
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from .problem import BYTES, ROOT, Path, Problem, pointer

SIZE_LIMIT = 1024 * 1024
"""Bytes (rule X10)."""
DEPTH_LIMIT = 20
"""Nested arrays and objects (rule X10)."""
_SEARCH_LIMIT = 8 * SIZE_LIMIT
"""Bytes up to which an oversized document is still parsed, to say which text makes it so large."""
_LONG_TEXT = SIZE_LIMIT // 4
_INTEGER_DIGITS = 300
_BRACKET_OR_TEXT = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
_TOO_LARGE = f"Shorten it: a document has at most {SIZE_LIMIT:,} bytes."
_TOO_DEEP = f"Flatten it: at most {DEPTH_LIMIT} levels of arrays and objects are read."
_RESAVE = "Save the file as UTF-8 without a byte order mark."
_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "UTF-8",
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


@dataclass(frozen=True)
class Document:
    """A document that may be walked if it is `readable`, and what was found while reading it."""

    value: Any = None
    readable: bool = False
    problems: list[Problem] = field(default_factory=list)


class _Constant(float):
    """NaN or Infinity as written in the document, which is no JSON."""


class _Object(dict[str, Any]):
    """A JSON object that remembers which of its names came more than once."""

    repeated: tuple[str, ...] = ()


def read_document(data: bytes) -> Document:
    """Read bytes as one JSON document; the problems have kind "parse", or "schema" for its size."""
    if len(data) > _SEARCH_LIMIT:
        return Document(problems=[_size_problem(len(data))])
    document = _parse(data)
    if len(data) > SIZE_LIMIT:
        size_problem = _size_problem(len(data), _long_text(document.value) or ())
        return Document(problems=[*document.problems, size_problem])
    return replace(document, problems=[*document.problems, *_value_problems(document.value)])


def check_value(value: object) -> Document:
    """Check that a Python value is a JSON document within the limits of size and depth."""
    if (problem := _foreign_problem(value)) is not None:
        return Document(problems=[problem])
    size = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
    if size > SIZE_LIMIT:
        return Document(problems=[_size_problem(size, _long_text(value) or ())])
    return Document(value, readable=True, problems=_value_problems(value))


def walk(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every value of a document with its path, in document order, the whole document first."""
    waiting: list[tuple[Path, object]] = [(path, value)]
    while waiting:
        path, value = waiting.pop()
        yield path, value
        children = value.items() if isinstance(value, dict) else enumerate(_items(value))
        waiting.extend(reversed([((*path, key), child) for key, child in children]))


def _parse(data: bytes) -> Document:
    text, problems = _decode(data)
    if text is None:
        return Document(problems=problems)
    if (depth_problem := _depth_problem(text)) is not None:
        return Document(problems=[*problems, depth_problem])
    try:
        value = json.loads(
            text, object_pairs_hook=_keep_repeated, parse_constant=_Constant, parse_int=_parse_integer
        )
    except json.JSONDecodeError as error:
        return Document(problems=[*problems, _syntax_problem(error)])
    return Document(value, readable=True, problems=problems)


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _decode(data: bytes) -> tuple[str | None, list[Problem]]:
    problems = []
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            problems = [_parse_problem(f"The file begins with a byte order mark ({encoding}).", _RESAVE)]
            data = data.removeprefix(mark)
            if encoding != "UTF-8":
                return None, problems
            break
    if not data.strip():
        return None, [*problems, _parse_problem("The file is empty.", "Give an analysis_result as JSON.")]
    try:
        return data.decode("utf-8"), problems
    except UnicodeDecodeError as error:
        return None, [*problems, _encoding_problem(data, error)]


def _encoding_problem(data: bytes, error: UnicodeDecodeError) -> Problem:
    guess = "UTF-16" if b"\0" in data[:4] else "Latin-1 or Windows-1252"
    line = data.count(b"\n", 0, error.start) + 1
    return _parse_problem(
        f"The file is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start} (counted from 0), "
        f"line {line}, cannot stand there. It looks like {guess}.",
        _RESAVE,
    )


def _depth_problem(text: str) -> Problem | None:
    depth = 0
    for match in _BRACKET_OR_TEXT.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match.group(), 0)
        if depth > DEPTH_LIMIT:
            place = _place(text, match.start())
            return _parse_problem(f"{place} lies more than {DEPTH_LIMIT} levels deep.", _TOO_DEEP)
    return None


def _syntax_problem(error: json.JSONDecodeError) -> Problem:
    place = _place(error.doc, error.pos)
    if error.msg == "Extra data":
        return _parse_problem(f"{place} is behind the end of the document.", "Remove what follows it.")
    if not error.doc[error.pos :].strip() or error.msg.startswith("Unterminated string"):
        return _parse_problem(
            f"The document breaks off: {error.msg} {place[0].lower()}{place[1:]}.",
            "The file seems cut off; fetch it again in full.",
        )
    return _parse_problem(f"{place} is no JSON: {error.msg}.", "Mend the syntax there.")


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return f"Line {line}, column {column}"


def _keep_repeated(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        found.repeated = tuple(name for name, count in counts.items() if count > 1)
    return found


def _parse_integer(digits: str) -> int | float:
    """Python refuses to read integers of more than 4,300 digits, and takes long for shorter ones."""
    return int(digits) if len(digits) <= _INTEGER_DIGITS else float(digits)


def _value_problems(value: object) -> list[Problem]:
    problems = []
    for path, part in walk(value):
        problems += [_repeated_problem((*path, name)) for name in getattr(part, "repeated", ())]
        if isinstance(part, float) and not math.isfinite(part):
            problems.append(_number_problem(path, part))
    return problems


def _repeated_problem(path: Path) -> Problem:
    return Problem(
        "error", "parse", "X10", pointer(path), "The same object has this name more than once.",
        "Keep one of them; which one is meant cannot be known.",
    )  # fmt: skip


def _number_problem(path: Path, number: float) -> Problem:
    if isinstance(number, _Constant):
        message = "NaN and Infinity are no JSON numbers."
        return Problem("error", "parse", "X10", pointer(path), message, "Write a number, or leave it out.")
    message = "The number is too large, or not a number."
    return Problem("error", "schema", "X10", pointer(path), message, "Write a finite number.")


def _size_problem(size: int, path: Path = ()) -> Problem:
    where = "this text alone is most of it" if path else "nothing of it was checked"
    message = f"The document has {size:,} bytes, more than the {SIZE_LIMIT:,} that are read; {where}."
    return Problem("error", "schema", "X10", pointer(path), message, _TOO_LARGE)


def _long_text(value: object) -> Path | None:
    """Path of the first text that alone is a large part of a document that is not too deep."""
    if isinstance(value, str):
        return () if len(value) > _LONG_TEXT else None
    for key, child in value.items() if isinstance(value, dict) else enumerate(_items(value)):
        if (path := _long_text(child)) is not None:
            return (key, *path)
    return None


def _foreign_problem(value: object) -> Problem | None:
    """The first thing that JSON cannot hold; it also ends values that contain themselves."""
    for count, (path, part) in enumerate(walk(value), 1):
        if len(path) >= DEPTH_LIMIT and isinstance(part, dict | list):
            return Problem("error", "parse", "X10", pointer(path), "This lies too deep.", _TOO_DEEP)
        if count > SIZE_LIMIT:
            return Problem("error", "schema", "X10", ROOT, "The document is too large.", _TOO_LARGE)
        if not isinstance(part, dict | list | str | int | float | None):
            return _not_json(path, f"A Python {type(part).__name__} is not JSON.")
        if isinstance(part, dict) and not all(isinstance(name, str) for name in part):
            return _not_json(path, "An object has a name that is not text.")
    return None


def _not_json(path: Path, message: str) -> Problem:
    return Problem("error", "schema", "X10", pointer(path), message, "Hand over what json.loads gives.")


def _parse_problem(message: str, remedy: str) -> Problem:
    return Problem("error", "parse", "X10", BYTES, message, remedy)
