"""Progress events: one schema for the live view of the command line, pages and embedding programs.

They come as LangGraph's custom stream (`stream_mode="custom"`, with `subgraphs=True`). Their JSON Schema is
`course/event.schema.json`. Kinds and fields may be added: a reader passes over those that it does not know.
"""

from __future__ import annotations

from typing import Annotated, Literal, Required

from pydantic import ConfigDict, Field

# Before Python 3.12 Pydantic reads only this TypedDict.
from typing_extensions import TypedDict

EventKind = Literal[
    "input_rejected",
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
    "review_decided",
    "item_regenerated",
    "finished",
]


class ProgressEvent(TypedDict, total=False):
    """One thing that happened. `kind`, `run_id` and `message` are always there."""

    __pydantic_config__ = ConfigDict(title="Progress event")  # type: ignore[misc]

    kind: Required[EventKind]
    run_id: Required[str]
    message: Required[Annotated[str, Field(description="One line for a person.")]]
    section_id: Annotated[str, Field(description="Of events about one section.")]
    tier: Annotated[str, Field(description="Who writes, or wrote; of section_escalated, who writes next.")]
    reason: Annotated[
        str, Field(description="Why the section starts there, is tried again, escalates, is kept or flagged.")
    ]
    alignment: Annotated[
        float | None,
        Field(
            description="How well the draft teaches its objectives: a calibrated probability, 0 to 1. "
            "Null where it cannot be told."
        ),
    ]
    sections_total: Annotated[int, Field(description="Of planned.")]
    lessons_total: Annotated[int, Field(description="Of planned: lessons; of lessons_counted: written ones.")]
    sections_left: Annotated[
        int, Field(description="Of section events: sections that are being written or wait for their turn.")
    ]
    cost_usd: Annotated[
        float | None,
        Field(
            description="USD spent in this run so far, the calls before a resume included. Calls of unknown "
            "cost are not in it; null where no call's cost is known."
        ),
    ]
    estimated_rest_usd: Annotated[
        float | None,
        Field(
            description="Of section events: USD of the drafts that are awaited, at what drafts of their "
            "tiers cost in this run, if each is good enough. Null before the first draft. Further climbing, "
            "judging, rewriting and exercises are not in it."
        ),
    ]
    estimated_rest_s: Annotated[
        float | None,
        Field(
            description="Of section events: seconds until the sections are probably all written, at the "
            "pace so far. Null before the first one is finished. What follows the sections is not in it."
        ),
    ]
