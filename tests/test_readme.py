"""The README shows the graph that the code draws, and names only commands and files that exist."""

from __future__ import annotations

import re
from pathlib import Path

from courseai.service.diagram import mermaid

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_picture_is_the_graph() -> None:
    assert mermaid() in README, "Run `courseai graph` and put its output into the README."


def test_every_link_leads_to_a_file() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_both_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
