"""The figures of a run, read from its state: pure, and the same however often it was stopped and resumed."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import Any

from courseai.course.state import CourseState, Json
from courseai.course.verdict import Status

Row = dict[str, Any]
"""A row of one of store/figure_tables.py, without its run's id."""


@dataclass(frozen=True)
class Figures:
    """What a state says about its run; a run that was stopped has figures of what is done."""

    run: Row
    sections: list[Row]
    drafts: list[Row]
    lessons: list[Row]


def figures_of(state: CourseState) -> Figures:
    """Every figure that the state holds. Alignments are probabilities in [0, 1]; unknown ones are None."""
    outcomes = [state.get("sections", {})[section_id] for section_id in state.get("sections", {})]
    sections = [_section(outcome, state.get("briefs", {})[outcome["section_id"]]) for outcome in outcomes]
    drafts = [row for outcome in outcomes for row in _drafts(outcome)]
    lessons = [_lesson(verdict) for verdict in state.get("verdicts", {}).values()]
    return Figures(_run(state, sections, lessons), sections, drafts, lessons)


def state_of_report(report: Json) -> CourseState:
    """As much of a finished run's state as figures are made of, from its report."""
    sections = {section["section_id"]: section for section in report["sections"]}
    plan_size = {"lessons": [None] * report["lessons"]["planned"]}
    return {
        "language": report["language"],
        "policy": report["policy"],
        "plan": {"sections": [plan_size]},
        "metadata": report["metadata"],
        "briefs": sections,
        "sections": sections,
        "verdicts": {verdict["lesson_id"]: verdict for verdict in report["verdicts"]},
    }


def _run(state: CourseState, sections: list[Row], lessons: list[Row]) -> Row:
    metadata = state.get("metadata", {})
    plan = state.get("plan", {}).get("sections", [])
    return {
        "language": state.get("plan", {}).get("language") or state.get("language"),
        "policy": state.get("policy", {}).get("fingerprint"),
        "sections": len(sections),
        "sections_escalated": sum(section["escalations"] > 0 for section in sections),
        "lessons_planned": sum(len(section["lessons"]) for section in plan),
        "lessons": len(lessons),
        "lessons_flagged": sum(lesson["status"] != Status.PASS for lesson in lessons),
        "alignment": _mean([lesson["alignment"] for lesson in lessons]),
        "metadata_attempts": metadata.get("attempts"),
        "bloom_compliance": metadata.get("outcomes", {}).get("bloom_compliance"),
    }


def _section(outcome: Json, brief: Json) -> Row:
    decisions = [draft["decision"]["action"] for draft in outcome["drafts"]]
    return {
        "section_id": outcome["section_id"],
        "complexity": brief["complexity"]["score"],
        "risk": brief["risk"],
        "start_tier": outcome["start_tier"],
        "start_reason": outcome["start_reason"],
        "tier": outcome["tier"],
        "status": outcome["status"],
        "reason": outcome["reason"],
        "retries": decisions.count("retry"),
        "escalations": outcome["escalations"],
        "degraded": outcome["degraded"],
        "alignment": outcome["alignment"],
    }


def _drafts(outcome: Json) -> list[Row]:
    return [
        {
            "section_id": outcome["section_id"],
            "number": number,
            "tier": draft["tier"],
            "answering_tier": draft["answering_tier"],
            "call_id": draft["call_id"],
            "schema_ok": draft["ref"] is not None if draft["available"] else None,
            "alignment": draft["alignment"],
            "agreement": draft.get("agreement"),
            "action": draft["decision"]["action"],
            "reason": draft["decision"]["reason"],
            "next_tier": draft["decision"]["next_tier"],
        }
        for number, draft in enumerate(outcome["drafts"], 1)
    ]


def _lesson(verdict: Json) -> Row:
    opinions = verdict["opinions"]
    return {
        "lesson_id": verdict["lesson_id"],
        "section_id": verdict["section_id"],
        "status": verdict["status"],
        "method": verdict["method"],
        "cause": verdict["cause"],
        "alignment": verdict["alignment"],
        "judges": len(opinions),
        "judge_tier": opinions[-1]["tier"] if opinions else None,
        "judge_score": opinions[-1]["overall"] if opinions else None,
    }


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
