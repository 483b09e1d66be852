"""Sentences of a lesson that stand for text nobody has written yet: "Add an example here.", "[image]".

The patterns are tied to whole sentences or to brackets, because a lesson may speak of placeholders, of
work in progress and of text that is inserted (quality/unfinished_words.json has them by language).
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files

from courseai.course.placeholder import placeholder

_LETTER = re.compile(r"[^\W\d_]")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_]|\W)")


def unfinished(text: str) -> str | None:
    """The first words of a paragraph that somebody meant to replace, or None."""
    if match := _in_brackets().search(text):
        return match.group()
    for sentence in _SENTENCE_END.split(text):
        if not _LETTER.search(sentence):
            continue
        if match := _whole_sentence().match(sentence):
            return match.group()
        if found := placeholder(sentence):
            return found
    return None


@cache
def _in_brackets() -> re.Pattern[str]:
    return re.compile(
        rf"\[\s*(?:{_one_of('bracketed')})\s*\]|\(\s*insert\b[^()]{{0,60}}\bhere\s*\)"
        rf"|^\W*\(\s*(?:please )?(?:add|insert|include|provide) (?:an? |the |some |more )?"
        rf"(?:\w+ ){{0,2}}?{_PIECE}\W*\)\W*$"
        r"|(?<![\w\\^_$}])\{[a-z]+(?:_[a-z0-9]+)+\}",
        re.IGNORECASE,
    )


@cache
def _whole_sentence() -> re.Pattern[str]:
    return re.compile(
        rf"^[\W_]*(?:{_one_of('sentences')})\W*$|^\W*(?-i:TODO|FIXME)\s+(?:{_VERBS})\b", re.IGNORECASE
    )


_PIECE = (
    r"(?:examples?|images?|diagrams?|pictures?|figures?|tables?|charts?|exercises?|text|content|details?)"
)
_VERBS = (
    "add|write|fill|finish|complete|check|define|insert|replace|expand|explain|describe|update|fix|review|"
    "include|provide|revise|rewrite|verify|link|decide|later"
)


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    text = files("courseai.quality").joinpath("unfinished_words.json").read_text(encoding="utf-8")
    lists: dict[str, dict[str, list[str]]] = json.loads(text)
    return lists


def _one_of(purpose: str) -> str:
    return "|".join(entry for entries in _lists()[purpose].values() for entry in entries)
