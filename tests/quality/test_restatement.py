"""Sentences that say what will be taught do not count; sentences that teach it do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.quality.restatement import content_words, counted_sentences, substance, teaching_sentences

OBJECTIVE = "Explain how osmosis moves water across cell membranes"

RESTATEMENTS = [
    "In this lesson you will learn to explain how osmosis moves water across cell membranes.",
    "By the end you will be able to explain how osmosis moves water across cell membranes.",
    "We will explain how osmosis moves water across cell membranes, which is very important.",
    "Explain how osmosis moves water across cell membranes.",
    "This section covers osmosis in membranes of many kinds of living cells, with pictures.",
    "After this lesson, osmosis and the water that membranes let through are no mystery to anyone.",
    "Experts explain how osmosis moves water across cell membranes every day, and so can your neighbour.",
    "You will understand how water moves across membranes.",
    "Osmosis, water, cell membranes: key topics.",
]
INSTRUCTIONS = [
    "You are an experienced instructional designer for adult education.",
    "Write one lesson about osmosis in plant cells for first-year students.",
    "Use between 300 and 900 words of Markdown and explain turgor pressure.",
    "Return JSON with the fields title, content and exercises.",
    "Your task is to draft course material about osmosis in plant cells.",
]
KEYWORD_LISTS = [
    "osmosis, diffusion, membrane, solute, solvent, gradient",
    "Key terms: osmosis; tonicity; turgor pressure; aquaporin; plasmolysis.",
]
FILLED_IN = [
    f"There are several reasons why {one} and {two} matter for any discussion of {three}."
    for one, two, three in [
        ("osmosis", "membranes", "cells"),
        ("water", "solutes", "plants"),
        ("turgor", "walls", "roots"),
    ]
]
TEACHING = [
    "Water passes through the phospholipid bilayer until both sides hold the same share of solute.",
    "A red blood cell that is put into pure water swells and bursts, because water flows into it.",
    "Osmosis is the net movement of water through a membrane that holds back dissolved particles.",
]


@pytest.mark.parametrize("sentence", RESTATEMENTS)
def test_a_restated_objective_does_not_count(sentence: str) -> None:
    assert teaching_sentences([sentence], [OBJECTIVE]) == []


@pytest.mark.parametrize("sentence", KEYWORD_LISTS)
def test_a_list_of_keywords_does_not_count(sentence: str) -> None:
    assert teaching_sentences([sentence], [OBJECTIVE]) == []


def test_sentences_from_one_mould_do_not_count() -> None:
    assert teaching_sentences([*FILLED_IN, *TEACHING], [OBJECTIVE]) == TEACHING


def test_two_sentences_that_are_built_alike_count() -> None:
    assert teaching_sentences(FILLED_IN[:2], [OBJECTIVE]) == FILLED_IN[:2]


@pytest.mark.parametrize("sentence", INSTRUCTIONS)
def test_an_instruction_to_the_author_does_not_count(sentence: str) -> None:
    assert teaching_sentences([sentence], [OBJECTIVE]) == []


@pytest.mark.parametrize("sentence", ["Use a pump to raise the water.", "Write the cell's volume as V."])
def test_an_instruction_to_the_reader_counts(sentence: str) -> None:
    assert teaching_sentences([sentence], [OBJECTIVE]) == [sentence]


def test_explanations_among_filler_do_not_make_a_lesson() -> None:
    assert counted_sentences(TEACHING, [OBJECTIVE]) == TEACHING
    assert counted_sentences([*TEACHING, *RESTATEMENTS], [OBJECTIVE]) == []


@pytest.mark.parametrize("sentence", TEACHING)
def test_an_explanation_counts(sentence: str) -> None:
    assert teaching_sentences([sentence], [OBJECTIVE]) == [sentence]


def test_a_short_objective_quoted_with_its_verb_does_not_count() -> None:
    quoted = "Many employers hope that their new staff can define osmosis without any help at all."
    assert teaching_sentences([quoted], ["Define osmosis"]) == []


def test_a_long_objective_with_an_unknown_verb_is_quoted_too() -> None:
    objective = "Account qualitatively for the increase of photon wavelength"
    quoted = f"Experts {objective.lower()} on every working day, and so can their neighbours."
    assert teaching_sentences([quoted], [objective]) == []


def test_the_name_of_a_law_is_no_quotation() -> None:
    sentence = "Newton's second law says that the net force equals mass times acceleration."
    assert teaching_sentences([sentence], ["Newton's second law"]) == [sentence]


def test_substance_counts_words_beyond_the_objectives() -> None:
    assert substance(["Osmosis moves water across cell membranes."], [OBJECTIVE]) == 0
    assert substance([TEACHING[1]], [OBJECTIVE]) >= 6


def test_words_are_compared_by_lemma() -> None:
    assert content_words("The cells divided") == content_words("a cell divides")


def test_a_language_without_word_data_is_taken_as_it_is() -> None:
    assert content_words("osmoosi liikuttaa vettä", "xx") == ["osmoosi", "liikuttaa", "vettä"]


@given(st.lists(st.text()), st.lists(st.text()))
def test_no_text_crashes_it_and_nothing_is_invented(sentences: list[str], objectives: list[str]) -> None:
    assert set(teaching_sentences(sentences, objectives)) <= set(sentences)
