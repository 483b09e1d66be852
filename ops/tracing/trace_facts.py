"""What a trace says of a node, a section, a course or a model call, beside its input and output. Pure.

Facts are flat and hold no content: ids, tiers, reason codes, counts, USD, probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from courseai.course.verdict import PASSING
from courseai.models.call import Call

Facts = dict[str, str | int | float | bool]

COURSE = "course"
"""What the graph is called."""
_FROM_INPUT = {
    "run_id": "run_id",
    "section_id": "section_id",
    "complexity": "complexity",
    "tier": "tier",
    "reason": "tier_reason",
}


def name_of(node: str, given: Mapping[str, Any]) -> str:
    """The node, and the section that it works on where it works on one."""
    section_id = given.get("section_id")
    return f"{node} {section_id}" if section_id else node


def facts_of_input(node: str, given: Mapping[str, Any]) -> Facts:
    """Of what a node is given: the state, or the part of it that its branch gets."""
    facts = _known({fact: given.get(key) for key, fact in _FROM_INPUT.items()})
    if node == COURSE:
        return facts | {"resumed": "analysis_result" not in given}
    if attempt := _attempt(node, given):
        facts["attempt"] = attempt
    if decision := _last_decision(given):
        # A later draft is on its tier because of what was decided on the one before.
        facts["tier_reason"] = decision["reason"]
    if policy := given.get("policy"):
        facts |= facts_of_policy(policy)
    return facts


def facts_of_policy(policy: Mapping[str, Any]) -> Facts:
    """What a course is made with: the state's note of it."""
    return {
        "policy": policy["version"],
        "policy_fingerprint": policy["fingerprint"],
        "prompts_fingerprint": policy["prompts"],
    }


def _attempt(node: str, given: Mapping[str, Any]) -> int | None:
    if node in ("draft", "sample"):
        return 1 + len(given.get("drafts", ()))
    if node == "metadata":
        return 1 + int(given.get("metadata", {}).get("attempts", 0))
    if node == "judge":
        return 1 + int(given.get("judge_rounds", 0))
    if node == "exercise_check":
        return 1 + int(given.get("exercise_rounds", 0))
    if node in ("lesson_rewrite", "regeneration"):
        return 1 + len(given["outcome"].get("rewrites", ()))
    return given.get("round")


def _last_decision(given: Mapping[str, Any]) -> Mapping[str, Any]:
    drafts = given.get("drafts")
    decision: Mapping[str, Any] = drafts[-1].get("decision", {}) if drafts else {}
    return decision


def facts_of_update(update: Mapping[str, Any]) -> Facts:
    """Of what a node wrote into the state, or a graph gave back."""
    facts: Facts = {}
    if drafts := update.get("drafts"):
        facts |= _of_draft(drafts[-1])
    if findings := update.get("findings"):
        facts |= _known({"alignment": findings["alignment"], "schema_ok": findings["schema_ok"]})
    if len(sections := update.get("sections", {})) == 1:
        facts |= _of_section(next(iter(sections.values())))
    if verdicts := update.get("verdicts"):
        facts |= _of_verdicts(list(verdicts.values()))
    if metadata := update.get("metadata"):
        facts |= _of_metadata(metadata)
    if policy := update.get("policy"):
        facts |= facts_of_policy(policy)
    if report := update.get("report"):
        facts |= _of_report(report)
    return facts | _known({key: update.get(key) for key in ("run_id", "status")})


def _of_draft(draft: Mapping[str, Any]) -> Facts:
    decision = draft.get("decision", {})
    return _known(
        {
            "tier": draft["tier"],
            "answering_tier": draft["answering_tier"],
            "moved_by": draft["moved_by"],
            "alignment": draft.get("alignment"),
            "agreement": draft.get("agreement"),
            "decision": decision.get("action"),
            "decision_reason": decision.get("reason"),
            "next_tier": decision.get("next_tier"),
        }
    )


def _of_section(outcome: Mapping[str, Any]) -> Facts:
    return _known(
        {
            "section_id": outcome["section_id"],
            "tier": outcome["tier"],
            "start_tier": outcome["start_tier"],
            "tier_reason": outcome["start_reason"],
            "decision": outcome["status"],
            "decision_reason": outcome["reason"],
            "moved_by": outcome["moved_by"],
            "alignment": outcome["alignment"],
            "escalations": outcome["escalations"],
            "drafts": len(outcome["drafts"]),
        }
    )


def _of_verdicts(verdicts: Sequence[Mapping[str, Any]]) -> Facts:
    scores = [verdict["alignment"] for verdict in verdicts if verdict["alignment"] is not None]
    facts: Facts = {
        "lessons": len(verdicts),
        "lessons_passed": sum(verdict["status"] in PASSING for verdict in verdicts),
        "lessons_flagged": sum(verdict["status"] != "PASS" for verdict in verdicts),
    }
    return facts | ({"alignment": fmean(scores)} if scores else {})


def _of_metadata(metadata: Mapping[str, Any]) -> Facts:
    outcomes = metadata.get("outcomes", {})
    return _known(
        {
            "tier": metadata.get("tier"),
            "attempt": metadata.get("attempts"),
            "moved_by": metadata.get("moved_by"),
            "problems": len(metadata.get("problems", ())),
            "bloom_compliance": outcomes.get("bloom_compliance"),
        }
    )


def _of_report(report: Mapping[str, Any]) -> Facts:
    """Of a whole course, over all the stretches of its run."""
    quality, totals = report["quality"], report["totals"]
    is_priced = totals["calls_of_unknown_cost"] < totals["calls"]
    facts = {
        "language": report["language"],
        "lessons": report["lessons"]["written"],
        "pass_rate": quality["pass_rate"],
        "alignment": quality["mean_alignment"],
        "bloom_compliance": quality["bloom_compliance"],
        "escalation_rate": report["escalations"]["rate"],
        "flags": len(report["flags"]),
        "course_cost_usd": totals["cost_usd"] if is_priced else None,
        "course_calls": totals["calls"],
    }
    return _known(facts) | facts_of_policy(report["policy"])


def facts_of_call(call: Call) -> Facts:
    """Of the record of a try at a model."""
    return _known(
        {
            "run_id": call.run_id,
            "phase": call.phase,
            "purpose": call.purpose,
            "subject": call.subject,
            "tier": call.tier,
            "answering_tier": call.answering_tier,
            "attempt": call.attempt,
            "transport_attempt": call.transport_attempt,
            "provider": call.provider,
            "outcome": str(call.outcome),
            "cost_usd": call.cost_usd,
        }
    )


def tags_of(facts: Facts) -> list[str]:
    """What one wants to filter traces by: a bounded set of words."""
    tags = []
    climbs = facts.get("next_tier") not in (None, facts.get("tier"))
    if climbs or facts.get("escalations") or facts.get("escalation_rate"):
        tags.append("escalated")
    if facts.get("flags") or "flag" in str(facts.get("decision", "")):
        tags.append("flagged")
    if "moved_by" in facts:
        tags.append(f"moved_by_{facts['moved_by']}")
    return tags


def _known(facts: Mapping[str, Any]) -> Facts:
    """Without those that are unknown: None is no fact."""
    return {name: value for name, value in facts.items() if value is not None}
