"""Which lesson of a section says which fact, definition and analogy of the brief."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from courseai.models.offline.brief import Fact, LessonBrief, SectionBrief
from courseai.models.offline.overlap import shared_part

_DEFINITIONS_A_LESSON = 2
_ANALOGY_OVERLAP = 0.15


@dataclass
class Mentions:
    """What one lesson has to say in the brief's own words."""

    facts: list[Fact] = field(default_factory=list)
    definitions: list[tuple[str, str]] = field(default_factory=list)
    analogies: list[str] = field(default_factory=list)


def mentions_of(brief: SectionBrief) -> list[Mentions]:
    """For each lesson: facts (each once), terms that first turn up there, analogies that fit."""
    mentions = [Mentions() for _ in brief.lessons]
    for fact in brief.facts or ():
        mentions[_best_place(fact.statement, brief)].facts.append(fact)
    for term, meaning in (brief.glossary or {}).items():
        _place_definition(term, meaning, brief, mentions)
    for analogy in brief.analogies or ():
        place = _best_place(analogy, brief)
        if shared_part(analogy, _about(brief.lessons[place])) >= _ANALOGY_OVERLAP:
            mentions[place].analogies.append(analogy)
    return mentions


def _place_definition(term: str, meaning: str, brief: SectionBrief, mentions: list[Mentions]) -> None:
    pattern = re.compile(rf"(?<!\w){re.escape(term)}(?:e?s)?(?!\w)", re.IGNORECASE)
    for lesson, said in zip(brief.lessons, mentions, strict=True):
        if pattern.search(_about(lesson)) and len(said.definitions) < _DEFINITIONS_A_LESSON:
            said.definitions.append((term, meaning))
            return


def _best_place(text: str, brief: SectionBrief) -> int:
    """The first lesson that shares most with a text."""
    shares = [shared_part(text, _about(lesson)) for lesson in brief.lessons]
    return shares.index(max(shares))


def _about(lesson: LessonBrief) -> str:
    return " ".join((*lesson.objectives, *lesson.key_topics))
