"""The words and patterns of the exercise rules, by language (exercise_words.json).

A language that has no entry gets no finding: a rule that cannot read a text says nothing about it.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any


def pattern(name: str, language: str) -> re.Pattern[str] | None:
    """The pattern of that name for a language tag, None where there is none."""
    return _pattern(name, _code(language))


def word_set(name: str, language: str) -> frozenset[str]:
    """The words of that name for a language tag, lower case."""
    return frozenset(_table()[name].get(_code(language), "").split())


@cache
def any_language(name: str) -> re.Pattern[str]:
    """Any of the expressions of that name, which are few and of all languages together."""
    return re.compile("|".join(f"(?:{one})" for one in _table()[name]), re.IGNORECASE)


@cache
def catch_all() -> re.Pattern[str]:
    """What "all of the above" and its kin look like, in every language at once."""
    return re.compile("|".join(f"(?:{one})" for one in _table()["catch_all"]), re.IGNORECASE)


@cache
def vowel_sound() -> re.Pattern[str]:
    """Beginnings of English words that follow "an", near enough."""
    return re.compile(_table()["vowel_sound"], re.IGNORECASE)


@cache
def letter_reference() -> re.Pattern[str]:
    """Text that speaks of an option by its letter: "option B", "B is correct"."""
    return re.compile(_table()["letter_reference"])


@cache
def _pattern(name: str, code: str) -> re.Pattern[str] | None:
    text = _table()[name].get(code)
    return re.compile(text, re.IGNORECASE) if text else None


def _code(language: str) -> str:
    return re.split(r"[-_]", language, maxsplit=1)[0].lower()


@cache
def _table() -> dict[str, Any]:
    text = resources.files("courseai.quality").joinpath("exercise_words.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table
