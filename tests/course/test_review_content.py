"""The content of an item as text that a person reads and compares."""

from __future__ import annotations

from courseai.course.review_content import content_text, reading_order

EXERCISE = {
    "answer": ["axis"],
    "exercise_id": "s1-l1-e1",
    "explanation": "",
    "options": ["axis", "legend"],
    "pairs": [],
    "question": "Which of them has a scale?",
    "type": "multiple_choice",
}


def test_fields_come_in_the_order_in_which_they_are_read() -> None:
    assert reading_order(EXERCISE)[:4] == ["type", "question", "options", "pairs"]


def test_unknown_fields_come_last_as_they_are_stored() -> None:
    assert reading_order({"zeal": "", "art": "", "title": ""}) == ["title", "zeal", "art"]


def test_an_exercise_is_markdown_without_what_is_empty() -> None:
    assert content_text("exercise", EXERCISE).split("\n\n") == [
        "### Exercise: multiple choice",
        "Question: Which of them has a scale?",
        "Options:",
        "- axis\n- legend",
        "Answer:",
        "- axis",
    ]


def test_entries_of_a_list_begin_with_what_they_are_about() -> None:
    outcome = {"bloom_level": "apply", "section_ids": ["s1", "s2"], "text": "Read a plot"}

    assert "- Read a plot | apply | s1, s2" in content_text("metadata", {"learning_outcomes": [outcome]})
