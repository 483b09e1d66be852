"""Lessons that say the same are found; lessons on neighbouring subjects are not."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from courseai.quality.duplicate import COPY, LessonSource, near_duplicates

LADDERS = LessonSource(
    "s2-l1",
    "s2",
    "Before you climb, look at the feet, the rungs and the rails of the ladder. Set it on firm ground, one "
    "metre out for every four metres up, and tie the top. Face the ladder, keep three points of contact, "
    "carry tools on a belt, and never lean beyond the rails.",
    ("Set up and climb a ladder safely",),
)
SCAFFOLDS = LessonSource(
    "s2-l2",
    "s2",
    "A scaffold is built by trained people and checked by a competent person before each shift. Look for "
    "planks that are fully laid, guardrails on the open sides, and a way up that is no improvised ladder. "
    "Nobody works on a scaffold in a storm or when ice covers the planks.",
    ("Inspect a scaffold before the shift",),
)
LABELS = LessonSource(
    "s6-l1",
    "s6",
    "The label of a chemical names the product, shows pictograms for its dangers, and gives a signal word. "
    "Danger stands for the severe ones and warning for the others. Precautionary statements say how to "
    "store the container, what gloves to wear, and what to do after a splash into the eyes.",
    ("Read the label of a chemical",),
)


def test_lessons_on_neighbouring_subjects_are_no_duplicates() -> None:
    assert near_duplicates([LADDERS, SCAFFOLDS, LABELS]) == []


def test_a_copy_is_found_and_laid_to_the_lesson_that_it_does_not_fit() -> None:
    copied = replace(LADDERS, content=SCAFFOLDS.content)
    (found,) = near_duplicates([copied, SCAFFOLDS, LABELS])
    assert (found.lesson_id, found.original_id) == ("s2-l1", "s2-l2")
    assert found.cosine >= COPY


def test_a_copy_with_every_tenth_word_changed_is_found() -> None:
    words = [word if place % 10 else "instead" for place, word in enumerate(LADDERS.content.split())]
    copy = LessonSource("s3-l1", "s3", " ".join(words))
    assert [found.lesson_id for found in near_duplicates([LADDERS, copy])] == ["s3-l1"]


def test_lessons_of_a_few_words_are_not_compared() -> None:
    assert near_duplicates([LessonSource(str(n), "s1", "Look at the floor.") for n in range(3)]) == []


@given(st.lists(st.text(max_size=200), max_size=4))
def test_no_text_crashes_the_check(contents: list[str]) -> None:
    near_duplicates([LessonSource(str(n), "s1", content) for n, content in enumerate(contents)])
