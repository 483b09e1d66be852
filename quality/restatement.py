"""A lexical guard: sentences that only say what will be taught are no evidence that it was taught.

An embedding puts "In this lesson you will learn to explain osmosis" closer to the objective
"Explain osmosis" than any real explanation. So such sentences are set aside before scoring, with
lists of keywords, and a lesson needs a minimum of words beyond its objectives' own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import simplemma

MINIMUM_NEW_WORDS = 3
"""Content words a sentence has to add to the objectives' own to count as teaching."""
MINIMUM_SUBSTANCE = 15
"""Different content words beyond the objectives' own that a lesson needs. The shortest real text
that we measured, 100 words cut from a textbook section, has more (docs/alignment.md)."""
_SHORTEST_SENTENCE = 4
_SHORTEST_QUOTE = 4
_NAMED_SHARE = 0.6
_QUOTED_SHARE = 0.75
_LOWEST_FUNCTION_WORD_SHARE = 0.15
_KEYWORD_LIST_WORDS = 5

_WORD_LISTS: dict[str, list[str]] = json.loads(
    files("courseai.quality").joinpath("english_words.json").read_text(encoding="utf-8")
)
_FUNCTION_WORDS = frozenset(_WORD_LISTS["function_words"])

_TEACHING_TALK = frozenset(_WORD_LISTS["teaching_talk"])
"""Words of lesson announcements and of prompts, as lemmas: they add nothing to an objective."""

_ANNOUNCEMENT = re.compile(
    r"\b(?:(?:in|after|throughout|during|by the end of|at the end of|the (?:goal|aim|purpose|"
    r"objectives?|outcomes?) of) (?:this|the|our|your) (?:\w+ )?"
    r"(?:lesson|section|chapter|module|unit|course|reading|lecture|page|text)\b"
    r"|by the end,? (?:you|students|learners|readers|participants)"
    r"|(?:you|we|students|learners|readers|participants) (?:will|should|shall|are going to|"
    r"are expected to|need to|must|can expect to) (?:\w+ ){0,2}?(?:learn|be able|know how|"
    r"understand how|cover|explore|discuss|study|examine|look at|master)"
    r"|(?:this|the|our|your) (?:\w+ )?(?:lesson|section|chapter|module|unit|course) "
    r"(?:will |should |must |aims to |is about |covers?|teaches|explains|discusses|introduces))",
    re.IGNORECASE,
)

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")


def teaching_sentences(
    sentences: Sequence[str], objectives: Sequence[str], language: str = "en"
) -> list[str]:
    """The sentences that can count as teaching these objectives, in order."""
    own = [_Objective.read(text, language) for text in objectives]
    return [
        sentence
        for sentence in sentences
        if len(sentence.split()) >= _SHORTEST_SENTENCE
        and not _is_keyword_list(sentence, language)
        and not _restates(sentence, own, language)
    ]


def substance(sentences: Sequence[str], objectives: Sequence[str], language: str = "en") -> int:
    """How many different content words the sentences have beyond the objectives' own."""
    own_words = {word for text in objectives for word in content_words(text, language)}
    words = {word for text in sentences for word in content_words(text, language)}
    return len(words - own_words)


def content_words(text: str, language: str = "en") -> list[str]:
    """Lemmas in order, without function words, teaching talk, numbers and single letters."""
    lemmas = [_lemma(word, language) for word in _words(text)]
    return [
        lemma
        for word, lemma in zip(_words(text), lemmas, strict=True)
        if len(word) > 1 and word not in _FUNCTION_WORDS and lemma not in _TEACHING_TALK
    ]


@dataclass(frozen=True)
class _Objective:
    words: list[str]
    content: frozenset[str]

    @classmethod
    def read(cls, text: str, language: str) -> _Objective:
        return cls(_words(text), frozenset(content_words(text, language)))

    def is_named_by(self, content: set[str]) -> bool:
        return bool(content) and len(self.content & content) >= _NAMED_SHARE * len(self.content)

    def is_quoted_by(self, words: list[str]) -> bool:
        """Whether the sentence holds most of the objective as one unbroken run of words."""
        size = max(_SHORTEST_QUOTE, round(_QUOTED_SHARE * len(self.words)))
        if len(self.words) < _SHORTEST_QUOTE and self.words and self.words[0] in _TEACHING_TALK:
            # "Define osmosis": with its verb even two words are a quotation, and not an explanation.
            size = max(2, len(self.words))
        own_runs = {tuple(run) for run in _runs(self.words, size)}
        return any(tuple(run) in own_runs for run in _runs(words, size))


def _runs(words: list[str], size: int) -> list[list[str]]:
    return [words[start : start + size] for start in range(len(words) - size + 1)]


def _restates(sentence: str, objectives: Sequence[_Objective], language: str) -> bool:
    words = _words(sentence)
    content = set(content_words(sentence, language))
    own_words = {word for objective in objectives for word in objective.content}
    if content & own_words and _ANNOUNCEMENT.search(sentence):
        return True
    adds_little = len(content - own_words) < MINIMUM_NEW_WORDS
    return any(
        (adds_little and objective.is_named_by(content)) or objective.is_quoted_by(words)
        for objective in objectives
    )


def _is_keyword_list(sentence: str, language: str) -> bool:
    """Whether a longer sentence has next to none of the small words that make one."""
    words = _words(sentence)
    if language != "en" or len(words) < _KEYWORD_LIST_WORDS:
        return False
    share = sum(word in _FUNCTION_WORDS for word in words) / len(words)
    return share < _LOWEST_FUNCTION_WORD_SHARE


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


@lru_cache(maxsize=50_000)
def _lemma(word: str, language: str) -> str:
    try:
        return simplemma.lemmatize(word, lang=language).casefold()
    except ValueError:
        # A language simplemma has no data for: the word stands for itself.
        return word
