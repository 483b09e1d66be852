"""Let a person decide about everything that is flagged: one interrupt that lists all of it.

No model is asked here, because an interrupted node runs again from its start when it is answered.
"""

from __future__ import annotations

from typing import Any

from langgraph.types import StreamWriter, interrupt
from pydantic import ValidationError

from courseai.course.metadata import CourseMetadata
from courseai.course.policy import Policy
from courseai.course.review import (
    ReviewDecision,
    ReviewItem,
    flagged_items,
    flawed_exercises,
    read_decisions,
    review_request,
)
from courseai.course.section import LessonDraft
from courseai.course.state import CourseState, Json
from courseai.course.verdict import PASSING
from courseai.models.draft_store import DraftStore


async def human_review(
    state: CourseState, writer: StreamWriter, *, drafts: DraftStore, policy: Policy
) -> CourseState:
    """Ask, or mark: the run's review mode says which."""
    items = flagged_items(state)
    writer(_needed(state["run_id"], len(items), state["review"]))
    if state["review"] == "flag":
        return {}
    if state["review"] == "auto":
        return {"decisions": _automatic(items, state)}
    contents = {item.item_id: await _content(item, state, drafts) for item in items}
    decisions = _ask(review_request(items, contents), items)
    return await _applied(state, decisions, drafts, policy)


def _ask(request: Json, items: list[ReviewItem]) -> list[ReviewDecision]:
    """Wait for a person; an answer that cannot be read is refused and asked for again."""
    payload = request
    while True:
        answer = interrupt(payload)
        try:
            decisions = read_decisions(answer, items)
            _check_edits(decisions)
            return decisions
        except ValueError as error:
            payload = request | {"error": str(error)}


def _check_edits(decisions: list[ReviewDecision]) -> None:
    """Raises ValueError for edited content that breaks the schema."""
    for decision in decisions:
        if decision.edited is None:
            continue
        if decision.item_id.startswith("section:"):
            raise ValueError(f"{decision.item_id} cannot be edited as a whole: edit its lessons.")
        try:
            _edited(decision)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "content_json"
            raise ValueError(
                f"The edit of {decision.item_id} is not valid: {place}: {first['msg']}."
            ) from error


def _edited(decision: ReviewDecision) -> Json:
    """The edited content in its schema; raises ValidationError. Some review pages send it as JSON text."""
    model = CourseMetadata if decision.item_id == "metadata" else LessonDraft
    edited = decision.edited or {}
    content = edited.get("content_json", edited)
    valid = model.model_validate_json(content) if isinstance(content, str) else model.model_validate(content)
    return valid.model_dump(mode="json")


async def _content(item: ReviewItem, state: CourseState, drafts: DraftStore) -> Json:
    """What the reviewer reads and may edit."""
    if item.kind == "metadata":
        return {"content_json": state["metadata"]["value"]}
    if item.kind == "lesson":
        section_id, number = _place(item.subject, state)
        body = await drafts.get(state["sections"][section_id]["ref"])
        return {"content_json": next(entry for entry in body["lessons"] if entry["number"] == number)}
    return {"tier": state["sections"][item.subject]["tier"]}


async def _applied(
    state: CourseState, decisions: list[ReviewDecision], drafts: DraftStore, policy: Policy
) -> CourseState:
    """The state as the reviewer wants it."""
    update: CourseState = {"decisions": {d.item_id: d.to_dict() for d in decisions}}
    sections: dict[str, Json] = {}
    spare = state["lesson_count"]["written"] - policy.course.min_lessons
    for decision in decisions:
        if decision.item_id == "metadata" and decision.edited is not None:
            update["metadata"] = state["metadata"] | {
                "value": _edited(decision),
                "source": "reviewer",
                "problems": [],
            }
        if not decision.item_id.startswith("lesson:") or decision.type not in ("edit", "reject"):
            continue
        if decision.type == "reject" and spare <= 0:
            note = {"note": "kept: the course would have too few lessons"}
            update["decisions"][decision.item_id] |= note
            continue
        spare -= decision.type == "reject"
        section_id, number = _place(decision.item_id.removeprefix("lesson:"), state)
        outcome = sections.get(section_id, state["sections"][section_id])
        sections[section_id] = await _with_lesson(state["run_id"], outcome, number, decision, drafts)
    return update | {"sections": sections}


async def _with_lesson(
    run_id: str, outcome: Json, number: int, decision: ReviewDecision, drafts: DraftStore
) -> Json:
    """The section with that lesson edited, or without it."""
    lessons = (await drafts.get(outcome["ref"]))["lessons"]
    kept = [lesson for lesson in lessons if lesson["number"] != number]
    if decision.type == "edit":
        kept.append(_edited(decision) | {"number": number})
    kept.sort(key=lambda lesson: lesson["number"])
    ref = await drafts.put(run_id, {"lessons": kept})
    return outcome | {"ref": ref, "lesson_numbers": [lesson["number"] for lesson in kept]}


def _place(lesson_id: str, state: CourseState) -> tuple[str, int]:
    """Section id and number of a lesson."""
    section_id = state["verdicts"][lesson_id]["section_id"]
    return section_id, int(lesson_id.removeprefix(f"{section_id}-l"))


def _automatic(items: list[ReviewItem], state: CourseState) -> dict[str, Json]:
    """Approve lessons that pass with a flag; what needs a person stays marked."""
    flawed = flawed_exercises(state)
    passing = {
        f"lesson:{lesson_id}"
        for lesson_id, verdict in state["verdicts"].items()
        if verdict["status"] in PASSING and lesson_id not in flawed
    }
    return {
        item.item_id: ReviewDecision(item.item_id, "approve", "approved by the review mode auto").to_dict()
        for item in items
        if item.item_id in passing
    }


def _needed(run_id: str, count: int, mode: str) -> dict[str, Any]:
    return {"kind": "review_needed", "run_id": run_id, "message": f"{count} items flagged (review: {mode})"}
