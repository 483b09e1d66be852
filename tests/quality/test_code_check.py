"""Python in lessons parses, and prints what the lesson says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.quality.code_check import code_findings, syntax_problem
from courseai.quality.sandbox import is_available

runs_code = pytest.mark.skipif(
    not is_available(), reason="this machine allows no namespaces (unshare), so no code is run on it"
)


def codes(lesson: str) -> list[str]:
    return [defect.code for defect in code_findings("l", lesson)[0]]


def statuses(lesson: str) -> list[str]:
    return [claim.status for claim in code_findings("l", lesson)[1]]


def python(code: str) -> str:
    return f"```python\n{code}\n```\n"


def test_code_that_parses_is_no_defect() -> None:
    assert codes("Repeat it three times:\n\n" + python("for i in range(3):\n    print(i)")) == []


def test_code_that_does_not_parse_blocks() -> None:
    lesson = "Repeat it three times:\n\n" + python("for i in range(3)\n    print(i)")
    assert codes(lesson) == ["code_syntax"]
    assert "line 1" in code_findings("l", lesson)[0][0].message


@pytest.mark.parametrize(
    "lesson",
    [
        "Without the colon Python raises a SyntaxError:\n\n" + python("for i in range(3)\n    print(i)"),
        python("for i in range(3)  # wrong: the colon is missing\n    print(i)"),
        "The pattern is always the same:\n\n" + python("for <name> in <list>:\n    <body>"),
        "Fill the body in yourself:\n\n" + python("def area(width, height):\n    # your lines"),
        "Other languages have braces:\n\n```c\nfor (;;) {}\n```\n",
        "A fragment of a function:\n\n" + python("    return total / count"),
    ],
    ids=["error named", "comment", "pattern", "unfinished body", "other language", "indented"],
)
def test_code_shown_as_broken_or_as_a_pattern_is_no_defect(lesson: str) -> None:
    assert codes(lesson) == []


@runs_code
@pytest.mark.parametrize(
    "lesson",
    [
        python("print(1 + 2)") + "\n```output\n3\n```",
        python("print(1 + 2)") + "\nThis prints:\n\n```text\n3\n```",
        python("print(len('spam'))  # prints 4"),
        python("total = 2 + 3  # -> 5"),
        python(">>> 'ab' * 2\n'abab'"),
        python("prices = [1, 2]") + "\nAdd them up.\n\n" + python("print(sum(prices))  # prints 3"),
        python("print([10, 20][2])") + "\n```output\nIndexError: list index out of range\n```",
    ],
    ids=["output block", "text block", "comment", "assignment", "doctest", "earlier names", "error"],
)
def test_a_stated_output_that_comes_is_verified(lesson: str) -> None:
    assert statuses(lesson) == ["verified"]
    assert codes(lesson) == []


@runs_code
@pytest.mark.parametrize(
    "lesson",
    [
        python("print(1 + 2)") + "\n```output\n4\n```",
        python("print(len('spam'))  # prints 5"),
        python("total = 2 + 3  # -> 6"),
        python(">>> 1 + 1\n3"),
        python("numbers = [1, 2]\nprint(numbers[0])") + "\n```output\n2\n```",
    ],
    ids=["output block", "comment", "assignment", "doctest", "index"],
)
def test_a_stated_output_that_does_not_come_blocks(lesson: str) -> None:
    assert statuses(lesson) == ["contradicted"]
    assert codes(lesson) == ["code_output"]


@runs_code
@pytest.mark.parametrize(
    "code",
    [
        "import numpy\nprint(numpy.pi)  # prints 3.14",
        "import random\nprint(random.random())  # prints 0.5",
        "print(input())  # prints 5",
        "print(unknown_name)  # prints 5",
        "while True:\n    pass\nprint(1)  # prints 1",
        "print({'b', 'a'})  # prints 5",
        "print('Hello')  # prints the greeting on the screen",
    ],
    ids=["package", "chance", "input", "context", "endless", "set order", "description"],
)
def test_programs_that_cannot_be_repeated_are_unverifiable(code: str) -> None:
    assert statuses(python(code)) == ["unverifiable"]
    assert codes(python(code)) == []


def test_code_without_a_stated_output_is_not_run() -> None:
    assert statuses(python("while True:\n    pass")) == []


@given(st.text(max_size=300))
def test_no_code_crashes_the_check(code: str) -> None:
    syntax_problem(code)
    code_findings("l", python(code))
