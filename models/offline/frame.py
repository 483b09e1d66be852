"""Fills frames with one lesson's objectives and topics."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain

from courseai.models.offline.brief import LessonBrief, SectionBrief
from courseai.models.offline.chance import Deck, generator
from courseai.models.offline.forms import Forms, raised_first
from courseai.models.offline.phrases import Language

_SECTION_NUMBER = re.compile(r"(\d+)(?!.*\d)")
_ATTEMPT_STEP = 101
_SHARED_TOPIC_EVERY = 4
_REFERENCE_EVERY = 6


@dataclass(frozen=True)
class Scene:
    """What the slots of frames stand for."""

    slots: dict[str, str]

    def fill(self, frame: str) -> str:
        """The frame with its slots filled, opening with a capital."""
        return raised_first(frame.format_map(self.slots))


@dataclass
class Workshop:
    """All that is needed to write one lesson."""

    language: Language
    lesson: LessonBrief
    deck: Deck
    forms: list[Forms]
    topics: list[str]
    """At least two."""
    own_topics: list[str]
    """Those that no other lesson of the section has; all if there is none."""
    has_own_topics: bool
    others: list[str]
    """Topics of the section's other lessons; the lesson's own where it has none."""
    jargon: tuple[str, ...]
    area: str
    shared_objectives: frozenset[str]
    """Those that another lesson of the section has too."""
    exercise_types: tuple[str, ...]
    """As the brief names them."""
    refers_back: bool = False
    """Whether sentences follow on one another, so that a topic can be "this point" the next time."""
    _turn: int = field(default=0)

    def fill(self, frame: str, *, objective: int | None = None) -> str:
        """The frame with its slots filled; objectives and topics take turns from call to call."""
        scene = self.scene(objective=objective)
        every = _REFERENCE_EVERY if self.has_own_topics else _REFERENCE_EVERY // 3
        if self.refers_back and self._turn % every == 0:
            scene = Scene(scene.slots | {"topic": self._reference(self.language.phrases.this_topic)})
        return scene.fill(frame)

    def scene(self, *, objective: int | None = None) -> Scene:
        """One objective and one set of topics, for frames that are read together."""
        self._turn += 1
        forms = self.forms[(self._turn if objective is None else objective) % len(self.forms)]
        topic = self._topic()
        neighbours = [each for each in self.topics if each != topic] or self.topics
        slots = {
            "base": forms.base,
            "gerund": forms.gerund,
            "head": self._head(forms),
            "topic": topic,
            "topic2": neighbours[self._turn % len(neighbours)],
            "other": self.others[self._turn % len(self.others)],
            "area": self.area,
        }
        return Scene(slots)

    def _head(self, forms: Forms) -> str:
        """The short form; in running text one that lessons share gives way to "working on such a case"."""
        if not self.refers_back or forms.text not in self.shared_objectives:
            return forms.head
        return self._reference([forms.head, *self.language.phrases.this_task])

    def _reference(self, wordings: list[str]) -> str:
        return self.deck.deal(wordings[-1], wordings, 1, 1)[0]

    def _topic(self) -> str:
        """An own topic three times as often as a shared one; always where objectives are shared too."""
        shared = [topic for topic in self.topics if topic not in self.own_topics]
        if shared and not self.shared_objectives and self._turn % _SHARED_TOPIC_EVERY == 0:
            return shared[self._turn // _SHARED_TOPIC_EVERY % len(shared)]
        return self.own_topics[self._turn % len(self.own_topics)]

    def frames(self, name: str, pool: list[str], count: int, stride: int) -> list[str]:
        """Frames dealt from a pool, without those that use words to avoid."""
        return self.deck.deal(
            name, [frame for frame in pool if not self.is_jargon(frame)] or pool, count, stride
        )

    def is_jargon(self, text: str) -> bool:
        """Whether a text has a word that the brief wants avoided."""
        lowered = text.casefold()
        return any(word in lowered for word in self.jargon)


def workshop(brief: SectionBrief, lesson: LessonBrief, language: Language, seed: int) -> Workshop:
    """The workshop of one lesson of a section."""
    topics, others = _topics(brief, lesson)
    own_topics = [topic for topic in topics if topic not in others]
    return Workshop(
        language=language,
        lesson=lesson,
        deck=Deck(seed, _section_number(brief), lesson.number - 1, _attempt(brief)),
        forms=[language.forms(objective) for objective in lesson.objectives],
        shared_objectives=frozenset(_shared_objectives(brief, lesson)),
        topics=topics,
        own_topics=own_topics or topics,
        has_own_topics=bool(own_topics),
        others=[topic for topic in others if topic not in topics] or topics,
        jargon=tuple(word.casefold() for word in brief.avoid_jargon or () if word),
        area=brief.section.area or topics[0],
        exercise_types=tuple(brief.section.exercise_types or ()),
    )


def _topics(brief: SectionBrief, lesson: LessonBrief) -> tuple[list[str], list[str]]:
    """The lesson's topics, at least two, and those of the section's other lessons."""
    others = [topic for each in brief.lessons if each is not lesson for topic in each.key_topics]
    spare = [*others, brief.section.area, *lesson.objectives, brief.language]
    topics = [topic for topic in dict.fromkeys((*lesson.key_topics, *spare)) if topic.strip()]
    return topics[: max(2, len(set(lesson.key_topics)))], list(dict.fromkeys(others))


def _shared_objectives(brief: SectionBrief, lesson: LessonBrief) -> set[str]:
    others = (each for each in brief.lessons if each is not lesson)
    return set(lesson.objectives).intersection(chain.from_iterable(each.objectives for each in others))


def _section_number(brief: SectionBrief) -> int:
    found = _SECTION_NUMBER.search(brief.section.section_id)
    if found:
        return int(found[1]) % 10_000
    return generator("section", brief.section.section_id, brief.section.area).randrange(10_000)


def _attempt(brief: SectionBrief) -> int:
    """Which wording: another variant or a draft sent back gets other frames."""
    return brief.variant + _ATTEMPT_STEP * len(brief.feedback or ())
