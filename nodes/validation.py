"""Validate the input and plan every lesson, before anything is paid for. No model is asked."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from langchain_core.runnables import RunnableConfig
from langgraph.runtime import Runtime
from langgraph.types import StreamWriter

from courseai.course.intake import validate_value
from courseai.course.plan import plan_course
from courseai.course.policy import Policy
from courseai.course.state import CourseInput, CourseState, RunContext
from courseai.prompts.template import fingerprint


def validate(
    state: CourseInput,
    config: RunnableConfig,
    runtime: Runtime[RunContext],
    writer: StreamWriter,
    *,
    policy: Policy,
) -> CourseState:
    """Accept the document and plan it, or reject it with every problem found."""
    intake = validate_value(state.analysis_result, language=state.language)
    update = _run_facts(config, runtime.context, policy)
    update["problems"] = [problem.to_dict() for problem in intake.problems]
    if intake.analysis is None or intake.language is None:
        return update | {"status": "rejected"}
    plan = plan_course(intake.analysis, intake.language)
    writer(_planned(update["run_id"], len(plan.sections), plan.lesson_count))
    return update | {
        "status": "running",
        "analysis_result": intake.analysis.model_dump(mode="json"),
        "language": intake.language,
        "plan": plan.model_dump(mode="json"),
    }


def _run_facts(config: RunnableConfig, context: RunContext | None, policy: Policy) -> CourseState:
    settings = context or RunContext()
    thread_id = config.get("configurable", {}).get("thread_id")
    return {
        "run_id": str(thread_id or uuid4()),
        "review": settings.review,
        "seed": settings.seed,
        "policy": {
            "version": policy.version,
            "fingerprint": policy.fingerprint,
            "prompts": fingerprint(),
        },
    }


def _planned(run_id: str, sections: int, lessons: int) -> dict[str, Any]:
    return {
        "kind": "planned",
        "run_id": run_id,
        "message": f"{lessons} lessons planned in {sections} sections",
        "sections_total": sections,
        "lessons_total": lessons,
    }
