"""An objective in the forms that a sentence needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from simplemma import lemmatize

Rewordings = tuple[tuple[str, str], ...]
"""Patterns and what to put in their place, the most natural change first."""

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


def is_quotation(sentence: str, objective: str, language: str) -> bool:
    """Whether the sentence holds the objective's opening, verb included, in one unbroken run.

    The opening is three quarters of its words, at least four, or all of a shorter one, inflected or
    not: what the alignment check sets aside, because it repeats the objective and adds nothing.
    """
    lemmas, own = _lemmas(sentence, language), _lemmas(objective, language)
    opening = own[: max(_SHORTEST_QUOTE, round(_QUOTED_SHARE * len(own)))]
    return any(lemmas[start : start + len(opening)] == opening for start in range(len(lemmas)))


def reworded(phrase: str, objective: str, language: str, rewordings: Rewordings) -> str:
    """The phrase after the first rewording that makes it the writer's own words, or after all of them."""
    if not is_quotation(phrase, objective, language):
        return phrase
    changed = phrase
    for pattern, replacement in rewordings:
        once = re.sub(pattern, replacement, phrase, count=1)
        if not is_quotation(once, objective, language):
            return once
        changed = re.sub(pattern, replacement, changed, count=1)
    return changed


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


def _lemmas(text: str, language: str) -> list[str]:
    return [_lemma(word, language) for word in _WORD.findall(text.casefold())]


@lru_cache(maxsize=50_000)
def _lemma(word: str, language: str) -> str:
    return str(lemmatize(word, lang=language)).casefold()
