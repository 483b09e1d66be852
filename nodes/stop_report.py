"""The report of a run that its budget stopped: what there is so far, and how much is missing."""

from __future__ import annotations

from collections.abc import Sequence

from courseai.course.errors import BudgetExceededError
from courseai.course.state import CourseState, Json
from courseai.models.call import Call
from courseai.models.ledger import totals


def make_stop_report(
    state: CourseState, calls: Sequence[Call], budget: Json, error: BudgetExceededError
) -> Json:
    """`report.json` with status `budget_stop`; the shape of a finished run's as far as it goes. USD."""
    plan, sections = state.get("plan", {}), state.get("sections", {})
    written = sum(len(outcome["lesson_numbers"]) for outcome in sections.values())
    return {
        "schema_version": "1.0",
        "run_id": error.run_id,
        "status": "budget_stop",
        "reason": str(error),
        "enough_usd": round(error.enough_usd, 9),
        "language": state.get("language"),
        "policy": state.get("policy"),
        "totals": totals(calls),
        "budget": budget,
        "lessons": {"planned": _planned(plan), "written": written},
        "sections": [
            {key: value for key, value in outcome.items() if key != "ref"} for outcome in sections.values()
        ],
        "warnings": state.get("problems", []),
        "calls": [call.to_dict() for call in calls],
    }


def _planned(plan: Json) -> int:
    return sum(len(section["lessons"]) for section in plan.get("sections", []))
