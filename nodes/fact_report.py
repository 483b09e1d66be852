"""The report's part on facts: what the finished course says about each, and where."""

from __future__ import annotations

from courseai.course.state import CourseState, Json
from courseai.quality.defect import Claim
from courseai.quality.fact import fact_status


def fact_report(state: CourseState) -> list[Json]:
    """One entry for each fact of the analysis: its status in the course, and every sentence about it.

    A fact that no lesson speaks about is unverifiable, with no mentions.
    """
    claims = [
        Claim(**claim)
        for verdict in state["verdicts"].values()
        for claim in verdict["claims"]
        if claim["kind"] == "fact"
    ]
    return [_entry(fact, claims) for fact in state["analysis_result"].get("verifiable_facts", [])]


def _entry(fact: Json, claims: list[Claim]) -> Json:
    own = [claim for claim in claims if claim.subject == fact["id"]]
    return {
        "id": fact["id"],
        "statement": fact["statement"],
        "source": fact["source"],
        "status": fact_status(own),
        "mentions": [
            {"lesson_id": claim.lesson_id, "status": claim.status, "sentence": claim.evidence}
            for claim in own
        ],
    }
