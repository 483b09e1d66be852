"""What tests of the review share: everything is flagged, and answers are put together by item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.graph.conftest import LESSONS, PLANNED

if TYPE_CHECKING:
    from tests.graph.conftest import Json, Outcome

STRICT = {"accept": 1.0, "accept_with_flag": 0.0, "borderline": 0.0}
"""Alignment cut-offs under which every section and every lesson passes with a flag."""
FLAGGED = [f"section:{section_id}" for section_id in LESSONS] + [f"lesson:{lesson}" for lesson in PLANNED]
APPROVE = {"type": "approve"}


def requests_of(outcome: Outcome) -> list[Json]:
    """The action requests of the one interrupt that is pending."""
    (interrupt,) = outcome.interrupts
    requests: list[Json] = interrupt.value["action_requests"]
    return requests


def content_of(outcome: Outcome, item_id: str) -> Json:
    """What a reviewer is shown of one item."""
    found = [request for request in requests_of(outcome) if request["args"]["item_id"] == item_id]
    content: Json = found[0]["args"]["content_json"]
    return content


def answer(**by_item: Any) -> Json:
    """Approve everything but these; `lesson_s1_l1=...` stands for the item lesson:s1-l1."""
    given = {name.replace("_", ":", 1).replace("_", "-"): decision for name, decision in by_item.items()}
    assert set(given) <= set(FLAGGED)
    return {"decisions": [given.get(item_id, APPROVE) for item_id in FLAGGED]}


def lesson_of(outcome: Outcome, lesson_id: str) -> Json:
    """A lesson of the finished course."""
    sections = outcome.state["course"]["sections"]
    return next(x for section in sections for x in section["lessons"] if x["lesson_id"] == lesson_id)


def item_of(outcome: Outcome, item_id: str) -> Json:
    """Everything that a reviewer is told about one item."""
    found: Json = next(r["args"] for r in requests_of(outcome) if r["args"]["item_id"] == item_id)
    return found


def items_of(outcome: Outcome) -> list[str]:
    """The items that wait, in order; none where the run is finished."""
    if not outcome.interrupts:
        return []
    return [request["args"]["item_id"] for request in requests_of(outcome)]


def by_id(**by_item: Any) -> Json:
    """Decisions on these alone; the rest stays pending."""
    given = {name.replace("_", ":", 1).replace("_", "-"): decision for name, decision in by_item.items()}
    return {"decisions": given, "by": "Ada"}
