"""Text that somebody meant to replace (rule X9)."""

from __future__ import annotations

import re

_PLACEHOLDERS = (
    # Capitals only, and not as an adjective: "Build a TODO list app" and Spanish "todo" are real words.
    re.compile(r"^\W*(?:TODO|FIXME|X{3,}|TB[ACD])\W*$"),
    re.compile(r"\b(?:TODO|FIXME|XXX)(?:\s*:|\s+[-–—]|\s*$)"),  # noqa: RUF001 - dashes are meant
    re.compile(r"[(\[<]\s*(?:TODO|FIXME|XXX|TB[ACD])\b"),
    re.compile(r"^\W*TODO\s+(?:add|write|fill|define|insert|complete|replace|decide|later)\b", re.IGNORECASE),
    re.compile(r"^\W*todo\s*:", re.IGNORECASE),
    re.compile(r"\bTBD\b"),
    re.compile(r"\blorem\s+ipsum\b|\bdolor\s+sit\s+amet\b", re.IGNORECASE),
    re.compile(r"\{\{[^{}]*\w[^{}]*\}\}|\{%.*?%\}"),
    re.compile(
        r"[\[<]\s*(?:insert|add|enter|fill|your|placeholder|replace|insertar|inserte|insérer|einfügen|hier|"
        r"inserir|inserire|вставить|вставьте)\b[^\]>]*[\]>]",
        re.IGNORECASE,
    ),
    re.compile(
        r"^\W*(?:tb[acd]|to be (?:added|announced|confirmed|decided|defined|determined|done|written)|"
        r"coming soon|placeholder|n/a|your text here|asdf\w*|"
        r"por (?:definir|completar)|pendiente(?: de definir)?|à (?:définir|compléter)|"
        r"noch (?:offen|zu (?:definieren|ergänzen))|platzhalter|a definir|da (?:definire|completare)|"
        r"уточнить|заполнить(?: позже)?|будет добавлено)\W*$",
        re.IGNORECASE,
    ),
    re.compile(r"^\W+$"),
)
_LENGTH_READ = 300
"""Characters; the fields that this rule is about hold no more."""


def placeholder(text: str) -> str | None:
    """The part of a text that is a placeholder, or None."""
    beginning = text[:_LENGTH_READ]
    for pattern in _PLACEHOLDERS:
        if match := pattern.search(beginning):
            return match.group().strip() or text
    return None
