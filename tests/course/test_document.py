"""Reading bytes (rule X10)."""

from __future__ import annotations

from typing import Any

import pytest

from courseai.course.document import DEPTH_LIMIT, SIZE_LIMIT, check_value, read_document
from courseai.course.problem import BYTES, Problem


def only_problem(data: bytes) -> Problem:
    (problem,) = read_document(data).problems
    return problem


def test_a_plain_document_is_read() -> None:
    document = read_document(b'{"a": [1, 2.5, null, "\\u00e9"]}')
    assert document.readable
    assert document.value == {"a": [1, 2.5, None, "é"]}


@pytest.mark.parametrize("data", [b"", b" \n\t"])
def test_an_empty_file_is_said_to_be_empty(data: bytes) -> None:
    assert "empty" in only_problem(data).message


def test_a_byte_order_mark_is_refused_and_the_rest_still_read() -> None:
    document = read_document(b'\xef\xbb\xbf{"a": 1}')
    assert document.value == {"a": 1}
    assert [problem.kind for problem in document.problems] == ["parse"]
    assert "without a byte order mark" in document.problems[0].remedy


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_another_unicode_encoding_is_named(encoding: str) -> None:
    assert encoding.upper() in only_problem('{"a": 1}'.encode(encoding)).message


def test_bytes_that_are_not_utf_8_are_reported_with_offset_and_likely_encoding() -> None:
    problem = only_problem('{"a": "é"}'.encode("latin-1"))
    assert problem.pointer == BYTES
    assert "offset 7" in problem.message
    assert "Latin-1" in problem.message


def test_a_file_that_breaks_off_is_reported_with_line_and_column() -> None:
    problem = only_problem(b'{"a": 1,\n "b": "tex')
    assert "breaks off" in problem.message
    assert "line 2, column 7" in problem.message


def test_text_behind_the_document_is_refused() -> None:
    assert "behind the end" in only_problem(b'{"a": 1} {"b": 2}').message


@pytest.mark.parametrize("name", [b"NaN", b"Infinity", b"-Infinity"])
def test_numbers_that_json_does_not_have_are_reported_where_they_stand(name: bytes) -> None:
    problem = only_problem(b'{"a": [0, ' + name + b"]}")
    assert (problem.kind, problem.rule, problem.pointer) == ("parse", "X10", "/a/1")


@pytest.mark.parametrize("number", [b"1e999999", b"-1e999999", b"9" * 10_000])
def test_a_number_beyond_floating_point_is_reported(number: bytes) -> None:
    problem = only_problem(b'{"a": ' + number + b"}")
    assert (problem.kind, problem.pointer) == ("schema", "/a")


def test_repeated_names_are_reported_at_their_pointer() -> None:
    problem = only_problem(b'{"a": {"b": 1, "b": 2, "b": 3}, "c": {"b": 1}}')
    assert (problem.kind, problem.rule, problem.pointer) == ("parse", "X10", "/a/b")


def test_twenty_levels_are_read_and_one_more_is_not() -> None:
    assert read_document(b"[" * DEPTH_LIMIT + b"]" * DEPTH_LIMIT).readable
    assert not read_document(b"[" * (DEPTH_LIMIT + 1) + b"]" * (DEPTH_LIMIT + 1)).readable


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_a_hundred_thousand_levels_do_not_crash(opening: bytes) -> None:
    assert "levels deep" in only_problem(opening * 100_000).message


def test_brackets_in_texts_are_no_levels() -> None:
    assert read_document(b'["' + b"[{" * 100 + b'\\"[[[[[[[[[[[[[[[[[[[[[[[["]').readable


def test_an_oversized_document_is_refused_at_the_text_that_makes_it_so() -> None:
    problem = only_problem(b'{"a": {"b": "' + b"x" * SIZE_LIMIT + b'"}}')
    assert (problem.kind, problem.rule, problem.pointer) == ("schema", "X10", "/a/b")
    assert "xxx" not in problem.message


def test_an_oversized_document_of_small_parts_is_refused_as_a_whole() -> None:
    assert only_problem(b"[" + b"1," * SIZE_LIMIT + b"1]").pointer == "/"


def test_an_oversized_document_that_is_no_json_has_both_problems() -> None:
    kinds = [problem.kind for problem in read_document(b"x" * (SIZE_LIMIT + 1)).problems]
    assert kinds == ["parse", "schema"]


def test_a_pointer_escapes_tilde_and_slash() -> None:
    assert only_problem(b'{"a/b~c": NaN}').pointer == "/a~1b~0c"


def test_a_value_that_contains_itself_is_refused() -> None:
    value: dict[str, Any] = {}
    value["a"] = value
    assert not check_value(value).readable


@pytest.mark.parametrize("value", [{"a": (1, 2)}, {"a": b"x"}, {1: "a"}, {"a": {2, 3}}, object()])
def test_a_python_value_that_is_no_json_is_refused(value: object) -> None:
    document = check_value(value)
    assert not document.readable
    assert document.problems[0].kind == "schema"


def test_an_oversized_value_is_refused_like_an_oversized_file() -> None:
    assert check_value({"a": "x" * (SIZE_LIMIT + 1)}).problems[0].pointer == "/a"
