"""The report: every routing decision with its reasons, every verdict, every call, and the totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import fmean

from courseai.course.plan import CoursePlan
from courseai.course.policy import Policy
from courseai.course.review import flagged_items
from courseai.course.state import CourseState, Json
from courseai.course.verdict import pass_rate
from courseai.models.call import Call
from courseai.models.ledger import totals
from courseai.nodes.fact_report import fact_report


def make_report(state: CourseState, plan: CoursePlan, calls: Sequence[Call], policy: Policy) -> Json:
    """`report.json`, plain JSON. Costs are USD; alignments are calibrated probabilities in [0, 1]."""
    flags = [item.to_dict() for item in flagged_items(state)]
    return {
        "schema_version": "1.0",
        "run_id": state["run_id"],
        "language": plan.language,
        "policy": state["policy"],
        "totals": totals(calls),
        "lessons": _lessons(state, plan),
        "quality": _quality(state, policy),
        "facts": fact_report(state),
        "coverage": state.get("coverage", {}),
        "escalations": _escalations(state),
        "flags": flags,
        "decisions": state.get("decisions", []),
        "warnings": state["problems"],
        "plan_notes": plan.notes,
        "rewritten_objectives": [
            {"section_id": section.section_id, **pair.model_dump()}
            for section in plan.sections
            for pair in section.rewritten
        ],
        "metadata": {key: value for key, value in state["metadata"].items() if key != "value"},
        "sections": [_section(section.section_id, section.area, state, calls) for section in plan.sections],
        "verdicts": list(state["verdicts"].values()),
        "calls": [call.to_dict() for call in calls],
    }


def _lessons(state: CourseState, plan: CoursePlan) -> Json:
    written = sum(len(outcome["lesson_numbers"]) for outcome in state["sections"].values())
    return {"planned": plan.lesson_count, "written": written, "missing": state["lesson_count"]["missing"]}


def _quality(state: CourseState, policy: Policy) -> Json:
    verdicts = state["verdicts"].values()
    # A run that ends with too few lessons is reported too, and may have none.
    passed = pass_rate(verdict["status"] for verdict in verdicts) if verdicts else 0.0
    scores = [verdict["alignment"] for verdict in verdicts if verdict["alignment"] is not None]
    return {
        "pass_rate": round(passed, 4),
        "requires_revision": passed < policy.course.requires_revision_below,
        "mean_alignment": round(fmean(scores), 4) if scores else None,
        "unverified_lessons": len(verdicts) - len(scores),
        "judged_by": _judged_by(state),
        "bloom_compliance": state["metadata"]["outcomes"]["bloom_compliance"],
        "measurable_outcomes": state["metadata"]["outcomes"]["measurable_share"],
        "defects": dict(Counter(defect["code"] for verdict in verdicts for defect in verdict["defects"])),
        "claims": _claims(state),
    }


def _claims(state: CourseState) -> Json:
    """How many facts, formulae and outputs of code are verified, contradicted and unverifiable."""
    claims = [claim for verdict in state["verdicts"].values() for claim in verdict["claims"]]
    kinds = dict.fromkeys(claim["kind"] for claim in claims)
    return {kind: dict(Counter(c["status"] for c in claims if c["kind"] == kind)) for kind in kinds}


def _judged_by(state: CourseState) -> Json:
    """Share of verdicts by each means, in [0, 1]; the aim is 85 to 90 % by embeddings."""
    methods = [verdict["method"] for verdict in state["verdicts"].values()]
    return {method: round(methods.count(method) / len(methods), 4) for method in dict.fromkeys(methods)}


def _escalations(state: CourseState) -> Json:
    """How many sections climbed, and why, over all of them."""
    reasons = [
        draft["decision"]["reason"]
        for outcome in state["sections"].values()
        for draft in outcome["drafts"]
        if draft["decision"]["action"] == "escalate"
    ]
    climbed = sum(outcome["escalations"] > 0 for outcome in state["sections"].values())
    return {
        "sections_escalated": climbed,
        "rate": round(climbed / max(1, len(state["sections"])), 4),
        "by_reason": {reason: reasons.count(reason) for reason in dict.fromkeys(reasons)},
    }


def _section(section_id: str, area: str, state: CourseState, calls: Sequence[Call]) -> Json:
    """One section's route: where it started and why, every draft, and what it cost."""
    brief = {key: value for key, value in state["briefs"][section_id].items() if key != "ref"}
    outcome = {key: value for key, value in state["sections"][section_id].items() if key != "ref"}
    own = [call for call in calls if call.subject == section_id and call.phase == "sections"]
    return {"area": area, **brief, **outcome, "cost_usd": totals(own)["cost_usd"], "calls": len(own)}
