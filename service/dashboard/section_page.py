"""The parts of a section's page, read from the state of its run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

from courseai.course.state import CourseState, Json
from courseai.course.verdict import Status
from courseai.ops.history.run_history import CallLine
from courseai.service.dashboard.tile import State
from courseai.service.measure import amount, count, score

_STATES: dict[str, State] = {
    Status.PASS: "good",
    Status.PASS_WITH_FLAG: "watch",
    Status.REVIEW_REQUIRED: "watch",
    Status.FAIL: "bad",
}
_DECISIONS: dict[str, State] = {
    "accept": "good",
    "accept_with_flag": "watch",
    "retry": "watch",
    "escalate": "bad",
    "flag": "bad",
}


@dataclass(frozen=True)
class DraftView:
    """One draft on a section's route."""

    title: str
    decision: str
    state: State
    facts: list[str]
    problems: list[str]
    call_id: str | None


@dataclass(frozen=True)
class VerdictView:
    """The verdict on one lesson."""

    lesson_id: str
    status: str
    state: State
    reason: str
    facts: list[str]
    concerns: list[str]
    opinions: list[Json]


@dataclass(frozen=True)
class SectionView:
    """A section from its brief to its lessons."""

    section_id: str
    title: str
    complexity: int
    signals: dict[str, float]
    risk: str | None
    start_tier: str
    start_reason: str
    tier: str | None
    status: str
    reason: str
    alignment: float | None
    moved_by: str | None
    drafts: list[DraftView]
    rewrites: list[str]
    verdicts: list[VerdictView]


def section_view(state: CourseState, section_id: str) -> SectionView | None:
    """None where the run has no such section, or its state is not kept."""
    brief = state.get("briefs", {}).get(section_id)
    if brief is None:
        return None
    outcome: Json = state.get("sections", {}).get(section_id, {})
    planned = [one for one in state.get("plan", {}).get("sections", []) if one["section_id"] == section_id]
    verdicts = [one for one in state.get("verdicts", {}).values() if one["section_id"] == section_id]
    return SectionView(
        section_id=section_id,
        title=planned[0]["area"] if planned else "",
        complexity=brief["complexity"]["score"],
        signals=brief["complexity"]["signals"],
        risk=brief["risk"],
        start_tier=brief["tier"],
        start_reason=brief["reason"],
        tier=outcome.get("tier"),
        status=outcome.get("status", "not written yet"),
        reason=outcome.get("reason", ""),
        alignment=outcome.get("alignment"),
        moved_by=outcome.get("moved_by"),
        drafts=[_draft(number, draft) for number, draft in enumerate(outcome.get("drafts", []), 1)],
        rewrites=[_rewrite(one) for one in outcome.get("rewrites", [])],
        verdicts=[_verdict(one) for one in verdicts],
    )


def draft_of_call(state: CourseState, section_id: str | None, call_id: str) -> DraftView | None:
    """What was decided on the draft that a call brought; None for calls that brought none that was kept."""
    view = section_view(state, section_id) if section_id else None
    own = [draft for draft in view.drafts if draft.call_id == call_id] if view else []
    return own[0] if own else None


def section_facts(view: SectionView, calls: Sequence[CallLine]) -> list[tuple[str, Any]]:
    """Where it ended, and for how much."""
    costs = [call.cost_usd for call in calls if call.cost_usd is not None]
    moved = {"budget": "to keep to the budget", "outage": "as a fallback"}.get(view.moved_by or "", "")
    return [
        ("State", view.status.replace("_", " ")),
        ("Because of", view.reason.replace("_", " ")),
        ("Written by", f"{view.tier} {moved}".strip() if view.tier else None),
        ("Alignment", score(view.alignment) if view.alignment is not None else "not verified"),
        ("Risk", view.risk.replace("_", " ") if view.risk else None),
        ("Calls", count(len(calls))),
        ("Cost", amount(fsum(costs)) if costs else None),
    ]


def _draft(number: int, draft: Json) -> DraftView:
    decided = draft["decision"]
    reason = decided["reason"].replace("_", " ")
    words = {
        "accept": f"accepted: {reason}",
        "accept_with_flag": f"accepted with a flag: {reason}",
        "retry": f"tried again: {reason}",
        "escalate": f"sent up to {decided['next_tier']}: {reason}",
        "flag": f"flagged for a person: {reason}",
    }
    facts = [] if draft["alignment"] is None else [f"alignment {score(draft['alignment'])}"]
    if draft.get("agreement") is not None:
        facts.append(f"{draft['samples']} samples agree {score(draft['agreement'])}")
    if draft["answering_tier"] not in (draft["tier"], None):
        facts.append(
            f"{draft['answering_tier']} answered, because of the {draft.get('moved_by') or 'outage'}"
        )
    if not draft["available"]:
        facts.append("no model could be reached")
    action = decided["action"]
    title = f"{number}. {draft['tier']}"
    return DraftView(title, words[action], _DECISIONS[action], facts, draft["problems"], draft["call_id"])


def _rewrite(record: Json) -> str:
    who = record.get("tier") or record.get("by") or "a reviewer"
    lessons = ", ".join(map(str, record.get("lessons", [])))
    why = record.get("reason", "failed the judge").replace("_", " ")
    changed = f"lessons {lessons}" if lessons else "nothing"
    return f"{changed} by {who}: {why}" + (f" ({record['message']})" if record.get("message") else "")


def _verdict(verdict: Json) -> VerdictView:
    facts = [f"decided by {verdict['method']}"]
    if verdict["alignment"] is not None:
        facts.append(f"alignment {score(verdict['alignment'])}")
    if verdict["cause"]:
        facts.append(f"a model was asked because it was {verdict['cause'].replace('_', ' ')}")
    return VerdictView(
        verdict["lesson_id"],
        verdict["status"],
        _STATES[verdict["status"]],
        verdict["reason"],
        facts,
        verdict["concerns"],
        verdict["opinions"],
    )
