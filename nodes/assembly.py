"""Put the course together, and the report of how it came about."""

from __future__ import annotations

from langgraph.types import StreamWriter

from courseai.course.finish import finished_section
from courseai.course.output import Course
from courseai.course.plan import CoursePlan
from courseai.course.policy import Policy
from courseai.course.section import Section
from courseai.course.state import CourseState, Json
from courseai.models.draft_store import DraftStore
from courseai.models.gateway import Gateway
from courseai.nodes.budget_report import budget_report
from courseai.nodes.exercise_report import exercise_report
from courseai.nodes.report import make_report


async def assemble(
    state: CourseState, writer: StreamWriter, *, drafts: DraftStore, gateway: Gateway, policy: Policy
) -> CourseState:
    """The finished course and its report."""
    plan = CoursePlan.model_validate(state["plan"])
    sections = await finished_sections(state, plan, drafts)
    course = Course(
        run_id=state["run_id"],
        author=gateway.provider.name,
        language=plan.language,
        sections=[section for section in sections if section.lessons],
        **state["metadata"]["value"],
    ).model_dump(mode="json")
    report = make_report(state, plan, await gateway.journal.calls(state["run_id"]), policy)
    report["exercises"] = exercise_report(state, sections, plan.language)
    report["budget"] = await budget_report(gateway.journal, state["run_id"], policy.budget)
    writer(_finished(report))
    return {"status": "finished", "course": course, "report": report}


async def finished_sections(state: CourseState, plan: CoursePlan, drafts: DraftStore) -> list[Section]:
    """Every section of the plan with the lessons that stand now."""
    refs = [state["sections"][section.section_id]["ref"] for section in plan.sections]
    bodies = [await drafts.get(ref) if ref else None for ref in refs]
    return [finished_section(section, body) for section, body in zip(plan.sections, bodies, strict=True)]


def _finished(report: Json) -> Json:
    totals = report["totals"]
    is_known = totals["calls_of_unknown_cost"] < totals["calls"]
    cost = f"for ${totals['cost_usd']:.4f}" if is_known else "at an unknown cost"
    message = f"{report['lessons']['written']} lessons {cost}"
    return {"kind": "finished", "run_id": report["run_id"], "message": message}
