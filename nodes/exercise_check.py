"""Check every exercise of the course: repair in code, say what a model has to rewrite, drop what stays bad.

This runs over the whole course and not section by section, because the tell that matters most (the longest
option is the right one) shows only there. No model is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from itertools import chain

from langgraph.types import StreamWriter

from courseai.course.plan import CoursePlan
from courseai.course.policy import Policy
from courseai.course.state import CourseState, Json
from courseai.models.draft_store import DraftStore
from courseai.quality.exercise_triage import Examined, exercises_of, to_drop, to_rewrite

Lessons = dict[int, list[Examined]]
"""The exercises of one section by lesson number."""
Store = Callable[[Json], Awaitable[str]]
"""Keeps a body of this run and gives its ref."""


async def check_exercises(
    state: CourseState, writer: StreamWriter, *, drafts: DraftStore, policy: Policy
) -> CourseState:
    """The sections with repaired exercises, and what is still wrong with which.

    Once a person decides, nothing is rewritten or dropped behind their back: what is wrong is shown to them.
    """
    plan = CoursePlan.model_validate(state["plan"])
    bodies = await _bodies(state, drafts)
    examined = await asyncio.to_thread(_examined, bodies, plan)
    everything = list(chain.from_iterable(chain(*(lessons.values() for lessons in examined.values()))))
    rounds = state.get("exercise_rounds", 0) + 1
    reviewed = bool(state.get("decisions"))
    is_last = reviewed or rounds > policy.exercises.rewrite_attempts
    pending = {} if is_last else to_rewrite(everything, policy.exercises.leak_rewrites)
    writer(_checked(state["run_id"], everything, pending))
    store = partial(drafts.put, state["run_id"])
    sections = {
        section_id: await _outcome(
            outcome, bodies.get(section_id), examined[section_id], pending, store, may_drop=not reviewed
        )
        for section_id, outcome in state["sections"].items()
    }
    return {"sections": sections, "exercise_rounds": rounds}


async def _bodies(state: CourseState, drafts: DraftStore) -> dict[str, Json]:
    """By section: the stored lessons; sections that came back empty have none."""
    refs = {section_id: outcome["ref"] for section_id, outcome in state["sections"].items()}
    return {section_id: await drafts.get(ref) for section_id, ref in refs.items() if ref}


def _examined(bodies: Mapping[str, Json], plan: CoursePlan) -> dict[str, Lessons]:
    examined: dict[str, Lessons] = {}
    for section in plan.sections:
        ids = {lesson.number: lesson.lesson_id for lesson in section.lessons}
        examined[section.section_id] = {
            lesson["number"]: exercises_of(lesson, ids[lesson["number"]], plan.language)
            for lesson in bodies.get(section.section_id, {"lessons": []})["lessons"]
            if lesson["number"] in ids
        }
    return examined


async def _outcome(
    outcome: Json,
    body: Json | None,
    lessons: Lessons,
    pending: Mapping[str, list[str]],
    store: Store,
    *,
    may_drop: bool,
) -> Json:
    """A section's outcome with its exercises as they are now."""
    own = list(chain.from_iterable(lessons.values()))
    unsaved = [one for exercises in lessons.values() for one in to_drop(exercises)]
    dropped = [one for one in unsaved if may_drop and one.exercise_id not in pending]
    earlier = outcome.get("exercises", {})
    kept = {
        number: [one.to_stored() for one in exercises if one not in dropped]
        for number, exercises in lessons.items()
    }
    record = {
        "pending": {one.exercise_id: pending[one.exercise_id] for one in own if one.exercise_id in pending},
        "repaired": {one.exercise_id: list(one.repairs) for one in own if one.repairs}
        | earlier.get("repaired", {}),
        "rewritten": earlier.get("rewritten", []),
        "dropped": [*earlier.get("dropped", []), *map(_gone, dropped)],
        "blocked": {
            one.exercise_id: one.problems
            for one in own
            if one.is_blocked and one not in dropped and one.exercise_id not in pending
        },
    }
    return outcome | {"ref": await _stored(body, kept, store), "exercises": record}


async def _stored(body: Json | None, kept: Mapping[int, list[Json]], store: Store) -> str | None:
    if body is None:
        return None
    lessons = [
        lesson | {"exercises": kept.get(lesson["number"], lesson["exercises"])} for lesson in body["lessons"]
    ]
    return await store(body | {"lessons": lessons})


def _gone(one: Examined) -> Json:
    return {
        "exercise_id": one.exercise_id,
        "question": one.item.draft.question,
        "problems": one.problems,
    }


def _checked(run_id: str, exercises: list[Examined], pending: Mapping[str, list[str]]) -> Json:
    blocked = sum(one.is_blocked for one in exercises)
    return {
        "kind": "exercises_checked",
        "run_id": run_id,
        "message": f"{len(exercises)} exercises checked: {blocked} cannot be marked as they are, "
        f"{len(pending)} go back to a model",
    }
