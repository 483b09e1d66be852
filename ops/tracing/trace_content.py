"""What a trace shows of what nodes were given and wrote: each thing once, not the whole state. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from courseai.course.state import Json
from courseai.ops.tracing.trace_facts import COURSE

_OF_EARLIER_NODES = (
    "analysis_result",
    "plan",
    "metadata",
    "briefs",
    "sections",
    "verdicts",
    "coverage",
    "course",
    "report",
)
"""Parts of the state that the trace has as the course's input or as what an earlier node wrote."""
_OF_THE_COURSE = ("analysis_result", "course", "report")
"""Parts of a node's update that the trace has as the course's input or output."""


def shown_input(node: str, given: Mapping[str, Any]) -> Json:
    """A course's document; of a node's state what no other run in the trace shows."""
    if node == COURSE:
        return dict(given)
    return {key: value for key, value in given.items() if key not in _OF_EARLIER_NODES}


def shown_output(node: str, update: Mapping[str, Any]) -> Json:
    """A finished course with its report; of a node what it wrote."""
    if node == COURSE:
        return dict(update)
    return {key: value for key, value in update.items() if key not in _OF_THE_COURSE}
