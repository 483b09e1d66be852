"""What happens to which exercise: kept, rewritten by a model, dropped, or shown to a person. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from courseai.course.exercise import ExerciseDraft
from courseai.quality.exercise_gate import Finding, findings, is_blocked
from courseai.quality.exercise_item import Item, is_key_longest, length_ratio
from courseai.quality.exercise_repair import repaired
from courseai.quality.exercise_statistics import longest_keys

FEWEST = 3
"""Exercises that a lesson keeps at least."""
_LONGEST = (
    "The correct option is the longest one, as in too many questions of this course; make others longer."
)


@dataclass(frozen=True)
class Examined:
    """One exercise after its repairs, with what is still wrong."""

    exercise_id: str
    item: Item
    found: tuple[Finding, ...]
    repairs: tuple[str, ...]

    @property
    def is_blocked(self) -> bool:
        """True when it cannot go to learners as it is."""
        return is_blocked(self.found)

    @property
    def problems(self) -> list[str]:
        """What is wrong, in sentences."""
        return [finding.message for finding in self.found]

    def to_stored(self) -> dict[str, Any]:
        """The exercise as the draft store keeps it, with its id, which stays when a neighbour is dropped."""
        return self.item.draft.model_dump(mode="json") | {"exercise_id": self.exercise_id}


def examine(draft: ExerciseDraft, exercise_id: str, lesson_id: str, language: str) -> Examined:
    """The exercise after its repairs and the gate."""
    better, repairs = repaired(draft, lesson_id, language)
    return Examined(exercise_id, Item(better, language), tuple(findings(better, language)), tuple(repairs))


def to_rewrite(exercises: Sequence[Examined], most_leaks: int) -> dict[str, list[str]]:
    """By exercise id what a rewrite has to mend: all that are blocked, and the worst that tell their key.

    `exercises` are those of the whole course, so that a tell is seen: where more keys are the longest
    option than chance gives, the longest ones are rewritten, down to what chance gives on average.
    `most_leaks` bounds how many are rewritten for their wording alone.
    """
    blocked = {one.exercise_id: one.problems for one in exercises if one.is_blocked}
    sound = [one for one in exercises if not one.is_blocked]
    surplus = longest_keys([one.item for one in sound]).surplus
    longest = sorted((one for one in sound if is_key_longest(one.item)), key=_ratio, reverse=True)[:surplus]
    leaking = sorted((one for one in sound if one.found and one not in longest), key=_leak, reverse=True)
    tells = {one.exercise_id: one.problems or [_LONGEST] for one in longest}
    leaks = tells | {one.exercise_id: one.problems for one in leaking}
    return blocked | dict(list(leaks.items())[: max(0, most_leaks)])


def to_drop(lesson: Sequence[Examined]) -> list[Examined]:
    """The blocked exercises that a lesson can do without; it keeps three, for a person to mend."""
    spare = max(0, len(lesson) - FEWEST)
    return [one for one in lesson if one.is_blocked][:spare]


def is_better(new: Examined, old: Examined, other_questions: Collection[str]) -> bool:
    """True when a rewrite may replace what it was made from: not blocked, less wrong, and no repetition."""
    repeats = new.item.draft.question.casefold() in {question.casefold() for question in other_questions}
    return not new.is_blocked and not repeats and _badness(new) < _badness(old)


def exercises_of(lesson: Mapping[str, Any], lesson_id: str, language: str) -> list[Examined]:
    """The exercises of a stored lesson; ids that are there stay, others count from 1."""
    return [
        examine(
            ExerciseDraft.model_validate(stored),
            stored.get("exercise_id") or f"{lesson_id}-e{place}",
            lesson_id,
            language,
        )
        for place, stored in enumerate(lesson["exercises"], 1)
    ]


def _badness(one: Examined) -> tuple[bool, int]:
    return one.is_blocked, len(one.found) + is_key_longest(one.item)


def _ratio(one: Examined) -> float:
    return length_ratio(one.item)


def _leak(one: Examined) -> tuple[int, float]:
    return len(one.found), length_ratio(one.item)
