"""Whether a sentence denies a fact, or speaks of another case, time or condition than the fact does."""

from __future__ import annotations

import re

from courseai.quality.check_words import one_of, whole_words, word_list
from courseai.quality.fact_change import excludes_a_word
from courseai.quality.subject import subject_words

_NEGATION = whole_words("negation")
_SPEAKS_OF_ELSE = re.compile(rf"\b{one_of('something_else')}\b|\?", re.IGNORECASE)
_MONTH_OF_MAY = re.compile(r"(?<=\d )May\b|\bMay(?= \d)|(?<=\b[Ii]n )May\b")
_FORBIDDING = whole_words("forbidding")
_PERMISSIONS = frozenset(word_list("permission"))
_OPPOSITES = tuple(frozenset(group.split()) for group in word_list("opposites"))
_LEADING_CONDITION = re.compile(
    rf"(?:^|,\s*|\()(?:{one_of('leading_preposition')})\s+([^,.;()]{{3,60}}?)(?=,|\)|\s+{one_of('article')}\b)",
    re.IGNORECASE,
)


def is_denied(text: str) -> bool:
    """Whether a negation stands in it."""
    return bool(_NEGATION.search(text))


def asks_or_excepts(sentence: str, statement: str) -> bool:
    """Whether it names an exception or another case, by a word that no word of the statement excludes."""
    return any(not excludes_a_word(word, statement) for word in _words_of_else(sentence, statement))


def speaks_of_else(sentence: str, statement: str, language: str) -> bool:
    """Whether it names an exception, another time or case, or an opposite of one of the words.

    Where the statement forbids, a permission ("may") is its denial and no exception.
    """
    is_forbidding = bool(_FORBIDDING.search(statement))
    words = _words_of_else(sentence, statement)
    if any(not (is_forbidding and word in _PERMISSIONS) for word in words):
        return True
    said, meant = _plain_words(sentence), _plain_words(statement)
    if any(group & meant and group & said and not group & meant & said for group in _OPPOSITES):
        return True
    conditions = [subject_words(match.group(1), language) for match in _LEADING_CONDITION.finditer(sentence)]
    return any(words and not words & subject_words(statement, language) for words in conditions)


def _words_of_else(sentence: str, statement: str) -> list[str]:
    """The words that say so, unless the statement has them too."""
    own = statement.casefold()
    found = [match.group().casefold() for match in _SPEAKS_OF_ELSE.finditer(_MONTH_OF_MAY.sub(" ", sentence))]
    return [word for word in found if word not in own]


def _plain_words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]+", text.casefold()))
