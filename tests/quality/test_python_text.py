"""Python in texts is parsed for many courses at once, each in a thread of its own."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from courseai.quality.python_text import literal_value, parsed_python

PROGRAM = "\n".join(f"x{number} = f(a[b[({number} + 1) * 2]])" for number in range(200))


@pytest.fixture
def _threads_take_turns_inside_a_parse() -> Iterator[None]:
    """Collecting garbage, which happens while a tree is built, lets another thread go on."""

    def turn(_phase: str, _info: dict[str, int]) -> None:
        time.sleep(0)

    threshold = gc.get_threshold()
    gc.callbacks.append(turn)
    gc.set_threshold(50)
    yield
    gc.set_threshold(*threshold)
    gc.callbacks.remove(turn)


@pytest.mark.usefixtures("_threads_take_turns_inside_a_parse")
def test_threads_can_parse_at_once() -> None:
    with ThreadPoolExecutor(4) as threads:
        trees = list(threads.map(parsed_python, [PROGRAM] * 40))
    assert [len(tree.body) for tree in trees] == [200] * 40


def test_a_program_may_be_indented() -> None:
    assert len(parsed_python("    x = 1\n    y = 2").body) == 2


def test_a_literal_has_its_value_and_anything_else_none() -> None:
    assert literal_value("[1, 'two']") == [1, "two"]
    with pytest.raises(ValueError, match="malformed"):
        literal_value("print(1)")
