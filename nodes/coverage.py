"""Check that every outcome is taught and assessed: the matrix of outcomes, lessons and exercises."""

from __future__ import annotations

import asyncio

from courseai.course.metadata import CourseMetadata
from courseai.course.plan import CoursePlan
from courseai.course.state import CourseState
from courseai.models.draft_store import DraftStore
from courseai.nodes.assembly import finished_sections
from courseai.quality.alignment import AlignmentScorer
from courseai.quality.coverage import course_coverage


async def check_coverage(
    state: CourseState, *, drafts: DraftStore, alignment: AlignmentScorer
) -> CourseState:
    """The matrix; its holes are flagged for review."""
    plan = CoursePlan.model_validate(state["plan"])
    outcomes = CourseMetadata.model_validate(state["metadata"]["value"]).learning_outcomes
    sections = await finished_sections(state, plan, drafts)
    coverage = await asyncio.to_thread(course_coverage, outcomes, sections, alignment, plan.language)
    return {"coverage": coverage.to_dict()}
