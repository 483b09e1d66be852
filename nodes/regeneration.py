"""Write anew what a reviewer asked for, that item alone, at once by the strongest tier, with their words.

This is the risk rule "a reviewer asked for the highest quality" (reason code `reviewer_request`). What is
written is checked by the same nodes as everything else, and comes back to review beside what was there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from langgraph.types import StreamWriter
from pydantic import BaseModel

from courseai.course.errors import ModelUnavailableError
from courseai.course.exercise import ExerciseDraft
from courseai.course.policy import Policy
from courseai.course.section import LessonDraft, SectionDraft
from courseai.course.state import Json, RegenerationInput, SectionOutput
from courseai.models.call import Answer, ModelRequest
from courseai.models.draft_store import DraftStore
from courseai.models.gateway import Gateway
from courseai.models.routing import Findings, Reason, decide
from courseai.nodes.exercise_rewrite import exercise_brief
from courseai.nodes.section_route import section_status
from courseai.prompts.template import fill
from courseai.quality.alignment import AlignmentScorer
from courseai.quality.draft_check import DraftCheck, check_draft

Draft = TypeVar("Draft", bound=BaseModel)


@dataclass(frozen=True)
class _Question:
    """What the model is shown, and what it may answer."""

    prompt: str
    schema: str
    brief: Json
    tokens: int


@dataclass(frozen=True)
class _Written:
    """What came of one request: lessons by number, or why there are none."""

    request: Json
    lessons: dict[int, Json]
    exercise: Json | None
    tier: str | None
    problem: str


async def regenerate(
    state: RegenerationInput,
    writer: StreamWriter,
    *,
    gateway: Gateway,
    drafts: DraftStore,
    alignment: AlignmentScorer,
    policy: Policy,
) -> SectionOutput:
    """The section with what was written anew; what was there stays where no model managed."""
    desk = _Desk(state, await drafts.get(state["brief_ref"]), gateway, policy)
    body = await drafts.get(state["outcome"]["ref"])
    written = await asyncio.gather(*(desk.write(request, body) for request in state["requests"]))
    outcome = state["outcome"]
    for each in written:
        outcome = await _stored(state["run_id"], outcome, each, drafts)
        writer(_event(state, each))
        if each.request["kind"] == "section" and each.lessons:
            new = await drafts.get(outcome["ref"])
            numbers = outcome["lesson_numbers"]
            check = partial(check_draft, new, desk.brief, numbers, alignment, policy.alignment)
            outcome = outcome | _verdict(await asyncio.to_thread(check), each, policy)
    return {"sections": {state["section_id"]: outcome}}


class _Desk:
    """Asks the strongest tier for one item after another."""

    def __init__(self, state: RegenerationInput, brief: Json, gateway: Gateway, policy: Policy) -> None:
        self.brief = brief
        self._state = state
        self._gateway = gateway
        self._policy = policy
        self._attempt = 1 + len(state["outcome"].get("rewrites", []))

    async def write(self, request: Json, body: Json) -> _Written:
        """What a model wrote for one request."""
        try:
            if request["kind"] == "exercise":
                return await self._exercise(request, body)
            if request["kind"] == "lesson":
                return await self._lesson(request)
            return await self._section(request)
        except ModelUnavailableError as error:
            return _Written(request, {}, None, None, str(error))

    async def _section(self, request: Json) -> _Written:
        tokens = self._policy.output.tokens_per_lesson * len(request["lesson_numbers"])
        question = _Question("section", "section_draft", self._told(request), tokens)
        answer = await self._ask(request, question, SectionDraft)
        lessons = answer.value.lessons if answer.value else []
        wanted = request["lesson_numbers"]
        kept = {each.number: each.model_dump(mode="json") for each in lessons if each.number in wanted}
        return _written(request, answer, kept)

    async def _lesson(self, request: Json) -> _Written:
        (number,) = request["lesson_numbers"]
        tokens = self._policy.output.tokens_per_lesson
        question = _Question("lesson", "lesson_draft", self._told(request), tokens)
        answer = await self._ask(request, question, LessonDraft)
        kept = {number: answer.value.model_dump(mode="json") | {"number": number}} if answer.value else {}
        return _written(request, answer, kept)

    async def _exercise(self, request: Json, body: Json) -> _Written:
        (number,) = request["lesson_numbers"]
        lesson = next(each for each in body["lessons"] if each["number"] == number)
        old = next(each for each in lesson["exercises"] if each["exercise_id"] == request["subject"])
        brief = exercise_brief(self.brief, lesson, old, request["feedback"])
        question = _Question("exercise", "exercise_draft", brief, self._policy.output.exercise_tokens)
        answer = await self._ask(request, question, ExerciseDraft)
        new = answer.value.model_dump(mode="json") if answer.value else None
        return _written(request, answer, {}, new)

    def _told(self, request: Json) -> Json:
        """The section's brief with the lessons that are wanted, and what to mend."""
        wanted = request["lesson_numbers"]
        lessons = [lesson for lesson in self.brief["lessons"] if lesson["number"] in wanted]
        return self.brief | {"lessons": lessons, "feedback": request["feedback"]}

    async def _ask(self, request: Json, question: _Question, answer_type: type[Draft]) -> Answer[Draft]:
        return await self._gateway.complete(
            ModelRequest(
                run_id=self._state["run_id"],
                phase="sections",
                purpose="regenerate",
                subject=request["subject"],
                tier=self._policy.ladder.risk_tier,
                attempt=self._attempt,
                prompt=fill(question.prompt, question.brief),
                schema_name=question.schema,
                answer_type=answer_type,
                max_output_tokens=question.tokens,
                seed=self._state.get("seed"),
            )
        )


def _written(
    request: Json, answer: Answer[Draft], lessons: dict[int, Json], exercise: Json | None = None
) -> _Written:
    problem = "" if lessons or exercise else "; ".join(answer.problems) or "the answer holds no such lesson"
    return _Written(request, lessons, exercise, answer.call.answering_tier, problem)


async def _stored(run_id: str, outcome: Json, written: _Written, drafts: DraftStore) -> Json:
    """The section with what was written, and a record of it for the report and the diff."""
    request, before = written.request, outcome["ref"]
    after = before
    if not written.problem:
        body = await drafts.get(before)
        after = await drafts.put(
            run_id, body | {"lessons": [_renewed(each, written) for each in body["lessons"]]}
        )
    record = {
        "reason": str(Reason.REVIEWER_REQUEST),
        "item_id": request["item_id"],
        "tier": written.tier,
        "lessons": request["lesson_numbers"],
        "before": before,
        "after": after,
        "message": request["message"],
        "by": request["by"],
        "problem": written.problem,
    }
    return outcome | {"ref": after, "rewrites": [*outcome.get("rewrites", []), record]}


def _renewed(lesson: Json, written: _Written) -> Json:
    """The lesson as it was written anew, or with its exercise written anew, else as it is."""
    if written.exercise is None:
        return written.lessons.get(lesson["number"], lesson)
    subject, new = written.request["subject"], written.exercise
    exercises = [
        new | {"exercise_id": subject} if each.get("exercise_id") == subject else each
        for each in lesson["exercises"]
    ]
    return lesson | {"exercises": exercises}


def _verdict(check: DraftCheck, written: _Written, policy: Policy) -> Json:
    """A section that was written anew as a whole is judged as any draft of it would be."""
    findings = Findings(
        tier=policy.ladder.tiers[-1],
        retries=policy.retry.per_tier,
        schema_ok=not check.schema_problems,
        alignment=check.alignment,
        terms_ok=not check.term_problems,
        facts_ok=not check.fact_problems,
        text_ok=not check.text_problems,
    )
    decision = decide(findings, policy)
    return {
        "status": section_status(decision),
        "reason": str(decision.reason),
        "tier": written.tier,
        "degraded": written.tier != policy.ladder.risk_tier,
        "alignment": check.alignment,
    }


def _event(state: RegenerationInput, written: _Written) -> Json:
    item = written.request["item_id"]
    how = f"is written anew by {written.tier}" if not written.problem else "could not be written anew"
    return {
        "kind": "item_regenerated",
        "run_id": state["run_id"],
        "section_id": state["section_id"],
        "tier": written.tier or "",
        "reason": str(Reason.REVIEWER_REQUEST),
        "message": f"{item} {how} (reviewer request)",
    }


def requests_by_section(requested: Sequence[Json]) -> dict[str, list[Json]]:
    """What is to be written anew in each section; metadata is none of them."""
    grouped: dict[str, list[Json]] = {}
    for request in requested:
        if request["section_id"] is not None:
            grouped.setdefault(request["section_id"], []).append(request)
    return grouped
