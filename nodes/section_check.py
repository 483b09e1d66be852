"""Check the last draft: complete, aligned with its objectives, in the right words, true to the facts."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from langgraph.types import StreamWriter

from courseai.course.policy import Policy
from courseai.course.state import Json, SectionState
from courseai.models.draft_store import DraftStore
from courseai.models.routing import Findings
from courseai.quality.alignment import AlignmentScorer
from courseai.quality.draft_check import DraftCheck, check_draft


async def check(
    state: SectionState,
    writer: StreamWriter,
    *,
    drafts: DraftStore,
    alignment: AlignmentScorer,
    policy: Policy,
) -> dict[str, Any]:
    """Findings for the router, feedback for the next draft, and both on the draft's record."""
    record = state["drafts"][-1]
    brief = await drafts.get(state["brief_ref"])
    if record["ref"] is None:
        result = DraftCheck(schema_problems=tuple(record["problems"]))
    else:
        body = await drafts.get(record["ref"])
        numbers = state["lesson_numbers"]
        result = await asyncio.to_thread(check_draft, body, brief, numbers, alignment, policy.alignment)
    findings = _findings(state, record, result)
    checked = record | result.to_dict() | {"alignment": findings.alignment}
    writer(_drafted(state, findings))
    return {
        "drafts": [*state["drafts"][:-1], checked],
        "feedback": result.feedback(),
        "findings": asdict(findings),
    }


def _findings(state: SectionState, record: Json, result: DraftCheck) -> Findings:
    same_tier = [d for d in state["drafts"][:-1] if d["tier"] == state["tier"]]
    previous = same_tier[-1].get("alignment") if same_tier else None
    return Findings(
        tier=state["tier"],
        retries=state.get("retries", 0),
        available=record["available"],
        schema_ok=not result.schema_problems,
        alignment=result.alignment,
        previous_alignment=previous,
        agreement=record.get("agreement"),
        terms_ok=not result.term_problems,
        facts_ok=not result.fact_problems,
        text_ok=not result.text_problems,
    )


def _drafted(state: SectionState, findings: Findings) -> dict[str, Any]:
    score = "unverified" if findings.alignment is None else f"{findings.alignment:.2f}"
    shown = f"alignment {score}" if findings.schema_ok else "no valid answer"
    return {
        "kind": "section_drafted",
        "run_id": state["run_id"],
        "section_id": state["section_id"],
        "tier": findings.tier,
        "alignment": findings.alignment,
        "message": f"section {state['section_id']} drafted by {findings.tier}: {shown}",
    }
