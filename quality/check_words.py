"""The words and patterns that the checks look for, by purpose and language, from check_words.json."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files


def word_list(purpose: str) -> list[str]:
    """The entries for a purpose, of all languages: a lesson's quotations may be in another one."""
    return [entry for entries in _lists()[purpose].values() for entry in entries]


def one_of(purpose: str) -> str:
    """A regular expression for any of the entries; they are expressions themselves."""
    return f"(?:{'|'.join(word_list(purpose))})"


def whole_words(purpose: str) -> re.Pattern[str]:
    """Any of the entries as whole words, in upper or lower case."""
    return re.compile(rf"\b{one_of(purpose)}\b", re.IGNORECASE)


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    text = files("courseai.quality").joinpath("check_words.json").read_text(encoding="utf-8")
    lists: dict[str, dict[str, list[str]]] = json.loads(text)
    return lists
