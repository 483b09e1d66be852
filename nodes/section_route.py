"""Carry out what was decided on a draft: try again, climb a tier, or finish with the best draft.

The decision itself is pure (models/routing.py); the edge took it, these nodes write it down.
"""

from __future__ import annotations

from typing import Any

from langgraph.types import StreamWriter

from courseai.course.policy import Policy
from courseai.course.state import Json, SectionOutput, SectionState
from courseai.models.draft_store import DraftStore
from courseai.models.routing import Decision, Findings, decide


def retry(state: SectionState, writer: StreamWriter, *, policy: Policy) -> dict[str, Any]:
    """Same tier once more, with feedback."""
    decision = _decision(state, policy)
    writer(_event(state, decision, "section_retried", f"section {state['section_id']} is tried again"))
    return {"retries": state.get("retries", 0) + 1, "drafts": _decided(state, decision)}


def escalate(state: SectionState, writer: StreamWriter, *, policy: Policy) -> dict[str, Any]:
    """Next tier, with the feedback carried along."""
    decision = _decision(state, policy)
    message = f"section {state['section_id']} escalates to {decision.tier} ({decision.reason})"
    writer(_event(state, decision, "section_escalated", message))
    return {"tier": decision.tier, "retries": 0, "drafts": _decided(state, decision)}


async def finish(
    state: SectionState, writer: StreamWriter, *, drafts: DraftStore, policy: Policy
) -> SectionOutput:
    """Keep the accepted draft, or the best one there was; a section is flagged, never missing."""
    decision = _decision(state, policy)
    records = _decided(state, decision)
    best = records[-1] if decision.action != "flag" else best_draft(records)
    outcome = await _outcome(state, decision, records, best, drafts)
    accepted = decision.action != "flag"
    kind = "section_accepted" if accepted else "section_flagged"
    word = "accepted" if accepted else "flagged"
    tier = outcome["tier"] or "no model"
    writer(
        _event(state, decision, kind, f"section {state['section_id']} {word} from {tier} ({decision.reason})")
    )
    return {"sections": {state["section_id"]: outcome}}


def section_status(decision: Decision) -> str:
    """What the last decision on a section makes of it."""
    return {"accept": "accepted", "accept_with_flag": "accepted_with_flag"}.get(decision.action, "flagged")


def best_draft(records: list[Json]) -> Json | None:
    """The draft to keep: most lessons, then best alignment, then fewest problems; None if none is valid."""
    valid = [record for record in records if record["ref"] is not None]
    return max(valid, key=_quality, default=None)


def _quality(record: Json) -> tuple[int, float, int]:
    return len(record["lesson_alignment"]), record["alignment"] or 0.0, -len(record["problems"])


async def _outcome(
    state: SectionState, decision: Decision, records: list[Json], best: Json | None, drafts: DraftStore
) -> Json:
    base = state["base"] or {}
    ref = await _merged(state["run_id"], base.get("ref"), best["ref"] if best else None, drafts)
    written = [lesson["number"] for lesson in (await drafts.get(ref))["lessons"]] if ref else []
    return {
        "section_id": state["section_id"],
        "status": section_status(decision),
        "reason": str(decision.reason),
        "start_tier": base.get("start_tier", state["drafts"][0]["tier"]),
        "start_reason": base.get("start_reason", state["reason"]),
        "tier": best["answering_tier"] if best else None,
        "degraded": bool(best and best["answering_tier"] != best["tier"]),
        "moved_by": best["moved_by"] if best else None,
        "alignment": best["alignment"] if best else None,
        "escalations": sum(r["decision"]["action"] == "escalate" for r in records)
        + base.get("escalations", 0),
        "ref": ref,
        "lesson_numbers": written,
        "drafts": [*base.get("drafts", []), *records],
    }


async def _merged(
    run_id: str, earlier_ref: str | None, new_ref: str | None, drafts: DraftStore
) -> str | None:
    """One body with each lesson once: earlier ones stay, new ones fill the gaps."""
    if earlier_ref is None and new_ref is None:
        return None
    lessons: dict[int, Json] = {}
    for ref in (earlier_ref, new_ref):
        for lesson in (await drafts.get(ref))["lessons"] if ref else []:
            lessons.setdefault(lesson["number"], lesson)
    return await drafts.put(run_id, {"lessons": [lessons[number] for number in sorted(lessons)]})


def _decision(state: SectionState, policy: Policy) -> Decision:
    return decide(Findings(**state["findings"]), policy)


def _decided(state: SectionState, decision: Decision) -> list[Json]:
    """The draft records, the last one with what was decided on it."""
    chosen = {"action": decision.action, "reason": str(decision.reason), "next_tier": decision.tier}
    return [*state["drafts"][:-1], state["drafts"][-1] | {"decision": chosen}]


def _event(state: SectionState, decision: Decision, kind: str, message: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "run_id": state["run_id"],
        "section_id": state["section_id"],
        "tier": decision.tier or state["tier"],
        "reason": str(decision.reason),
        "alignment": state["findings"]["alignment"],
        "message": message,
    }
