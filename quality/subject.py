"""What a sentence speaks about: the stems of its content words, for comparing it with another one."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib.resources import files

import simplemma

from courseai.quality.check_words import word_list

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")  # noqa: RUF001 - the typographic apostrophe is meant
_STEM = 6
"""Letters of a lemma that count, so that "require" and "requirement" are one word."""
_SHORTEST = 3
_ENGLISH = json.loads(files("courseai.quality").joinpath("english_words.json").read_text(encoding="utf-8"))
_FUNCTION_WORDS = frozenset(_ENGLISH["function_words"]) | frozenset(word_list("function_words"))


def subject_words(text: str, language: str = "en") -> frozenset[str]:
    """Stems of the words that carry meaning; numbers are none."""
    words = (word for word in _WORD.findall(text) if len(word) >= _SHORTEST)
    return frozenset(stem(word, language) for word in words if not is_function_word(word))


def is_function_word(word: str) -> bool:
    """Whether a word carries grammar and no meaning."""
    return word.casefold() in _FUNCTION_WORDS


def stem(word: str, language: str = "en") -> str:
    """The first letters of a word's lemma."""
    return lemma(word, language)[:_STEM]


@lru_cache(maxsize=50_000)
def lemma(word: str, language: str = "en") -> str:
    """A word's dictionary form in lower case; the word itself in an unknown language."""
    try:
        return simplemma.lemmatize(word.casefold(), lang=language).casefold()
    except ValueError:
        return word.casefold()
