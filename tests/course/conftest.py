"""Documents to change and to judge."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from courseai.course.intake import Intake, validate_value

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def document() -> dict[str, Any]:
    """A fresh copy of the English programming course, which has no problems."""
    loaded: dict[str, Any] = json.loads((DATA / "inputs" / "01_programming_beginner.json").read_bytes())
    return loaded


@pytest.fixture
def sections(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The sections of `document`, to be changed in place."""
    found: list[dict[str, Any]] = document["recommended_structure"]["sections_breakdown"]
    return found


@pytest.fixture
def judge(document: dict[str, Any]) -> Callable[[], Intake]:
    """Validates `document` as it is now."""
    return lambda: validate_value(document, language=None)
