"""A lexical guard: sentences that only say what will be taught are no evidence that it was taught.

An embedding puts "In this lesson you will learn to explain osmosis" closer to the objective
"Explain osmosis" than any real explanation. So such sentences are set aside before scoring, with
lists of keywords and sentences from one mould, and a lesson needs a minimum of words beyond its
objectives' own.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import groupby

import simplemma

from courseai.course.bloom import opening_verbs

MINIMUM_NEW_WORDS = 2
"""Content words a sentence has to add to the objectives' own to count as teaching."""
MINIMUM_SUBSTANCE = 12
"""Different content words beyond the objectives' own that a lesson needs. The poorest of 879 textbook texts
of 100 words and more has as many (tests/bench/calibrate_alignment.py)."""
MINIMUM_TEACHING_SHARE = 0.4
"""Of a lesson's sentences: at least two thirds of textbook texts teach, at most a quarter of filler does."""
_SHORTEST_SENTENCE = 4
_SHORTEST_QUOTE = 4
_NAMED_SHARE = 0.6
_QUOTED_SHARE = 0.75
_LOWEST_FUNCTION_WORD_SHARE = 0.15
_LONGEST_WITHOUT_FUNCTION_WORDS = 12
"""Content words in a row that a real sentence may have: "Autotrophs convert inorganic carbon..." """
_LIST_ITEMS, _LIST_ITEM_WORDS = 4, 3
_FRAME_FUNCTION_WORDS, _FRAME_USES = 5, 3
"""A frame of so many function words that is used so often is filled in, not written: not one of 879 textbook
texts has such a frame."""

_WORD_LISTS: dict[str, list[str]] = json.loads(
    files("courseai.quality").joinpath("english_words.json").read_text(encoding="utf-8")
)
_FUNCTION_WORDS = frozenset(_WORD_LISTS["function_words"])

_TEACHING_TALK = frozenset(_WORD_LISTS["teaching_talk"])
"""Words of lesson announcements and of prompts, as lemmas: they add nothing to an objective."""

_UNIT = r"(?:lesson|section|chapter|module|unit|course|reading|lecture|page|text)\b"
_READER = r"(?:you|we|students|learners|readers|participants)"
_ANNOUNCEMENT = re.compile(
    rf"^(?:in|after|throughout|during|by the end of|at the end of|the (?:goal|aim|purpose|objectives?|"
    rf"outcomes?) of) (?:this|our|your) (?:\w+ )?{_UNIT}"
    rf"|\bby the end,? {_READER}\b"
    rf"|\b{_READER} (?:will|should|shall|are going to|are expected to|need to|must|can expect to) "
    rf"(?:\w+ ){{0,2}}?(?:learn|be able|know how|understand how|cover|explore|discuss|study|examine|"
    rf"look at|master)\b"
    rf"|\b(?:this|our|your) (?:\w+ )?{_UNIT} "
    rf"(?:will|should|must|aims to|is about|covers?|teaches|explains|discusses|introduces)\b",
    re.IGNORECASE,
)

_COMMAND = (
    r"(?:please |you must |always |never |do not |don't )?"
    r"(?:write|return|respond|reply|answer|produce|generate|create|include|use|avoid|cover|keep|repeat|make|teach)\b"
)
_ORDERED = (
    r"(?:\b(?:json|markdown|lessons?|brief|prompt|schema|objectives?|key topics?|audience|tone)\b|\d words\b)"
)
_ROLE = (
    r"(?:you are|act as) (?:an? )?(?:\w+ ){0,4}?(?:assistant|designer|author|writer|teacher|tutor|lecturer|"
    r"instructor|expert)\b|your (?:task|job|role|assignment) (?:is|will be)\b"
)
_INSTRUCTION = re.compile(
    rf"^{_COMMAND}.*{_ORDERED}|^(?:{_ROLE})|^you write lessons\b"
    r"|^(?:the|each|every) (?:lesson|exercise|audience)s? (?:must|should|has to|needs|is|are)\b",
    re.IGNORECASE,
)
"""What a prompt tells its author, handed in as the lesson."""

_ITEM_BREAK = re.compile(r"[,;:|/\u2022]|\s[\u2013-]\s")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")


def teaching_sentences(
    sentences: Sequence[str], objectives: Sequence[str], language: str = "en"
) -> list[str]:
    """The sentences that can count as teaching these objectives, in order."""
    own = [_Objective.read(text, language) for text in objectives]
    frames = Counter(_frame(sentence) for sentence in sentences) if language == "en" else Counter()
    return [
        sentence
        for sentence in sentences
        if len(sentence.split()) >= _SHORTEST_SENTENCE
        and not _is_keyword_list(sentence, language)
        and not _INSTRUCTION.search(sentence)
        and not _is_filled_in(sentence, frames)
        and not _restates(sentence, own, language)
    ]


def counted_sentences(sentences: Sequence[str], objectives: Sequence[str], language: str = "en") -> list[str]:
    """The teaching sentences, or none at all if they are too few or say too little of their own."""
    teaching = teaching_sentences(sentences, objectives, language)
    is_enough = len(teaching) >= MINIMUM_TEACHING_SHARE * len(sentences)
    return teaching if is_enough and substance(teaching, objectives, language) >= MINIMUM_SUBSTANCE else []


def substance(sentences: Sequence[str], objectives: Sequence[str], language: str = "en") -> int:
    """How many different content words the sentences have beyond the objectives' own."""
    own_words = {word for text in objectives for word in content_words(text, language)}
    words = {word for text in sentences for word in content_words(text, language)}
    return len(words - own_words)


def content_words(text: str, language: str = "en") -> list[str]:
    """Lemmas in order, without function words, teaching talk, numbers and single letters."""
    return [
        lemma
        for word, lemma in zip(_words(text), _lemmas(text, language), strict=True)
        if len(word) > 1 and word not in _FUNCTION_WORDS and lemma not in _TEACHING_TALK
    ]


@dataclass(frozen=True)
class _Objective:
    content: frozenset[str]
    quotation: tuple[str, ...]
    """The lemmas it opens with, verb included; a sentence with all of them in a row quotes it."""

    @classmethod
    def read(cls, text: str, language: str) -> _Objective:
        lemmas = _lemmas(text, language)
        size = min(len(lemmas), max(_SHORTEST_QUOTE, round(_QUOTED_SHARE * len(lemmas))))
        # A bare subject ("Newton's second law") is the name that every explanation of it uses.
        is_quotable = size > _SHORTEST_QUOTE or (size > 1 and bool(opening_verbs(text, language)))
        quotation = tuple(lemmas[:size]) if is_quotable else ()
        return cls(frozenset(content_words(text, language)), quotation)

    def is_named_by(self, content: set[str]) -> bool:
        return bool(content) and len(self.content & content) >= _NAMED_SHARE * len(self.content)

    def is_quoted_by(self, lemmas: list[str]) -> bool:
        size = len(self.quotation)
        starts = range(len(lemmas) - size + 1) if size else range(0)
        return any(tuple(lemmas[start : start + size]) == self.quotation for start in starts)


def _restates(sentence: str, objectives: Sequence[_Objective], language: str) -> bool:
    content = set(content_words(sentence, language))
    own_words = {word for objective in objectives for word in objective.content}
    if content & own_words and _ANNOUNCEMENT.search(sentence):
        return True
    adds_little = len(content - own_words) < MINIMUM_NEW_WORDS
    lemmas = _lemmas(sentence, language)
    return any(
        (adds_little and objective.is_named_by(content)) or objective.is_quoted_by(lemmas)
        for objective in objectives
    )


def _is_keyword_list(sentence: str, language: str) -> bool:
    """Whether it has next to none of the small words that make a sentence, or reads as a list."""
    words = _words(sentence)
    if language != "en" or not words:
        return False
    share = sum(word in _FUNCTION_WORDS for word in words) / len(words)
    items = [item for item in _ITEM_BREAK.split(sentence) if item.strip()]
    is_list = len(items) >= _LIST_ITEMS and len(words) <= _LIST_ITEM_WORDS * len(items)
    is_bare = share == 0 and len(words) > _LONGEST_WITHOUT_FUNCTION_WORDS
    return is_bare or (is_list and share < _LOWEST_FUNCTION_WORD_SHARE)


def _frame(sentence: str) -> tuple[str, ...]:
    """Its function words in order, with a gap wherever something else stands."""
    marks = [word if word in _FUNCTION_WORDS else "" for word in _words(sentence)]
    return tuple(mark for mark, _ in groupby(marks))


def _is_filled_in(sentence: str, frames: Mapping[tuple[str, ...], int]) -> bool:
    """Whether several differ only in what fills the gaps, as in "There are many reasons why ... and ..."."""
    frame = _frame(sentence)
    return len([word for word in frame if word]) >= _FRAME_FUNCTION_WORDS and frames[frame] >= _FRAME_USES


def _lemmas(text: str, language: str) -> list[str]:
    return [_lemma(word, language) for word in _words(text)]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


@lru_cache(maxsize=50_000)
def _lemma(word: str, language: str) -> str:
    try:
        return simplemma.lemmatize(word, lang=language).casefold()
    except ValueError:
        # A language simplemma has no data for: the word stands for itself.
        return word
