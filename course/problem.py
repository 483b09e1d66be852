"""What is wrong with an input document, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning"]
Kind = Literal["parse", "schema", "rule"]
Path = tuple[str | int, ...]

ROOT = "/"
BYTES = "(bytes)"
"""Pointer of a problem that lies in the bytes, before there is any document to point into."""

_QUOTE_LIMIT = 60
_KEY_LIMIT = 80


@dataclass(frozen=True)
class Problem:
    """One finding about the input, for people and programs."""

    severity: Severity
    kind: Kind
    """The stage that found it: reading the bytes, checking fields, or checking rules that join fields."""
    rule: str
    """X1 to X10 of the contract, or empty."""
    pointer: str
    """RFC 6901 JSON pointer, with the whole document written `/`, or `(bytes)`."""
    message: str
    """What is wrong, in one sentence; it quotes at most 60 characters of the input, escaped."""
    remedy: str
    """What to do."""

    def to_dict(self) -> dict[str, str]:
        """The problem as JSON."""
        return asdict(self)


def pointer(path: Path) -> str:
    """RFC 6901 pointer of a path; characters that cannot be seen are escaped, long names cut."""
    tokens = (visible(str(part), _KEY_LIMIT).replace("~", "~0").replace("/", "~1") for part in path)
    return "".join(f"/{token}" for token in tokens) or ROOT


def visible(text: str, limit: int = _QUOTE_LIMIT) -> str:
    """At most `limit` characters of a text, with those that cannot be seen as \\uXXXX."""
    shown = "".join(char if char.isprintable() else _escaped(char) for char in text[:limit])
    return shown + "…" if len(text) > limit else shown


def quote(text: str) -> str:
    """A short, safe quotation of input text."""
    return f"“{visible(text)}”"


def enumerate_words(words: Sequence[object], last: str = "and") -> str:
    """`a, b and c`."""
    texts = [str(word) for word in words]
    return f" {last} ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"
