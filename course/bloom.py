"""Bloom level of an objective by its main verb (revised taxonomy, Krathwohl 2002).

A verb table is right in about two objectives of three, so the level is soft: it feeds the complexity
score and the comparison with what a model claimed, and blocks nothing by itself.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources

from simplemma import lemmatize

from courseai.course.metadata import BloomLevel

_WORD = re.compile(r"[^\W\d_]+")
_OPENING_WORDS = 8
"""Enough for "By the end, students will be able to" before the verb."""

LEVELS: tuple[BloomLevel, ...] = tuple(BloomLevel)


def bloom_level(objective: str, language: str) -> BloomLevel | None:
    """The level of the objective's first known verb; None where there is none, or for an unknown language."""
    code = language.split("-")[0]
    table = _verb_levels(code)
    if not table:
        return None
    for word in _WORD.findall(objective.casefold())[:_OPENING_WORDS]:
        if level := table.get(word) or table.get(str(lemmatize(word, lang=code)).casefold()):
            return level
    return None


def bloom_rank(level: BloomLevel) -> int:
    """1 for remember up to 6 for create."""
    return LEVELS.index(level) + 1


@cache
def _verb_levels(language: str) -> dict[str, BloomLevel]:
    text = resources.files("courseai.course").joinpath("bloom_verbs.json").read_text("utf-8")
    levels: dict[str, str] = json.loads(text).get(language, {})
    return {verb: BloomLevel(level) for level, verbs in levels.items() for verb in verbs.split()}
