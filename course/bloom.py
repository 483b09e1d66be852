"""Bloom level of an objective or a question by its main verb (revised taxonomy, Krathwohl 2002).

The verbs are those of published lists: a verb that lists give to several levels stands at the one where
most have it (Stanny 2016, doi 10.3390/educsci6040037; Newton, Da Silva and Peters 2020, doi
10.3389/feduc.2020.00107). Phrases come before verbs, for verbs whose object decides ("define a function",
"demonstrate understanding") and for questions. Lists disagree with each other, so a level is soft:
docs/bloom.md has how often it is right.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from simplemma import lemmatize

from courseai.course.metadata import BloomLevel
from courseai.course.objective import without_lead_in

LEVELS: tuple[BloomLevel, ...] = tuple(BloomLevel)

_TOKEN = re.compile(r"[^\W\d_]+|[,;:.?!]")
_READ = 2_000
"""Characters of a text that are read; an objective has at most 300."""


@dataclass(frozen=True)
class _Lexicon:
    code: str
    verbs: dict[str, BloomLevel]
    phrases: tuple[tuple[re.Pattern[str], BloomLevel], ...]
    """Openings whose level is not that of their first verb, tried in order."""
    conjunctions: frozenset[str]
    verb_follows: frozenset[str]
    """Words and marks after which a verb may stand that does not open the text."""
    verb_anywhere: bool
    """The verb may stand at the end, and nouns have capitals (German)."""

    def level(self, word: str) -> BloomLevel | None:
        word = word.casefold()
        return self.verbs.get(word) or self.verbs.get(str(lemmatize(word, lang=self.code)).casefold())


@lru_cache(maxsize=4096)
def bloom_level(objective: str, language: str) -> BloomLevel | None:
    """The level of the text's main verb, of the highest where several are joined ("list and compare").

    `language` is a tag such as "en" or "pt-BR". None means unverified: an unknown verb, no verb, or a
    language other than en, es, fr, de, pt, ru, it.
    """
    lexicon = _lexicon(language.partition("-")[0])
    if lexicon is None:
        return None
    clause = _main_clause(objective, language)
    for phrase, level in lexicon.phrases:
        if phrase.match(clause.casefold()):
            return level
    known = [found for verb in _joined_verbs(clause, lexicon) if (found := lexicon.level(verb))]
    return max(known, key=bloom_rank, default=None)


def opening_verbs(objective: str, language: str) -> tuple[str, ...]:
    """The main verb and those joined to it by commas and conjunctions, as written; () if none is known."""
    lexicon = _lexicon(language.partition("-")[0])
    return _joined_verbs(_main_clause(objective, language), lexicon) if lexicon else ()


def bloom_rank(level: BloomLevel) -> int:
    """1 for remember up to 6 for create."""
    return LEVELS.index(level) + 1


def _main_clause(text: str, language: str) -> str:
    clause = without_lead_in(" ".join(text.split())[:_READ], language)
    return re.sub(r"^[\W_]+", "", clause)


def _joined_verbs(clause: str, lexicon: _Lexicon) -> tuple[str, ...]:
    words = _TOKEN.findall(clause)
    start = _verb_position(words, lexicon)
    if start is None:
        return ()
    joints = lexicon.conjunctions | {","}
    verbs, last = [words[start]], start
    while (following := _after_joints(words, last + 1, joints)) is not None:
        verbs.append(words[following])
        last = following
    known = [place for place, verb in enumerate(verbs) if lexicon.level(verb)]
    return tuple(verbs[: known[-1] + 1])


def _after_joints(words: list[str], place: int, joints: frozenset[str]) -> int | None:
    """Where the word stands that is joined to the one before `place`; None if none is."""
    start = place
    while place < len(words) and words[place].casefold() in joints:
        place += 1
    return place if start < place < len(words) else None


def _verb_position(words: list[str], lexicon: _Lexicon) -> int | None:
    joined = _after_joints(words, 1, lexicon.conjunctions)
    if any(lexicon.level(words[place]) for place in (0, joined) if place is not None and words):
        return 0
    for place in range(1, len(words)):
        word, before = words[place], words[place - 1].casefold()
        may_stand = word[0].islower() if lexicon.verb_anywhere else before in lexicon.verb_follows
        if may_stand and word.casefold() in lexicon.verbs:
            return place
    return None


@cache
def _lexicon(code: str) -> _Lexicon | None:
    text = resources.files("courseai.course").joinpath("bloom_verbs.json").read_text("utf-8")
    entry = json.loads(text).get(code)
    if entry is None:
        return None
    return _Lexicon(
        code=code,
        verbs={verb: BloomLevel(level) for level, verbs in entry["verbs"].items() for verb in verbs.split()},
        phrases=tuple((re.compile(phrase), BloomLevel(level)) for phrase, level in entry["phrases"]),
        conjunctions=frozenset(entry["conjunctions"].split()),
        verb_follows=frozenset(entry["verb_follows"].split()) | frozenset(",;:.?!"),
        verb_anywhere=entry["verb_anywhere"],
    )
