"""Facts: a sentence about a verifiable fact must not give it another value.

Plain form: a sentence that shares most of the statement's content words and names numbers, none of
which stands in the statement, contradicts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])")
_WORD = re.compile(r"[^\W\d_]{4,}")
_SAME_SUBJECT = 0.6
"""Share of the statement's content words from which a sentence speaks of the same thing."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


def contradicted_facts(contents: Sequence[str], facts: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """One sentence for each fact that a text gives another value; empty where none is contradicted."""
    sentences = [part for content in contents for part in _SENTENCE_END.split(content)]
    return tuple(
        f"The text contradicts this fact: {fact['statement']}"
        for fact in facts
        if _has_number(fact) and any(_contradicts(sentence, fact["statement"]) for sentence in sentences)
    )


def _has_number(fact: Mapping[str, Any]) -> bool:
    return isinstance(fact.get("value"), int | float) and bool(_numbers(fact["statement"]))


def _contradicts(sentence: str, statement: str) -> bool:
    found = _numbers(sentence)
    if not found or found & _numbers(statement):
        return False
    subject = _words(_WORD.findall(statement))
    return len(subject & _words(_WORD.findall(sentence))) >= _SAME_SUBJECT * max(1, len(subject))


def _numbers(text: str) -> set[str]:
    return {number.replace(",", "") for number in _NUMBER.findall(text)}


def _words(words: Iterable[str]) -> set[str]:
    return {word.casefold() for word in words}
