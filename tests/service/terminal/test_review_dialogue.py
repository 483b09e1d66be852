"""The keys of the terminal are those of the page, so that nobody rejects by a habit."""

from __future__ import annotations

import re
from importlib import resources

from courseai.service.terminal.review_dialogue import KEYS


def test_a_key_that_decides_means_the_same_on_the_page() -> None:
    page = resources.files("courseai.service.web").joinpath("item.html.j2").read_text("utf-8")
    on_page = {key: word for word, key in re.findall(r'value="(\w+)"[^>]* data-key="(\w)"', page)}
    assert 'data-key="e">Edit' in page
    # `m` asks for a new version with an instruction, which the terminal always asks for.
    assert on_page | {"e": "edit"} == {key: KEYS[key] for key in "aegr"} | {"m": "respond"}
