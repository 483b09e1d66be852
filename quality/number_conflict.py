"""Numbers that differ between lessons: the same sentence with another value for the same unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from courseai.quality.defect import Defect, quoted
from courseai.quality.duplicate import LessonSource
from courseai.quality.fact import lesson_sentences
from courseai.quality.quantity import Quantity, quantities
from courseai.quality.subject import subject_words

_FEWEST_WORDS = 4
"""Content words that two sentences must share, all of them, to speak of the same thing."""


def number_conflicts(lessons: Sequence[LessonSource], language: str = "en") -> list[Defect]:
    """A warning for the later of two lessons whose sentences agree in every content word but not in a number.

    Examples are left out: "suppose" and "for example" give their own numbers.
    """
    frames: dict[frozenset[str], list[tuple[str, str, Quantity]]] = defaultdict(list)
    for lesson in lessons:
        for sentence, words, quantity in _measured(lesson.content, language):
            frames[words].append((lesson.lesson_id, sentence, quantity))
    conflicts: dict[str, Defect] = {}
    for said in frames.values():
        for (first_id, first, one), (second_id, second, other) in combinations(said[:20], 2):
            if first_id != second_id and one.measures_the_same(other) and not one.equals(other):
                conflicts.setdefault(second_id, _conflict(first_id, second_id, first, second))
    return list(conflicts.values())


def _measured(content: str, language: str) -> Iterator[tuple[str, frozenset[str], Quantity]]:
    """Sentences that name exactly one quantity, with their content words."""
    for sentence in lesson_sentences(content, language):
        found = quantities(sentence, language)
        words = subject_words(sentence, language)
        is_example = words & _EXAMPLE_WORDS
        if len(found) == 1 and len(words) >= _FEWEST_WORDS and not is_example:
            yield sentence, words, found[0]


_EXAMPLE_WORDS = subject_words(
    "suppose example imagine assume exercise question figure table ejemplo supongamos"
)


def _conflict(first_id: str, second_id: str, first: str, second: str) -> Defect:
    message = f"Lesson {first_id} has another number: {quoted(first)}"
    return Defect(second_id, "conflicting_number", "warn", message, quoted(second))
