"""The manual's answers are understood, and its table names what is asked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from courseai.course.review_answer import read_answer
from tests.course.test_review_answer import QUESTIONS

MANUAL = (Path(__file__).parents[2] / "docs" / "review.md").read_text("utf-8")
ANSWERS = re.findall(r"```json answer\n(.*?)```", MANUAL, re.DOTALL)


@pytest.mark.parametrize("text", ANSWERS)
def test_every_answer_of_the_manual_is_understood(text: str) -> None:
    assert read_answer(json.loads(text), QUESTIONS)


def test_every_decision_is_explained() -> None:
    for decision in ("approve", "edit", "regenerate", "respond", "reject"):
        assert re.search(rf"^\| `{decision}` \|", MANUAL, re.MULTILINE), decision
