"""The small input and the real services of the graph's own tests, for programs that embed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.graph.conftest import document, embedder, make_pipeline, pipeline

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["document", "embedder", "make_pipeline", "pipeline"]

Json = dict[str, Any]

STRICT = {"accept": 1.0, "accept_with_flag": 0.0, "borderline": 0.0}
"""Alignment cut-offs under which everything passes with a flag."""


@pytest.fixture
def risky_document(document: Json) -> Json:
    """The small input with two sections that need a person's signature."""
    document["compliance"] |= {"safety_critical": True}
    first, *others = document["recommended_structure"]["sections_breakdown"]
    first["risk"] = "none"
    for section in others:
        section["risk"] = "safety_critical"
    return document


def approval(request: Mapping[str, Any]) -> Json:
    """The answer that approves of everything that is asked."""
    return {"decisions": [{"type": "approve"} for _ in request["action_requests"]]}
