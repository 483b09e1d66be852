"""Measurability of learning objectives, and the rewriting of those that cannot be measured.

An objective is measurable if its main verb names something that can be observed. The verbs to avoid
follow Newton, Da Silva and Peters 2020 (doi 10.3389/feduc.2020.00107) and Stanny 2016
(doi 10.3390/educsci6040037). Only the main verb counts, found after lead-ins such as "students will be
able to" and adverbs; a substring never does ("Compare learning rates" is measurable).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from simplemma import lemmatize

from .objective_english import ENGLISH
from .objective_german import GERMAN
from .objective_language import ObjectiveLanguage
from .objective_romance import FRENCH, ITALIAN, PORTUGUESE, SPANISH
from .objective_russian import RUSSIAN

Measurability = Literal["measurable", "unmeasurable", "unverified"]

OBJECTIVE_LANGUAGES = {
    "en": ENGLISH,
    "es": SPANISH,
    "fr": FRENCH,
    "de": GERMAN,
    "pt": PORTUGUESE,
    "ru": RUSSIAN,
    "it": ITALIAN,
}

_LENGTH_MAXIMUM = 300


def measurability(objective: str, language: str) -> Measurability:
    """Whether the main verb can be observed; "unverified" in a language that we have no verbs for.

    `language` is a tag such as "en" or "pt-BR". Languages: en, es, fr, de, pt, ru, it.
    """
    if _primary(language) not in OBJECTIVE_LANGUAGES:
        return "unverified"
    return "measurable" if rewrite(objective, language) == objective else "unmeasurable"


@lru_cache(maxsize=4096)
def rewrite(objective: str, language: str) -> str:
    """The objective with a main verb that can be observed; unchanged where it has one, or unverified.

    "Understand loops" becomes "Explain loops"; "Know how to write loops" becomes "Write loops".
    """
    known = OBJECTIVE_LANGUAGES.get(_primary(language))
    if known is None:
        return objective
    rewritten = _rewrite_head(objective, known, _primary(language))
    return objective if rewritten is None or len(rewritten) > _LENGTH_MAXIMUM else rewritten


def without_lead_in(objective: str, language: str) -> str:
    """The objective without openings that carry no verb ("students will be able to", "fully")."""
    known = OBJECTIVE_LANGUAGES.get(_primary(language))
    return _without_lead_in(objective.strip(), known) if known else objective.strip()


def _rewrite_head(objective: str, known: ObjectiveLanguage, code: str) -> str | None:
    """The objective with its head replaced until the main verb can be observed; None if it is already."""
    text = _without_lead_in(objective.strip(), known)
    match = _match_head(text, known, code)
    if match is None:
        return None
    pattern, replacement, form = match
    rewritten = pattern.sub(replacement, form, count=1).strip()
    if not replacement:  # "know how to" goes, and leaves a verb that may be no better
        rewritten = _rewrite_head(rewritten, known, code) or rewritten
    return rewritten[:1].upper() + rewritten[1:]


def _match_head(text: str, known: ObjectiveLanguage, code: str) -> tuple[re.Pattern[str], str, str] | None:
    """The first pattern that fits, what replaces it, and the form of the text that it fits."""
    for form in _forms(text, code):
        for pattern, replacement in known.replacements:
            if pattern.match(form):
                return pattern, replacement, form
    return None


def _forms(text: str, code: str) -> list[str]:
    """The text as it is, and with its first word in dictionary form."""
    first = re.match(r"[\w\u2019'-]+", text)
    if first is None:
        return [text]
    lemma = lemmatize(first.group().lower(), lang=code)
    return [text, lemma + text[first.end() :]]


def _without_lead_in(text: str, known: ObjectiveLanguage) -> str:
    while (shorter := known.lead_in.sub("", text, count=1)) not in (text, ""):
        text = shorter
    return text


def _primary(language: str) -> str:
    return language.partition("-")[0]
