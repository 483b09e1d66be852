"""Let a person decide about everything that is flagged: one interrupt that lists all of it.

No model is asked here, because an interrupted node runs again from its start when it is answered. What is
to be written anew goes to nodes/regeneration.py, and what changed is checked again before it comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from langgraph.runtime import Runtime
from langgraph.types import StreamWriter, interrupt

from courseai.course.policy import Policy
from courseai.course.review import ReviewItem, flagged_items, progress_of, unchecked_items
from courseai.course.review_answer import DecisionType, Question, ReviewDecision, read_answer, signed_by
from courseai.course.review_rule import approved_by_rule, waits_for_person
from courseai.course.state import CourseState, Json, RunContext
from courseai.models.draft_store import DraftStore
from courseai.models.journal import Journal
from courseai.nodes.review_outcome import ReviewOutcome
from courseai.nodes.review_request import refused, review_request

_DECIDED: dict[DecisionType, str] = {
    "approve": "approved",
    "edit": "edited",
    "regenerate": "asked for anew",
    "respond": "asked for anew",
    "reject": "rejected",
}


async def human_review(
    state: CourseState,
    writer: StreamWriter,
    runtime: Runtime[RunContext],
    *,
    drafts: DraftStore,
    journal: Journal,
    policy: Policy,
) -> CourseState:
    """Close what was checked since the last answer; then ask, approve by rule, or mark what is left."""
    state = _closed(state)
    items = flagged_items(state)
    if state["review"] == "auto":
        decisions = approved_by_rule(items, state, policy)
        state = await _applied(state, decisions, drafts, policy)
        items = flagged_items(state)
    if items and not waits_for_person(state["review"], policy):
        writer(_event(state, "review_needed", f"{len(items)} items flagged (review: {state['review']})"))
    if not items or not waits_for_person(state["review"], policy):
        return _changes(state)
    calls = await journal.calls(state["run_id"])
    asked = await review_request(state, items, drafts, calls, policy.review.regenerations)
    writer(_event(state, "review_needed", f"{len(items)} items wait for a person"))
    decisions = _ask(asked.request, asked.questions, _authenticated(runtime))
    state = await _applied(state, decisions, drafts, policy)
    for decision in decisions:
        writer(_decided(state, decision))
    return _changes(state)


def _authenticated(runtime: Runtime[RunContext]) -> str:
    """Whom the LangGraph server that runs the graph has authenticated; empty where it, or nobody, has."""
    user = runtime.server_info.user if runtime.server_info else None
    return user.identity if user else ""


def _ask(request: Json, questions: Sequence[Question], authenticated: str) -> list[ReviewDecision]:
    """Wait for a person; an answer that cannot be used is refused and asked for again."""
    payload = request
    while True:
        answer = interrupt(payload)
        try:
            return read_answer(signed_by(answer, authenticated) if authenticated else answer, questions)
        except ValueError as error:
            payload = refused(request, str(error))


def _closed(state: CourseState) -> CourseState:
    """The state with every change that passed its checks settled, and each result on its decision."""
    unchecked = unchecked_items(state)
    if not unchecked:
        return {**state, "requested": []}
    failed = {item.item_id: item for item in flagged_items(state)}
    reviewed, decisions = dict(state["reviewed"]), list(state.get("decisions", []))
    for item_id in unchecked:
        passed = progress_of(item_id, state) == "edited" and item_id not in failed
        settled = {"progress": "settled"} if passed else {}
        reviewed[item_id] = reviewed[item_id] | {"checked": True} | settled
        _note_result(decisions, item_id, _result(item_id, failed.get(item_id), state))
    return {**state, "reviewed": reviewed, "decisions": decisions, "requested": []}


def _note_result(decisions: list[Json], item_id: str, result: str) -> None:
    """Write on the last decision on an item what came of it."""
    for place in range(len(decisions) - 1, -1, -1):
        if decisions[place]["item_id"] == item_id:
            decisions[place] = decisions[place] | {"result": result}
            return


def _result(item_id: str, failed: ReviewItem | None, state: CourseState) -> str:
    if progress_of(item_id, state) == "removed":
        return "removed"
    return f"checked again: {failed.reason}" if failed else "checked again: passed"


async def _applied(
    state: CourseState, decisions: Sequence[ReviewDecision], drafts: DraftStore, policy: Policy
) -> CourseState:
    """The state as the reviewer wants it, with a record of every decision."""
    if not decisions:
        return state
    outcome = ReviewOutcome(state, drafts, policy)
    await outcome.apply(decisions)
    records = [_record(decision, outcome.note(decision.item.item_id)) for decision in decisions]
    update = outcome.update()
    sections = state["sections"] | update["sections"]
    earlier = state.get("decisions", [])
    return {**state, **update, "sections": sections, "decisions": [*earlier, *records]}


def _record(decision: ReviewDecision, note: str) -> Json:
    """A decision for the report: on what, what, who, when (ISO 8601, UTC) and why."""
    record: Json = {
        "item_id": decision.item.item_id,
        "kind": decision.item.kind,
        "type": decision.type,
        "by": decision.by or "not named",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "message": decision.message,
        "reason": decision.item.reason,
    }
    return record | ({"note": note} if note else {})


def _changes(state: CourseState) -> CourseState:
    """What this node may have changed."""
    return {
        "metadata": state["metadata"],
        "sections": state["sections"],
        "verdicts": state["verdicts"],
        "reviewed": state.get("reviewed", {}),
        "requested": state["requested"],
        "decisions": state.get("decisions", []),
    }


def _decided(state: CourseState, decision: ReviewDecision) -> Json:
    item, by = decision.item, f" by {decision.by}" if decision.by else ""
    event = _event(state, "review_decided", f"{item.kind} {item.subject}: {_DECIDED[decision.type]}{by}")
    return event | ({"section_id": item.section_id} if item.section_id else {})


def _event(state: CourseState, kind: str, message: str) -> Json:
    return {"kind": kind, "run_id": state["run_id"], "message": message}
