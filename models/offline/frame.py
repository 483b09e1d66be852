"""Fills frames with one lesson's objectives and topics."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from courseai.models.offline.brief import LessonBrief, SectionBrief
from courseai.models.offline.chance import Deck, generator
from courseai.models.offline.forms import Forms, raised_first
from courseai.models.offline.phrases import Language

_SECTION_NUMBER = re.compile(r"(\d+)(?!.*\d)")
_ATTEMPT_STEP = 101


@dataclass
class Workshop:
    """All that is needed to write one lesson."""

    language: Language
    lesson: LessonBrief
    deck: Deck
    forms: list[Forms]
    topics: list[str]
    """At least two."""
    others: list[str]
    """Topics of the section's other lessons; the lesson's own where it has none."""
    jargon: tuple[str, ...]
    area: str
    _turn: int = field(default=0)

    def fill(self, frame: str, *, objective: int | None = None) -> str:
        """The frame with its slots filled; objectives and topics take turns."""
        self._turn += 1
        forms = self.forms[(self._turn if objective is None else objective) % len(self.forms)]
        count = len(self.topics)
        return raised_first(
            frame.format(
                base=forms.base,
                gerund=forms.gerund,
                head=forms.head,
                topic=self.topics[self._turn % count],
                topic2=self.topics[(self._turn + 1) % count],
                other=self.others[self._turn % len(self.others)],
                area=self.area,
            )
        )

    def frames(self, name: str, pool: list[str], count: int, stride: int) -> list[str]:
        """Frames dealt from a pool, without those that use words to avoid."""
        return self.deck.deal(name, [frame for frame in pool if not self.is_jargon(frame)] or pool, count, stride)

    def is_jargon(self, text: str) -> bool:
        """Whether a text has a word that the brief wants avoided."""
        lowered = text.casefold()
        return any(word in lowered for word in self.jargon)


def workshop(brief: SectionBrief, lesson: LessonBrief, language: Language, seed: int) -> Workshop:
    """The workshop of one lesson of a section."""
    own = lesson.key_topics
    others = [topic for each in brief.lessons for topic in each.key_topics if topic not in own]
    topics = list(dict.fromkeys([*own, *others, brief.section.area, *lesson.objectives]))[: max(2, len(own))]
    return Workshop(
        language=language,
        lesson=lesson,
        deck=Deck(seed, _section_number(brief), lesson.number - 1, _attempt(brief)),
        forms=[language.forms(objective) for objective in lesson.objectives],
        topics=[topic for topic in topics if topic] or lesson.objectives * 2,
        others=list(dict.fromkeys(others)) or topics,
        jargon=tuple(word.casefold() for word in brief.avoid_jargon or () if word),
        area=brief.section.area or topics[0],
    )


def _section_number(brief: SectionBrief) -> int:
    found = _SECTION_NUMBER.search(brief.section.section_id)
    if found:
        return int(found[1]) % 10_000
    return generator("section", brief.section.section_id, brief.section.area).randrange(10_000)


def _attempt(brief: SectionBrief) -> int:
    """Which wording: another variant or a draft sent back gets other frames."""
    return brief.variant + _ATTEMPT_STEP * len(brief.feedback or ())
