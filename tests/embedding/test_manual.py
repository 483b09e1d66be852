"""docs/embedding.md shows the programs that the tests run, and names the public interface as it is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import courseai.graph

MANUAL = (Path(__file__).parents[2] / "docs" / "embedding.md").read_text("utf-8")
PROGRAMS = ["parent_graph.py", "backend.py", "course_tool.py"]
PUBLIC = [
    "CourseGraph",
    "CourseInput",
    "CourseOutput",
    "CourseState",
    "ProgressEvent",
    "RemoteCourse",
    "RunContext",
    "RunStore",
    "Services",
    "build_graph",
    "build_remote_graph",
    "course_graph",
    "make_services",
    "new_run_id",
    "open_run_store",
    "signed_by",
]
ALIASES = {"CourseGraph", "RemoteCourse"}
"""Names of compiled graphs' types, which can have no text of their own."""


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_in_the_manual_is_the_one_that_is_tested(name: str) -> None:
    program = Path(__file__).with_name(name).read_text("utf-8").rstrip()

    assert f"<!-- {name} -->\n```python\n{program}\n```" in MANUAL, f"put {name} into docs/embedding.md"


def test_the_public_names_are_these() -> None:
    assert courseai.graph.__all__ == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_in_the_manual(name: str) -> None:
    assert re.search(rf"`{name}\b", MANUAL)


@pytest.mark.parametrize("name", sorted({*PUBLIC} - ALIASES))
def test_a_public_name_says_what_it_is(name: str) -> None:
    assert inspect.getdoc(getattr(courseai.graph, name))


def test_every_parameter_of_make_services_is_in_the_manual() -> None:
    row = next(line for line in MANUAL.splitlines() if line.startswith("| `make_services"))

    assert set(inspect.signature(courseai.graph.make_services).parameters) == set(
        re.findall(r"(\w+)[=,]", row.split("`")[1].replace("(", ", "))
    ) - {"make_services"}
