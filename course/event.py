"""Progress events: one schema for the live view of the command line, pages and embedding programs.

They come as LangGraph's custom stream (`stream_mode="custom"`, with `subgraphs=True`).
"""

from __future__ import annotations

from typing import Literal, TypedDict

EventKind = Literal[
    "planned",
    "metadata_written",
    "section_started",
    "section_drafted",
    "section_retried",
    "section_escalated",
    "section_accepted",
    "section_flagged",
    "lessons_judged",
    "lessons_rewritten",
    "lessons_counted",
    "exercises_checked",
    "exercises_rewritten",
    "review_needed",
    "finished",
]


class ProgressEvent(TypedDict, total=False):
    """One thing that happened. `kind`, `run_id` and `message` are always there."""

    kind: EventKind
    run_id: str
    message: str
    """One line for a person."""
    section_id: str
    tier: str
    reason: str
    alignment: float | None
    """Calibrated probability in [0, 1]."""
    sections_total: int
    lessons_total: int
    cost_usd: float | None
    """Spent so far in this run, USD."""
