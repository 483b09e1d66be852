"""Validate the input and plan every lesson, before anything is paid for. No model is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from langchain_core.runnables import RunnableConfig
from langgraph.runtime import Runtime
from langgraph.types import Overwrite, StreamWriter

from courseai.course.errors import SettingsError
from courseai.course.intake import validate_value
from courseai.course.plan import plan_course
from courseai.course.policy import Policy
from courseai.course.review_rule import waits_for_person
from courseai.course.risk import check_highest_quality
from courseai.course.state import CourseState, Json, RunContext, ThreadInput
from courseai.models.estimate import estimate
from courseai.models.tiers import TierTable
from courseai.nodes.affordability import check_affordable
from courseai.prompts.template import fingerprint


def validate(
    state: ThreadInput,
    config: RunnableConfig,
    runtime: Runtime[RunContext],
    writer: StreamWriter,
    *,
    policy: Policy,
    tiers: TierTable,
) -> CourseState:
    """Accept the document and plan it, or reject it with every problem found.

    Raises `SettingsError` for a run that could not wait for the person it is told to ask and for an unknown
    section to write in the highest quality, and `BudgetExceededError` for a course that no tier can write
    under the run's ceiling.
    """
    intake = validate_value(state.analysis_result, language=state.language)
    update = _run_facts(config, runtime.context, policy, state.run_id)
    update["problems"] = [problem.to_dict() for problem in intake.problems]
    if intake.analysis is None or intake.language is None:
        writer(_rejected(update["run_id"], update["problems"]))
        return update | {"status": "rejected"}
    wanted = runtime.context.highest_quality if runtime.context else []
    check_highest_quality(intake.analysis, wanted)
    plan = plan_course(intake.analysis, intake.language, wanted)
    expected = estimate(intake.analysis, plan, policy, tiers)
    ceiling_usd = update["budget_usd"] or policy.budget.ceiling_usd
    if warning := check_affordable(update["run_id"], plan.lesson_count, expected, ceiling_usd):
        update["problems"].append(warning.to_dict())
    writer(_planned(update["run_id"], len(plan.sections), plan.lesson_count))
    return update | {
        "status": "running",
        "analysis_result": intake.analysis.model_dump(mode="json"),
        "language": intake.language,
        "plan": plan.model_dump(mode="json"),
    }


def _run_facts(
    config: RunnableConfig, context: RunContext | None, policy: Policy, earlier: str | None
) -> CourseState:
    settings, place = context or RunContext(), config.get("configurable", {})
    if waits_for_person(settings.review, policy) and not place.get("thread_id"):
        raise SettingsError(
            f'review "{settings.review}" has to wait for a person: build the graph with a checkpointer and '
            'give the run a thread_id, or take review "flag" or "auto".'
        )
    facts: CourseState = {
        "run_id": _run_id(place, earlier),
        "review": settings.review,
        "seed": settings.seed,
        "budget_usd": settings.budget_usd,
        "policy": {
            "version": policy.version,
            "fingerprint": policy.fingerprint,
            "prompts": fingerprint(),
        },
    }
    return _forgotten() | facts if earlier else facts


def _run_id(settings: Mapping[str, Any], earlier: str | None) -> str:
    """The thread's id. A second run in the same thread gets `-2`: each run has its own calls and bill."""
    run_id = str(settings.get("thread_id") or uuid4())
    # Set where this graph is a node of another one, which may call it more than once in a thread.
    if outer := settings.get("checkpoint_ns", "").rpartition("|")[0]:
        run_id += f"-{hashlib.sha256(outer.encode()).hexdigest()[:8]}"
    if earlier is None:
        return run_id
    number = earlier.removeprefix(f"{run_id}-")
    return f"{run_id}-{int(number) + 1 if number.isdigit() else 2}"


def _forgotten() -> CourseState:
    """Everything that an earlier run left in its thread, emptied: its attempts and decisions are not ours."""
    nothing: Any = Overwrite({})
    return {
        "metadata": {},
        "briefs": {},
        "sections": nothing,
        "verdicts": {},
        "judge_rounds": 0,
        "exercise_rounds": 0,
        "lesson_count": {},
        "coverage": {},
        "reviewed": {},
        "requested": [],
        "decisions": [],
        "course": {},
        "report": {},
    }


def _rejected(run_id: str, problems: Sequence[Json]) -> Json:
    errors = [problem["message"] for problem in problems if problem["severity"] == "error"]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    message = f"the input is rejected: {errors[0]}{more}"
    return {"kind": "input_rejected", "run_id": run_id, "message": message}


def _planned(run_id: str, sections: int, lessons: int) -> dict[str, Any]:
    return {
        "kind": "planned",
        "run_id": run_id,
        "message": f"{lessons} lessons planned in {sections} sections",
        "sections_total": sections,
        "lessons_total": lessons,
    }
