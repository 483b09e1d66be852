"""Rewrite the flawed exercises of one section, each alone, never the lesson that it stands in.

One that cannot be marked goes to the tier above the section's writer, which failed at it. One whose wording
gives its key away goes to the writer itself: all models make these mistakes, and mend them when told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from langgraph.types import StreamWriter

from courseai.course.errors import ModelUnavailableError
from courseai.course.exercise import ExerciseDraft
from courseai.course.policy import Policy
from courseai.course.state import ExerciseRewriteInput, Json, SectionOutput
from courseai.models.call import ModelRequest
from courseai.models.draft_store import DraftStore
from courseai.models.gateway import Gateway
from courseai.models.routing import rewriting_tier
from courseai.prompts.template import fill
from courseai.quality.exercise_triage import Examined, examine, is_better

_EXCERPT = 4000
"""Characters of the lesson that the writer of an exercise is shown: most lessons as a whole."""


@dataclass(frozen=True)
class _Flawed:
    """One exercise to rewrite, with the lesson around it."""

    old: Examined
    lesson: Json
    problems: list[str]
    tier: str
    """Who rewrites it."""

    @property
    def exercise_id(self) -> str:
        return self.old.exercise_id

    @property
    def other_questions(self) -> list[str]:
        return _other_questions(self.lesson, self.exercise_id)


async def rewrite_exercises(
    state: ExerciseRewriteInput, writer: StreamWriter, *, gateway: Gateway, drafts: DraftStore, policy: Policy
) -> SectionOutput:
    """The section with each flawed exercise replaced where a model wrote a better one."""
    outcome = state["outcome"]
    brief, body = await drafts.get(state["brief_ref"]), await drafts.get(outcome["ref"])
    flawed = _flawed(outcome, body, brief["language"], policy)
    writer(_event(state, flawed))
    rewritten = await asyncio.gather(
        *(_rewrite(state, brief, one, gateway=gateway, policy=policy) for one in flawed)
    )
    better = {one.exercise_id: new for one, new in zip(flawed, rewritten, strict=True) if new is not None}
    record = outcome["exercises"] | {
        "pending": {},
        "rewritten": [
            *outcome["exercises"]["rewritten"],
            *(_record(one, one.exercise_id in better) for one in flawed),
        ],
    }
    ref = await drafts.put(state["run_id"], _replaced(body, better))
    return {"sections": {state["section_id"]: outcome | {"ref": ref, "exercises": record}}}


async def _rewrite(
    state: ExerciseRewriteInput, brief: Json, flawed: _Flawed, *, gateway: Gateway, policy: Policy
) -> Examined | None:
    """A better exercise, or None where no model wrote one."""
    request = ModelRequest(
        run_id=state["run_id"],
        phase="sections",
        purpose="rewrite",
        subject=flawed.exercise_id,
        tier=flawed.tier,
        attempt=state["round"],
        prompt=fill(
            "exercise", exercise_brief(brief, flawed.lesson, flawed.old.to_stored(), flawed.problems)
        ),
        schema_name="exercise_draft",
        answer_type=ExerciseDraft,
        max_output_tokens=policy.output.exercise_tokens,
        seed=state.get("seed"),
    )
    try:
        draft = (await gateway.complete(request)).value
    except ModelUnavailableError:
        return None
    if draft is None:
        return None
    new = _examine(draft, flawed.exercise_id, brief["language"])
    return new if is_better(new, flawed.old, flawed.other_questions) else None


def _examine(draft: ExerciseDraft, exercise_id: str, language: str) -> Examined:
    return examine(draft, exercise_id, exercise_id.rpartition("-e")[0], language)


def exercise_brief(brief: Json, lesson: Json, exercise: Json, problems: Sequence[str]) -> Json:
    """What the prompt quotes: the lesson as far as the exercise needs it, the exercise, and what is wrong."""
    planned = next(one for one in brief["lessons"] if one["number"] == lesson["number"])
    exercise_id = exercise["exercise_id"]
    return {
        "language": brief["language"],
        "course": brief["course"],
        "section": brief["section"],
        "lesson": {
            "number": planned["number"],
            "title": lesson["title"],
            "objectives": planned["objectives"],
            "key_topics": lesson["key_topics"],
        },
        "content": lesson["content"][:_EXCERPT],
        "exercise": {key: value for key, value in exercise.items() if key != "exercise_id"},
        "problems": list(problems),
        "other_questions": _other_questions(lesson, exercise_id),
    }


def _other_questions(lesson: Json, exercise_id: str) -> list[str]:
    return [other["question"] for other in lesson["exercises"] if other["exercise_id"] != exercise_id]


def _flawed(outcome: Json, body: Json, language: str, policy: Policy) -> list[_Flawed]:
    pending = outcome["exercises"]["pending"]
    above = rewriting_tier(outcome["tier"], policy.ladder)
    writer = outcome["tier"] if outcome["tier"] in policy.ladder.tiers else above
    flawed = []
    for lesson in body["lessons"]:
        for stored in lesson["exercises"]:
            if stored.get("exercise_id") in pending:
                exercise_id = stored["exercise_id"]
                old = _examine(ExerciseDraft.model_validate(stored), exercise_id, language)
                tier = above if old.is_blocked else writer
                flawed.append(_Flawed(old, lesson, pending[exercise_id], tier))
    return flawed


def _replaced(body: Json, better: dict[str, Examined]) -> Json:
    lessons = [
        lesson
        | {
            "exercises": [
                better[stored["exercise_id"]].to_stored() if stored.get("exercise_id") in better else stored
                for stored in lesson["exercises"]
            ]
        }
        for lesson in body["lessons"]
    ]
    return body | {"lessons": lessons}


def _record(flawed: _Flawed, replaced: bool) -> Json:
    return {
        "exercise_id": flawed.exercise_id,
        "tier": flawed.tier,
        "problems": flawed.problems,
        "question_before": flawed.old.item.draft.question,
        "replaced": replaced,
    }


def _event(state: ExerciseRewriteInput, flawed: list[_Flawed]) -> Json:
    tiers = " and ".join(dict.fromkeys(one.tier for one in flawed))
    return {
        "kind": "exercises_rewritten",
        "run_id": state["run_id"],
        "section_id": state["section_id"],
        "message": f"section {state['section_id']}: {len(flawed)} flawed exercises are rewritten by {tiers}",
    }
