"""Editing an item as form fields: what was not touched stays, what was typed arrives."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from courseai.service.web.content_form import Field, Group, form_fields, read_form

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"))
LINE = TEXT.map(lambda text: " ".join(text.split())).filter(bool)
EXERCISE = st.fixed_dictionaries(
    {
        "exercise_id": LINE,
        "type": st.sampled_from(["essay", "Multiple-Choice"]),
        "question": TEXT,
        "options": st.lists(LINE, max_size=4) | st.lists(LINE.map(lambda line: f"{line}\n  x"), max_size=2),
        "pairs": st.lists(st.fixed_dictionaries({"left": TEXT, "right": TEXT}), max_size=2),
    }
)
LESSON = st.fixed_dictionaries(
    {
        "number": st.integers(1, 60),
        "title": TEXT,
        "key_topics": st.lists(LINE, max_size=4),
        "content": TEXT,
        "exercises": st.lists(EXERCISE, max_size=3),
    }
)


def flat(entries: list[Field | Group]) -> list[Field]:
    """All fields, those of groups too."""
    fields: list[Field] = []
    for entry in entries:
        fields += [entry] if isinstance(entry, Field) else flat(list(entry.fields))
    return fields


def as_sent(lesson: dict[str, Any]) -> dict[str, str]:
    """The form as a browser sends it when nothing was changed: line ends are CR LF."""
    return {field.path: field.value.replace("\n", "\r\n") for field in flat(form_fields(lesson))}


@given(LESSON)
def test_a_form_that_nobody_touched_changes_nothing(lesson: dict[str, Any]) -> None:
    assert read_form(lesson, as_sent(lesson)) == lesson


@given(LESSON)
def test_every_field_has_a_name_of_its_own(lesson: dict[str, Any]) -> None:
    paths = [field.path for field in flat(form_fields(lesson))]

    assert len(set(paths)) == len(paths)


@given(LESSON, TEXT)
def test_what_was_typed_arrives(lesson: dict[str, Any], typed: str) -> None:
    edited = read_form(lesson, as_sent(lesson) | {"content": typed.replace("\n", "\r\n")})

    assert edited == lesson | {"content": typed}


def test_an_exercise_can_be_left_out() -> None:
    lesson = {"exercises": [{"question": "one"}, {"question": "two"}, {"question": "three"}]}

    edited = read_form(lesson, as_sent(lesson) | {"exercises.1.leave-out": "on"})

    assert edited == {"exercises": [{"question": "one"}, {"question": "three"}]}


def test_lists_are_one_entry_a_line_and_blank_lines_do_not_count() -> None:
    edited = read_form({"key_topics": ["loops"]}, {"key_topics": "loops\r\n\r\n  lists \r\n"})

    assert edited == {"key_topics": ["loops", "lists"]}


def test_ids_cannot_be_edited() -> None:
    content = {"number": 3, "exercise_id": "s1-l3-e1", "title": "Loops"}

    assert [field.path for field in flat(form_fields(content))] == ["title"]
    assert read_form(content, {"title": "Lists", "x": "y"}) == content | {"title": "Lists"}


def test_levels_and_kinds_are_chosen_from_what_the_course_knows() -> None:
    (field,) = flat(form_fields({"type": "Word puzzle"}))

    assert field.widget == "choice"
    assert field.choices[0] == "Word puzzle"
    assert "multiple_choice" in field.choices
