"""Sentences that repeat a fact with one thing changed: "Insulin raises blood sugar" for "lowers".

Numbers are compared in `fact.py`; here it is words. A sentence and a statement that have all content
words in common but one are compared at that one. It contradicts the fact if the words exclude each other
(an opposite, another month, the same word with a negating prefix), or if it is another name where the
statement can be true of one name alone ("the capital of", "wrote"). Anything else that was put in the
place of a word may be true as well, and is only doubtful.
"""

from __future__ import annotations

import re
from typing import Literal

from courseai.quality.check_words import one_of, word_list
from courseai.quality.subject import is_function_word, lemma

Change = Literal["contrary", "doubtful"]

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d[\d.,]*")  # noqa: RUF001 - the typographic apostrophe is meant
_FEWEST_SHARED = 2
_FEWEST_FOR_DOUBT = 3
_MOST_WITH_A_NUMBER = 2
"""Words that may differ, the number being one: "began in 1789" and "started in 1776"."""
_EXCLUSIVE = tuple(frozenset(group.split()) for group in word_list("exclusive"))
"""Words of which only one can be right in the same place."""
_NEGATING_PREFIX = re.compile(r"(?:im|in|un|non-?|dis|ir|il|ab)")
_UNIQUE = re.compile(rf"\b{one_of('unique_relation')}\b", re.IGNORECASE)
"""What is true of one name alone."""
_NO_CONTENT = frozenset(word_list("filler_of_facts"))
_EXCLUSIVE_WORDS = frozenset().union(*_EXCLUSIVE)


def changed(sentence: str, statement: str, language: str = "en") -> Change | None:
    """How a sentence differs from a statement that it nearly repeats; None where it says the same or else."""
    said, meant = _words(sentence, language), _words(statement, language)
    extra = [word for word in said if word not in meant]
    missing = [word for word in meant if word not in said]
    shared = len(said) - len(extra)
    if not extra or not missing or not shared:
        return None
    if shared >= _FEWEST_SHARED and _is_another_name(extra, missing, said, meant, statement):
        return "contrary"
    as_written = [" ".join(words[key] for key in keys) for words, keys in ((meant, missing), (said, extra))]
    if _exclude_each_other(as_written[0].casefold(), as_written[1].casefold()):
        return "contrary"
    change = _by_one_word(extra, missing, shared)
    if change == "doubtful" and _differ_in_a_number(extra, missing):
        subjects = _stand_for_things([said[w] for w in extra], sentence)
        return None if subjects or _stand_for_things([meant[w] for w in missing], statement) else change
    return change


def _by_one_word(extra: list[str], missing: list[str], shared: int) -> Change | None:
    if len(extra) != 1 or len(missing) != 1:
        is_close = max(len(extra), len(missing)) <= _MOST_WITH_A_NUMBER and shared >= _FEWEST_SHARED
        return "doubtful" if is_close and _differ_in_a_number(extra, missing) else None
    if _exclude_each_other(missing[0], extra[0]):
        return "contrary"
    return "doubtful" if shared >= _FEWEST_FOR_DOUBT and not missing[0].isdigit() else None


def _differ_in_a_number(extra: list[str], missing: list[str]) -> bool:
    said, meant = ([word for word in words if word[0].isdigit()] for words in (extra, missing))
    return len(said) == 1 == len(meant) and not _rounds_to(said[0], meant[0])


def _rounds_to(first: str, second: str) -> bool:
    """Whether one of two numbers is the other with fewer decimals: 78 for 78.4."""
    short, long = sorted((first.rstrip("."), second.rstrip(".")), key=len)
    return "." in long and long.partition(".")[0] == short.partition(".")[0]


def _stand_for_things(words: list[str], text: str) -> bool:
    """Whether one of the words opens the sentence or follows an article or preposition.

    Then it is a thing, and a sentence with another thing and another number speaks of that: "the boiling
    point of water is 100 °C" says nothing against a fact about ethanol.
    """
    things = (re.escape(word) for word in words if not word[0].isdigit())
    before = rf"(?:^\W*(?:{one_of('article')}\s+)?|\b(?:{one_of('article')}|{one_of('before_a_thing')})\s+)"
    return any(re.search(rf"{before}{thing}\b", text, re.IGNORECASE) for thing in things)


def _is_another_name(
    extra: list[str], missing: list[str], said: dict[str, str], meant: dict[str, str], statement: str
) -> bool:
    return _names(extra, said) and _names(missing, meant) and bool(_UNIQUE.search(statement))


def _words(text: str, language: str) -> dict[str, str]:
    """Lemmas in their order, with the word as it was written; words of grammar left out."""
    found = {}
    for word in _WORD.findall(text):
        key = lemma(word, language)
        is_small = is_function_word(word) or key in _NO_CONTENT or len(word) < 2
        if not is_small or key in _EXCLUSIVE_WORDS or word.casefold() in _EXCLUSIVE_WORDS:
            found[key] = word
    return found


def _names(words: list[str], written: dict[str, str]) -> bool:
    """Whether the words are one name, such as "Louis Pasteur"."""
    return len(words) <= 3 and all(written[word][:1].isupper() for word in words)


def excludes_a_word(word: str, statement: str) -> bool:
    """Whether a statement has a word that cannot be right where this one is: "before" for "after"."""
    meant = frozenset(re.findall(r"[^\W\d_]+", statement.casefold()))
    return any(word in group and group & meant for group in _EXCLUSIVE)


def _exclude_each_other(old: str, new: str) -> bool:
    if any(old in group and new in group for group in _EXCLUSIVE):
        return True
    longer, shorter = (old, new) if len(old) > len(new) else (new, old)
    prefix = longer.removesuffix(shorter)
    return len(shorter) > 3 and prefix != longer and bool(_NEGATING_PREFIX.fullmatch(prefix))
