"""Words that a lesson quotes or names are not words that it says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.quality.mention import without_mentions, without_quotations
from courseai.quality.text_defect import text_defects

BEGINNING = (
    "A board shows work as cards in columns. Each card moves from left to right as the work goes on, and "
    "everybody sees at a glance where it waits. Limit the number of cards in a column, because half-finished "
    "work costs attention."
)
END = "Start with the columns that your team really uses, and change one rule at a time."


def codes(paragraph: str) -> set[str]:
    return {defect.code for defect in text_defects("l1", f"{BEGINNING}\n\n{paragraph}\n\n{END}")}


@pytest.mark.parametrize(
    "paragraph",
    [
        'A comment such as "TODO: check the limit" in the code is a promise that nobody made.',
        "Dates that are not fixed yet are often written as TBD in the schedule.",
        "Printers use *lorem ipsum* as filler text, so that nobody reads while judging the layout.",
        'The filler text "Lorem ipsum dolor sit amet" comes from a work of Cicero.',
        "- TODO\n- DOING\n- DONE",
        "A name in brackets, such as a word like [Name], is replaced by the customer's own.",
        "The sum is $x^{{n}} + 1$ and grows quickly.",
        'A program answers "As an AI language model, I cannot do that" when it refuses; that is a refusal.',
        "Germans say: „Es ist nicht genug zu wissen, man muss auch anwenden, und es ist nicht genug zu "
        "wollen, man muss auch tun, so schwer es fällt.“ The sentence is by Goethe, who knew it well.",
    ],
)
def test_what_a_lesson_speaks_about_raises_no_alarm(paragraph: str) -> None:
    assert codes(paragraph) == set()


@pytest.mark.parametrize(
    "paragraph",
    [
        "TODO: write the part on limits.",
        '"TODO: write the part on limits."',
        "- TODO\n- Cards move from left to right.",
        "An example will be added here later.",
        "Content for this part goes here.",
        "This part still needs to be written.",
        "(Add a worked example.)",
        "[describe the second step]",
        "The limit is {example_2} cards a column.",
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit.",
    ],
)
def test_what_it_leaves_unsaid_does(paragraph: str) -> None:
    assert "placeholder" in codes(paragraph)


def test_a_chatbot_that_speaks_itself_is_still_found() -> None:
    assert "meta_text" in codes('As an AI language model, I have no board; "cards" are all I know of it.')


def test_a_question_in_a_quotation_does_not_close_a_chat() -> None:
    lesson = f'{BEGINNING}\n\nAsk the customer: "What do you want me to do, and until when?" Write it down.'
    assert text_defects("l1", lesson) == []


def test_a_question_to_the_one_who_asked_does() -> None:
    lesson = f"{BEGINNING}\n\n{END} Do you want me to add more examples?"
    assert [defect.code for defect in text_defects("l1", lesson)] == ["chat_remnant"]


@given(st.text())
def test_any_text_can_be_read_without_its_mentions(text: str) -> None:
    assert isinstance(without_mentions(text), str)


@given(st.text(alphabet=st.characters(exclude_characters='"“”„«»‘’')))  # noqa: RUF001 - quotation marks are meant
def test_text_without_quotation_marks_stays_as_it_is(text: str) -> None:
    assert without_quotations(text) == text
