"""Text that must not reach a learner is found, and good lessons about the same words are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.prompts.template import load_template
from courseai.quality.text_defect import text_defects

LESSON = """Every workplace has hazards, and the first step is to see them.

## Walking the floor

Walk through the work area at the time when the work is done. Look at the floor, the stairs and the places
where goods are stored. Write down what you see before you judge it.

- Is the floor dry and free of cables?
- Can two people pass each other on the stairs?

## What to do next

Take your notes to the person who can change something, and agree on a date.
"""
SPANISH = """La variable guarda un valor para usarlo más tarde en el programa. Elige un nombre que diga qué
contiene, porque así otra persona entiende el código sin preguntar.

Cuando el valor cambia, el nombre sigue siendo el mismo y el programa usa el valor nuevo.
"""


def codes(content: str, language: str = "en") -> list[str]:
    return [defect.code for defect in text_defects("l", content, language)]


def with_last_line(line: str) -> str:
    return LESSON + "\n" + line + "\n"


def test_a_good_lesson_has_no_defect() -> None:
    assert codes(LESSON) == []
    assert codes(SPANISH, "es") == []


@pytest.mark.parametrize(
    "line",
    [
        "TODO: add an example here.",
        "[Insert a picture of a ladder here]",
        "Lorem ipsum dolor sit amet.",
        "TBD.",
    ],
)
def test_placeholders_block(line: str) -> None:
    defects = text_defects("l", with_last_line(line), "en")
    assert [(defect.code, defect.severity) for defect in defects] == [("placeholder", "block")]


@pytest.mark.parametrize(
    "line",
    [
        "Build a TODO list app with three buttons.",
        "Write the comment `# TODO: handle errors` above the line.",
        "```python\n# TODO: fill in\nname = '{{ name }}'\n```",
    ],
)
def test_words_that_only_look_like_placeholders_pass(line: str) -> None:
    assert codes(with_last_line(line)) == []


@pytest.mark.parametrize(
    "line",
    [
        "As an AI language model, I do not have personal experience of ladders.",
        "In this lesson we will insert a case from practice.",
        "I'm sorry, but I can't provide legal advice.",
        "The example goes here.",
        "Como modelo de lenguaje, no puedo opinar.",
    ],
)
def test_talk_of_the_model_about_itself_blocks(line: str) -> None:
    assert codes(with_last_line(line)) == ["meta_text"]


@pytest.mark.parametrize(
    "line",
    [
        "As an AI engineer, you label the data yourself before you train a model.",
        "A language model predicts the next word of a text.",
        "In this example we will insert a row into the table.",
        "In SQL we will insert a row, and in this lesson it has three columns.",
    ],
)
def test_lessons_about_language_models_and_tables_pass(line: str) -> None:
    assert codes(with_last_line(line)) == []


@pytest.mark.parametrize(
    "lesson",
    [
        "Certainly! Here is the lesson on hazards.\n\n" + LESSON,
        "Here's the revised lesson:\n\n" + LESSON,
        "Sure, here is your section in Markdown.\n\n" + LESSON,
        with_last_line("I hope this helps. Let me know if you want another version."),
        "<think>The user wants a lesson.</think>\n\nLook at the floor first.",
        "```markdown\n" + LESSON + "\n```",
    ],
    ids=["certainly", "revised", "sure", "closing", "thinking", "fenced"],
)
def test_remnants_of_a_chat_block(lesson: str) -> None:
    assert "chat_remnant" in codes(lesson)


@pytest.mark.parametrize(
    "lesson",
    [
        "Of course, no plan survives the first day.\n\n" + LESSON,
        "Here is the floor plan of a small shop.\n\n" + LESSON,
    ],
)
def test_openings_that_people_write_pass(lesson: str) -> None:
    assert codes(lesson) == []


@pytest.mark.parametrize(
    "line",
    [
        "The guard rail is fixed at the height of the hip because a person who stumbles",
        "Then report the hazard to the",
        "The steps are these:",
        "## Summary",
        "```python\nfor step in stairs:\n    print(step)",
    ],
    ids=["no full stop", "article", "colon", "heading", "fence"],
)
def test_text_that_stops_in_the_middle_blocks(line: str) -> None:
    assert codes(with_last_line(line)) == ["truncated"]


@pytest.mark.parametrize(
    "line",
    [
        "- Keep exits clear",
        "Read more in *The Safe Shop*",
        "| hazard | remedy |\n|---|---|\n| wet floor | dry it |",
        "```python\nprint('done')\n```",
        "Close the file with `close()`",
        "Is your own exit clear?",
    ],
    ids=["list item", "source", "table", "code", "inline code", "question"],
)
def test_endings_without_a_full_stop_pass(line: str) -> None:
    assert codes(with_last_line(line)) == []


def test_a_lesson_in_another_language_blocks() -> None:
    assert codes(SPANISH, "en") == ["wrong_language"]
    assert codes(LESSON, "de") == ["wrong_language"]
    assert codes(LESSON, "en-GB") == []


def test_a_part_in_another_language_is_a_warning() -> None:
    half = LESSON + "\n" + SPANISH
    assert [(d.code, d.severity) for d in text_defects("l", half, "en")] == [("mixed_language", "warn")]


def test_code_and_short_quotations_are_not_another_language() -> None:
    quotation = "The sign says «Ne pas courir dans les couloirs»."
    listing = "```python\nprecio = total * cantidad  # el precio de la compra con impuestos\n```"
    assert codes(f"{LESSON}\n{listing}\n\n{quotation}") == []


def test_a_language_that_cannot_be_told_is_not_judged() -> None:
    assert codes(LESSON, "xx") == []


def test_words_copied_from_the_prompt_block() -> None:
    instruction = next(line for line in load_template("section").system.splitlines() if len(line) > 100)
    assert "copied_prompt" in codes(with_last_line(instruction.lstrip("- ")))


@given(st.text(max_size=500), st.sampled_from(["en", "es", "zh", "sr-Latn-RS", "xx", ""]))
def test_no_text_crashes_the_check(content: str, language: str) -> None:
    text_defects("l", content, language)


@given(
    st.lists(
        st.sampled_from(["```", "#", "- ", "> ", "|", "\n", "word. ", "\ud800", "<think>", "$$", "[insert"])
    )
)
def test_no_heap_of_markup_crashes_the_check(parts: list[str]) -> None:
    text_defects("l", "".join(parts), "en")
