"""An objective in the forms that a sentence needs."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SHORTEST_QUOTE = 4
_QUOTED_SHARE = 0.75
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")


@dataclass(frozen=True)
class Forms:
    """One objective, ready to be put into frames."""

    text: str
    """As the brief has it."""
    base: str
    """After "to" or "when you": "write a loop"; in Spanish the infinitive."""
    gerund: str
    """As a noun: "writing a loop that repeats a calculation"; in Spanish the infinitive again."""
    head: str
    """The short form of that: "writing a loop"."""


def is_quotation(sentence: str, objective: str) -> bool:
    """Whether the sentence holds so long a run of the objective's words that it repeats it and adds nothing.

    That is three quarters of them, at least four, or all of a shorter one: what the alignment check
    sets aside as a quotation.
    """
    words, own = _words(sentence), _words(objective)
    length = min(len(own), max(_SHORTEST_QUOTE, round(_QUOTED_SHARE * len(own))))
    runs = {tuple(own[start : start + length]) for start in range(len(own) - length + 1)}
    return any(tuple(words[start : start + length]) in runs for start in range(len(words) - length + 1))


def reworded(phrase: str, objective: str, rewordings: tuple[tuple[str, str], ...]) -> str:
    """The phrase with as few rewordings as make it the writer's own words; all that apply if none suffice."""
    for pattern, replacement in rewordings:
        if not is_quotation(phrase, objective):
            break
        phrase = re.sub(pattern, replacement, phrase, count=1)
    return phrase


def foreign_forms(objective: str) -> Forms:
    """An objective in a language that we have no grammar for, quoted whole in an English sentence."""
    return Forms(
        objective,
        f"reach the aim “{objective}”",
        f"working towards “{objective}”",
        "working towards this aim",
    )


def lowered_first(text: str) -> str:
    """The text with a lower-case first letter, unless its first word is an acronym or a name in capitals."""
    first_word = text.split(maxsplit=1)[0] if text.strip() else ""
    return text if first_word[1:2].isupper() else text[:1].lower() + text[1:]


def raised_first(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
