"""Reading an answer, and asking for one."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from courseai.course.metadata import CourseMetadata
from courseai.course.section import SectionDraft
from courseai.models.reply import MAX_PROBLEM_CHARS, MAX_PROBLEMS, parse_reply, response_format
from tests.models.conftest import Note

NOTE = '{"text": "t", "number": 1}'


@pytest.mark.parametrize(
    "text",
    [
        NOTE,
        f"\n  {NOTE}\n",
        f"```json\n{NOTE}\n```",
        f"```\n{NOTE}\n```",
        f"Here it is:\n\n```json\n{NOTE}\n```\nAnything else?",
        f"Sure! {NOTE} I hope that helps {{really}}.",
        f"<think>Maybe {{}} or {{1: 2}}?</think>\n{NOTE}",
        f"I should write a note.\n</think>\n{NOTE}",
        '{"text": "t", "number": 1, "mood": "extra keys are for the type to judge"}',
    ],
)
def test_one_object_is_found_in_whatever_surrounds_it(text: str) -> None:
    assert parse_reply(text, Note) == (Note(text="t", number=1), ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the answer is empty"),
        (" \n", "the answer is empty"),
        ("no", "the answer holds no JSON object"),
        ("[1, 2]", "the answer holds no JSON object"),
        ('{"text": "t", "number": }', "not valid JSON at character 24: Expecting value"),
        ('{"text": "t", "text": "u", "number": 1}', "an object has the same key twice"),
        ('{"text": "t", "number": NaN}', "NaN is not a JSON number"),
        ('{"text": "t", "number": -Infinity}', "-Infinity is not a JSON number"),
        ('{"text": "t", "number": 1e999}', "a number is too large"),
        ('{"text": "\\ud800", "number": 1}', "a string holds half a surrogate pair, which is no character"),
        ('{"text": ' * 100_000, "the JSON is nested too deeply"),
        ('{"text": "t"}', "number: Field required"),
        ('{"text": 5, "number": 1}', "text: Input should be a valid string"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, problem: str) -> None:
    assert parse_reply(text, Note) == (None, (problem,))


def test_an_object_inside_a_truncated_one_is_not_taken_for_the_answer() -> None:
    value, _ = parse_reply(f'{{"lessons": [{NOTE}, {{"text": ', Note)
    assert value is None


def test_problems_are_few_and_short() -> None:
    lesson = {"number": 0, "title": "", "key_topics": [], "content": "", "exercises": []}
    _, problems = parse_reply(json.dumps({"lessons": [lesson] * 20}), SectionDraft)
    assert len(problems) == MAX_PROBLEMS
    assert problems[0] == "lessons.0.number: Input should be greater than or equal to 1"
    assert all(len(problem) <= MAX_PROBLEM_CHARS for problem in problems)


@given(st.text() | st.text('{}[]",:0aN`<>think/\\ \n'))
def test_no_text_makes_it_raise(text: str) -> None:
    value, problems = parse_reply(text, Note)
    assert (value is None) == bool(problems)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(), st.booleans())
def test_what_a_model_meant_is_what_is_read(text: str, number: int, fenced: bool) -> None:
    written = json.dumps({"text": text, "number": number})
    value, _ = parse_reply(f"```json\n{written}\n```" if fenced else written, Note)
    assert value == Note(text=text, number=number)


class Circle(BaseModel):
    kind: Literal["circle"]
    radius: float = Field(gt=0)


class Square(BaseModel):
    kind: Literal["square"]
    side: float = 1.0


class Drawing(BaseModel):
    title: str = Field(min_length=3, max_length=20, pattern="^[a-z]", description="what it shows")
    pattern: str = "a property may be called as a keyword is"
    shapes: list[Circle | Square] = Field(min_length=1, max_length=9)
    main: Circle | Square = Field(discriminator="kind")


def objects(schema: Any) -> list[dict[str, Any]]:
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []
    mine = [schema] if isinstance(schema, dict) and schema.get("type") == "object" else []
    return [*mine, *(found for value in inner for found in objects(value))]


@pytest.mark.parametrize("answer_type", [Note, Drawing, SectionDraft, CourseMetadata])
def test_strict_mode_wants_every_field_and_no_other(answer_type: type[BaseModel]) -> None:
    schema = response_format("x", answer_type)["json_schema"]["schema"]
    for part in objects(schema):
        assert part["additionalProperties"] is False
        assert sorted(part["required"]) == sorted(part["properties"])


def test_bounds_of_lists_and_numbers_stay_and_those_of_strings_go() -> None:
    schema = response_format("drawing", Drawing)["json_schema"]["schema"]
    assert schema["properties"]["title"] == {"type": "string", "description": "what it shows"}
    assert schema["properties"]["pattern"] == {"type": "string"}
    assert schema["properties"]["shapes"]["minItems"] == 1
    assert schema["$defs"]["Circle"]["properties"]["radius"] == {"exclusiveMinimum": 0, "type": "number"}


@pytest.mark.parametrize("keyword", ["oneOf", "discriminator", "default", "minLength"])
def test_no_keyword_is_sent_that_strict_mode_refuses(keyword: str) -> None:
    assert f'"{keyword}"' not in json.dumps(response_format("drawing", Drawing))


def test_the_type_still_checks_what_the_schema_could_not_say() -> None:
    drawing = {"title": "X", "pattern": "", "shapes": [], "main": {"kind": "circle", "radius": 0}}
    _, problems = parse_reply(json.dumps(drawing), Drawing)
    assert [problem.split(":")[0] for problem in problems] == ["title", "shapes", "main.circle.radius"]
