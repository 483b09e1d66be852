"""The models, the schema generated from them, and the contract that both must agree with."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from courseai.course.analysis import AnalysisResult
from courseai.course.document import walk
from courseai.course.schema import SCHEMA_FILE, analysis_schema, schema_text
from courseai.course.schema_problem import schema_problems

DATA = Path(__file__).parents[1] / "data"
CONTRACT = Draft202012Validator(
    json.loads((DATA / "contract" / "analysis_result.schema.json").read_text(encoding="utf-8"))
)
GENERATED = Draft202012Validator(analysis_schema())
INPUTS = [json.loads(path.read_bytes()) for path in sorted((DATA / "inputs").glob("*.json"))]
PLACES = [(number, path) for number, document in enumerate(INPUTS) for path, _ in walk(document) if path]

ODD_VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 3, 18.0, 18.5, 61, 1e300, 10**30, "", " ", "x", "xy", "s1", "en", "a" * 20,
    "a" * 81, "a" * 301, "a" * 601, "a" * 2001, "a" * 4001, "50:50", "100:101", "beginner", "mixed", "1.0",
    [], {}, ["a"], ["a", "a", "a"], [str(n) for n in range(5)], [str(n) for n in range(70)], [[]], [{}],
    {"a": "b"}, {str(n): "text of twenty letters" for n in range(201)},
]  # fmt: skip


def parent_of(document: Any, path: tuple[str | int, ...]) -> Any:
    for part in path[:-1]:
        document = document[part]
    return document


@st.composite
def changed_documents(draw: st.DrawFn) -> Any:
    """A real document with one to three values replaced, removed or repeated."""
    number, _ = draw(st.sampled_from(PLACES))
    document = copy.deepcopy(INPUTS[number])
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([path for path, _ in walk(document) if path]))
        parent = parent_of(document, path)
        match draw(st.sampled_from(["replace", "remove", "repeat", "add"])):
            case "replace":
                parent[path[-1]] = copy.deepcopy(draw(st.sampled_from(ODD_VALUES)))
            case "remove":
                del parent[path[-1]]
            case "repeat" if isinstance(parent, list):
                parent.append(copy.deepcopy(parent[int(path[-1])]))
            case _ if isinstance(parent, dict):
                parent["something_else"] = copy.deepcopy(draw(st.sampled_from(ODD_VALUES)))
    return document


@given(document=changed_documents())
def test_models_schema_and_contract_judge_alike(document: Any) -> None:
    analysis, problems = schema_problems(document)
    assert (analysis is not None) == CONTRACT.is_valid(document) == GENERATED.is_valid(document), problems


@pytest.mark.parametrize("value", ODD_VALUES, ids=lambda value: json.dumps(value)[:20])
def test_every_field_refuses_what_the_contract_refuses(value: Any) -> None:
    for name in CONTRACT.schema["properties"]:
        document = INPUTS[0] | {name: value}
        assert (schema_problems(document)[0] is not None) == CONTRACT.is_valid(document), name


def test_the_schema_file_is_the_one_that_the_models_generate() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(analysis_schema()), (
        "run: python -m courseai.course.schema"
    )


def test_the_schema_is_valid_and_names_the_cross_field_rules() -> None:
    Draft202012Validator.check_schema(analysis_schema())
    assert [rule.split()[0] for rule in analysis_schema()["x-cross-field-rules"]] == [
        f"X{n}" for n in range(1, 11)
    ]


def test_a_whole_number_may_be_written_with_a_point() -> None:
    document = copy.deepcopy(INPUTS[0])
    document["recommended_structure"]["total_lessons"] = 18.0
    analysis, _ = schema_problems(document)
    assert analysis is not None
    assert analysis.recommended_structure.total_lessons == 18


def test_true_is_no_number() -> None:
    document = copy.deepcopy(INPUTS[0])
    document["recommended_structure"]["lesson_duration_minutes"] = True
    assert schema_problems(document)[0] is None


def test_what_was_absent_stays_absent_in_a_dump() -> None:
    document = copy.deepcopy(INPUTS[0])
    del document["compliance"]["jurisdiction"]
    document["course_category"]["secondary"] = None
    dump = AnalysisResult.model_validate(document).model_dump(mode="json")
    assert "jurisdiction" not in dump["compliance"]
    assert dump["course_category"]["secondary"] is None


def test_a_fact_of_the_wrong_type_is_one_problem() -> None:
    document = copy.deepcopy(INPUTS[0])
    document["verifiable_facts"][0]["value"] = [1]
    (problem,) = schema_problems(document)[1]
    assert problem.pointer == "/verifiable_facts/0/value"
    assert "a number, text or null" in problem.remedy
