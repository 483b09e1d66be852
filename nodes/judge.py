"""Judge every lesson against its own objectives: embeddings for all, a model where they cannot decide."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langgraph.types import StreamWriter

from courseai.course.analysis import AnalysisResult
from courseai.course.errors import ModelUnavailableError
from courseai.course.judgement import LessonJudgement
from courseai.course.plan import CoursePlan
from courseai.course.policy import Policy
from courseai.course.state import CourseState, Json
from courseai.course.verdict import PASSING, Status, Verdict, embedding_status
from courseai.models.call import Call, ModelRequest
from courseai.models.draft_store import DraftStore
from courseai.models.gateway import Gateway
from courseai.prompts.template import fill
from courseai.quality.alignment import Alignment, AlignmentScorer, LessonText
from courseai.quality.duplicate import LessonSource
from courseai.quality.judging import Cause, Opinion, asks_again, judge_cause, judge_tiers, judged_status
from courseai.quality.lesson_check import LessonCheck, References, check_course

_WEAK = 0.75
"""Objectives below this probability are named among the concerns."""


@dataclass(frozen=True)
class _Lesson:
    """What the judges see of one lesson."""

    text: LessonText
    section_id: str
    writer: str | None
    """Tier that wrote it."""
    facts: Sequence[Json]


async def judge(
    state: CourseState,
    writer: StreamWriter,
    *,
    gateway: Gateway,
    drafts: DraftStore,
    alignment: AlignmentScorer,
    policy: Policy,
) -> CourseState:
    """One verdict for each lesson that exists; judging the same text again costs nothing."""
    plan = CoursePlan.model_validate(state["plan"])
    lessons = await _lessons(state, plan, drafts)
    scores = await asyncio.to_thread(alignment.score, [lesson.text for lesson in lessons], plan.language)
    checks = await asyncio.to_thread(_checks, state, lessons, scores, plan.language)
    court = _Court(state, plan.language, gateway, policy)
    verdicts = await asyncio.gather(
        *(court.verdict(*each) for each in zip(lessons, scores, checks, strict=True))
    )
    writer(_judged(state["run_id"], verdicts))
    return {
        "verdicts": {verdict.lesson_id: verdict.to_dict() for verdict in verdicts},
        "judge_rounds": state.get("judge_rounds", 0) + 1,
    }


class _Court:
    """Gives the verdict on one lesson after another, asking model judges where it has to."""

    def __init__(self, state: CourseState, language: str, gateway: Gateway, policy: Policy) -> None:
        self._run_id = state["run_id"]
        self._seed = state.get("seed")
        self._course = state["metadata"]["value"]
        self._language = language
        self._gateway = gateway
        self._policy = policy

    async def verdict(self, lesson: _Lesson, score: Alignment, check: LessonCheck) -> Verdict:
        """A blocking defect decides alone: no model has to be paid to confirm it."""
        if check.blocking:
            return _verdict(lesson, score, check, Status.FAIL, "rule")
        cause = judge_cause(score, self._language, self._policy)
        if cause is None:
            status = embedding_status(score.score, self._policy.alignment)
            return _verdict(lesson, score, check, status, "embedding")
        opinions = await self._opinions(lesson)
        status = judged_status(score.score, cause, opinions, self._policy)
        method = opinions[-1].tier if opinions else "embedding"
        return _verdict(lesson, score, check, status, method, cause=cause, opinions=opinions)

    async def _opinions(self, lesson: _Lesson) -> list[Opinion]:
        """The first judge's opinion, and the second's where the first was not convinced or not understood.

        What the writer says as somebody's stand-in counts only where nobody else was heard.
        """
        opinions: list[Opinion] = []
        last_resort: list[Opinion] = []
        for attempt, tier in enumerate(judge_tiers(lesson.writer, self._policy, self._gateway.tiers), 1):
            heard = [opinion.tier for opinion in opinions]
            if tier in heard:
                continue  # It stood in for the first judge.
            opinion = await self._ask(lesson, tier, attempt, heard)
            if opinion is None:
                continue
            if opinion.by_writer and opinion.tier != tier:
                last_resort = [opinion]
                continue
            opinions.append(opinion)
            if not asks_again(opinion, self._policy):
                break
        return opinions or last_resort

    async def _ask(self, lesson: _Lesson, tier: str, attempt: int, heard: Sequence[str]) -> Opinion | None:
        request = ModelRequest(
            run_id=self._run_id,
            phase="judge",
            purpose="judge",
            subject=lesson.text.lesson_id,
            tier=tier,
            attempt=attempt,
            prompt=fill("judge", self._brief(lesson)),
            schema_name="lesson_verdict",
            answer_type=LessonJudgement,
            max_output_tokens=self._policy.output.judge_tokens,
            temperature=0.0,
            seed=self._seed,
            avoid=(*heard, lesson.writer) if lesson.writer else tuple(heard),
        )
        try:
            answer = await self._gateway.complete(request)
        except ModelUnavailableError:
            return None
        if answer.value is None:
            return None
        return Opinion(answer.call.answering_tier, answer.value, self._wrote(answer.call, lesson.writer))

    def _wrote(self, call: Call, writer: str | None) -> bool:
        """Compared by model: a provider may serve several tiers with one."""
        tier = self._gateway.tiers.by_name.get(writer or "")
        return tier is not None and self._gateway.provider.model_for(tier) == call.model_requested

    def _brief(self, lesson: _Lesson) -> Json:
        return {
            "language": self._language,
            "audience": self._course["audience"],
            "difficulty": self._course["difficulty"],
            "objectives": list(lesson.text.objectives),
            "facts": list(lesson.facts),
            "content": lesson.text.content,
        }


async def _lessons(state: CourseState, plan: CoursePlan, drafts: DraftStore) -> list[_Lesson]:
    """Every planned lesson that was written, in the order of the course."""
    lessons = []
    for section in plan.sections:
        outcome = state["sections"][section.section_id]
        body = await drafts.get(outcome["ref"]) if outcome["ref"] else {"lessons": []}
        brief = await drafts.get(state["briefs"][section.section_id]["ref"])
        written = {item["number"]: item["content"] for item in body["lessons"]}
        lessons += [
            _Lesson(
                LessonText(
                    lesson.lesson_id,
                    written[lesson.number],
                    tuple(lesson.objectives),
                    plan.other_objectives(lesson.lesson_id),
                ),
                section.section_id,
                _writer(outcome, lesson.number),
                brief["facts"],
            )
            for lesson in section.lessons
            if lesson.number in written
        ]
    return lessons


def _writer(outcome: Json, number: int) -> str | None:
    """The tier that wrote the lesson as it stands; None for a person."""
    for rewrite in reversed(outcome.get("rewrites", [])):
        is_its_text = not rewrite.get("item_id", "").startswith("exercise:") and not rewrite.get("problem")
        if is_its_text and number in rewrite["lessons"]:
            tier: str | None = rewrite.get("writers", {}).get(str(number), rewrite["tier"])
            return tier
    writer: str | None = outcome["tier"]
    return writer


def _checks(
    state: CourseState, lessons: Sequence[_Lesson], scores: Sequence[Alignment], language: str
) -> list[LessonCheck]:
    """What the rules find in each lesson, with all of the analysis's facts and over all of the course."""
    analysis = AnalysisResult.model_validate(state["analysis_result"])
    references = References(
        facts=[fact.model_dump(mode="json") for fact in analysis.verifiable_facts],
        glossary=analysis.generation_guidance.glossary,
        avoid_jargon=analysis.generation_guidance.avoid_jargon,
    )
    sources = [
        LessonSource(
            each.text.lesson_id, each.section_id, each.text.content, each.text.objectives, score.score
        )
        for each, score in zip(lessons, scores, strict=True)
    ]
    checks = check_course(sources, references, language)
    return [checks[source.lesson_id] for source in sources]


def _verdict(
    lesson: _Lesson,
    score: Alignment,
    check: LessonCheck,
    status: Status,
    method: str,
    *,
    cause: Cause | None = None,
    opinions: Sequence[Opinion] = (),
) -> Verdict:
    return Verdict(
        lesson_id=score.lesson_id,
        section_id=lesson.section_id,
        status=Status.PASS_WITH_FLAG if status is Status.PASS and check.serious else status,
        method=method,
        alignment=score.score,
        raw_cosine=score.raw_cosine,
        cause=cause,
        reason=_reason(score, check, opinions),
        codes=_codes(score, check, status, opinions),
        concerns=_concerns(score, check, opinions),
        opinions=[
            {"tier": opinion.tier, "overall": opinion.judgement.overall, **opinion.judgement.model_dump()}
            for opinion in opinions
        ],
        objectives=[
            {
                "objective": item.objective,
                "probability": item.probability,
                "best_cosine": item.best_cosine,
                "mean_cosine": item.mean_cosine,
            }
            for item in score.per_objective
        ],
        defects=[defect.to_dict() for defect in check.defects],
        claims=[claim.to_dict() for claim in check.claims],
    )


def _reason(score: Alignment, check: LessonCheck, opinions: Sequence[Opinion]) -> str:
    """One sentence for a person: the rule's or the judge's words where there are any."""
    if check.serious:
        return check.serious[0].message
    if opinions:
        last = opinions[-1]
        failed = "; ".join(last.judgement.failed_questions)
        who = f"{last.tier} (which wrote it)" if last.by_writer else last.tier
        return f"{who} judged {last.judgement.overall:.2f}" + (f": {failed}" if failed else "")
    if score.reason:
        return score.reason
    lowest = score.lowest
    return f"weakest objective at {lowest.probability:.2f}: {lowest.objective}" if lowest else "no objective"


def _codes(score: Alignment, check: LessonCheck, status: Status, opinions: Sequence[Opinion]) -> list[str]:
    """Every check that stands against the lesson, whichever decided."""
    codes = [defect.code for defect in check.serious]
    if score.score is not None and score.score < _WEAK:
        codes.append("low_alignment")
    if opinions and status not in PASSING:
        codes.append("judge_not_convinced")
    return list(dict.fromkeys(codes))


def _concerns(score: Alignment, check: LessonCheck, opinions: Sequence[Opinion]) -> list[str]:
    """What a rewrite has to mend."""
    broken = [
        f'{defect.message} The lesson says: "{defect.evidence}"' if defect.evidence else defect.message
        for defect in check.serious
    ]
    weak = [
        f"Hardly teaches: {item.objective}"
        for item in score.per_objective
        if item.probability is not None and item.probability < _WEAK
    ]
    said = [text for o in opinions for text in (*o.judgement.factual_concerns, *o.judgement.concerns)]
    return list(dict.fromkeys([*broken, *weak, *said]))


def _judged(run_id: str, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    flagged = sum(verdict.is_flagged for verdict in verdicts)
    return {
        "kind": "lessons_judged",
        "run_id": run_id,
        "message": f"{len(verdicts)} lessons judged, {flagged} flagged",
        "lessons_total": len(verdicts),
    }
