"""Rules that warn: an exercise can be marked, but its wording gives the key away or trips the reader.

Each function returns what is wrong, as a sentence that a model can act on, or None. All of them are about
multiple choice. Figures: in 2,026 machine-written questions the key was the longest option in 90.7 %, and
1.5 times the mean distractor in 85.9 %.
"""

from __future__ import annotations

import re

from courseai.quality.exercise_item import Item, is_key_longest, length_ratio, numbers, words
from courseai.quality.exercise_words import pattern, vowel_sound, word_set

LONG_KEY_RATIO = 1.5
_SEEN_DIFFERENCE = 12
"""Characters; a key that is longer by less, such as "three" among "one" and "two", shows nothing."""
_CONTENT_WORD = 4
"""Letters from which a word is a content word, unless it is in the list of function words."""
_ARTICLE = re.compile(r"\b(an?)\s*(?:_{2,})?[\s:.…?]*$", re.IGNORECASE)
_ACRONYM = re.compile(r"[A-Z]{2}|\W|\d")


def long_key(item: Item) -> str | None:
    """The key is the longest option and at least 1.5 times the mean distractor."""
    if not is_key_longest(item) or length_ratio(item) < LONG_KEY_RATIO:
        return None
    key = item.key or ""
    if len(key) - max(len(text) for text in item.distractors) < _SEEN_DIFFERENCE:
        return None
    return "The correct option is much longer than the others; give all options about the same length."


def absolute_distractors(item: Item) -> str | None:
    """Words such as "always" stand in two or more distractors and not in the key."""
    marked = [text for text in item.distractors if _is_absolute(text, item.language)]
    if len(marked) < 2 or _is_absolute(item.key or "", item.language):
        return None
    return 'Only wrong options use absolute words such as "always" or "only"; word all options alike.'


def echoed_stem_word(item: Item) -> str | None:
    """A content word of the question stands in the key and in no distractor."""
    stem = _content_words(item.draft.question, item.language)
    elsewhere = {word for text in item.distractors for word in _content_words(text, item.language)}
    echoed = sorted((_content_words(item.key or "", item.language) & stem) - elsewhere)
    if not item.distractors or not echoed:
        return None
    return f'"{echoed[0]}" stands in the question and in the correct option only, which points at it.'


def unmarked_negation(item: Item) -> str | None:
    """A NOT or EXCEPT that turns the question round stands in capitals."""
    word = negation_span(item)
    return (
        f'"{item.draft.question[slice(*word)]}" turns the question round; write it in capitals.'
        if word
        else None
    )


def negation_span(item: Item) -> tuple[int, int] | None:
    """Where a negation stands that is not marked, as a slice of the question."""
    found = pattern("negative_stem", item.language)
    match = found.search(item.draft.question) if found else None
    if match is None:
        return None
    group = "negation" if match["negation"] else "exception"
    return None if match[group].isupper() else match.span(group)


def grammar_cue(item: Item) -> str | None:
    """The question ends in "a" or "an", and only the key fits it. English only."""
    article = _ARTICLE.search(item.draft.question)
    options = [item.key or "", *item.distractors]
    if not item.language.lower().startswith("en") or article is None or len(options) < 2:
        return None
    if any(_ACRONYM.match(option) for option in options):
        return None
    fits = [bool(vowel_sound().match(text)) == (article[1].lower() == "an") for text in options]
    if fits[0] and not any(fits[1:]):
        return f'"{article[1]}" at the end of the question fits the correct option only.'
    return None


def unsorted_numbers(item: Item) -> str | None:
    """Options that are numbers stand in order, so that nobody searches."""
    values = numbers(item.draft.options, item.language)
    if values is None or values in (sorted(values), sorted(values, reverse=True)):
        return None
    return "The options are numbers; put them in order."


def _is_absolute(text: str, language: str) -> bool:
    """True for "always" and "all"; "at all" says nothing about how many."""
    idiom = pattern("idiom", language)
    plain = idiom.sub(" ", text) if idiom else text
    return not word_set("absolute", language).isdisjoint(words(plain))


def _content_words(text: str, language: str) -> set[str]:
    function = word_set("function", language)
    if not function:
        return set()
    return {_stem(word) for word in words(text) if len(word) >= _CONTENT_WORD and word not in function}


def _stem(word: str) -> str:
    """The word without a plural s, so that "loops" echoes "loop"."""
    return word[:-1] if word.endswith("s") and len(word) > _CONTENT_WORD else word
