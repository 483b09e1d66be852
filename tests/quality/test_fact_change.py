"""Which word of a fact was changed: one that excludes the right one, or one that may be as right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.quality.fact_change import changed

RIGHT = "Heat speeds up the reaction of the enzyme."


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        ("The reaction is always reversible.", "The reaction is never reversible."),
        ("The reaction is irreversible in water.", "The reaction is reversible in water."),
        ("Marlowe wrote Hamlet in London.", "Shakespeare wrote Hamlet in London."),
        ("The shop opens in March.", "The shop opens in May."),
    ],
)
def test_words_that_exclude_each_other_are_contrary(sentence: str, statement: str) -> None:
    assert changed(sentence, statement) == "contrary"


def test_another_word_in_one_place_is_doubtful() -> None:
    assert changed("Light speeds up the reaction of the enzyme.", RIGHT) == "doubtful"


def test_another_verb_with_another_number_is_doubtful() -> None:
    assert (
        changed("The French Revolution started in 1776.", "The French Revolution began in 1789.")
        == "doubtful"
    )


@pytest.mark.parametrize(
    "sentence",
    [RIGHT, "The reaction of the enzyme speeds up.", "Acid slows the digestion of starch.", ""],
)
def test_the_same_less_or_something_else_is_no_change(sentence: str) -> None:
    assert changed(sentence, RIGHT) is None


@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from(["en", "es", "ru", "zh", "xx", ""]))
def test_no_text_crashes_the_comparison(sentence: str, statement: str, language: str) -> None:
    assert changed(sentence, statement, language) in (None, "contrary", "doubtful")


@given(st.lists(st.sampled_from("the mutable immutable im 1789 1,5 Paris is the März never - ' not".split())))
def test_no_heap_of_words_crashes_the_comparison(words: list[str]) -> None:
    changed(" ".join(words), " ".join(reversed(words[1:])))
