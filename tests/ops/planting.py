"""Runs in a store as the recorder and the journal leave them behind, with figures that a test chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import insert, update

from courseai.course.state import CourseState
from courseai.models.call import Call, Outcome, Phase, Prompt
from courseai.models.journal import Begun
from courseai.ops.history.figure_store import NodeFigure, Rest, Work, note_begin, note_rest
from courseai.ops.history.figures import figures_of
from courseai.store.run_store import RunStore
from courseai.store.tables import RUN

Json = dict[str, Any]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MODELS = {"oss_20b": "openai/gpt-oss-20b", "oss_120b": "openai/gpt-oss-120b", "qwen3_max": "qwen/qwen3-max"}
PROMPT = Prompt("section", "v1", "You write lessons.", "Write one about winds.")


def days_before(days: float, now: datetime = NOON) -> datetime:
    """So many days before noon of the tests' day."""
    return now - timedelta(days=days)


def call(
    call_id: str,
    *,
    usd: float | None = 0.001,
    tier: str = "oss_20b",
    phase: Phase = "sections",
    subject: str = "s1",
    outcome: Outcome = Outcome.OK,
    seconds: float = 1.0,
    provider: str = "openrouter",
    cached: int | None = None,
) -> Call:
    """A finished call; its run and its time are those of the run that it is planted with."""
    return Call(
        call_id=call_id,
        run_id="",
        phase=phase,
        purpose="draft",
        subject=subject,
        tier=tier,
        answering_tier=tier,
        provider=provider,
        model_requested=MODELS[tier],
        model_answered=MODELS[tier],
        attempt=1,
        transport_attempt=1,
        prompt_name="section",
        prompt_version="v1",
        tokens_in=1000,
        tokens_out=500,
        tokens_cached=cached,
        cost_usd=usd,
        seconds=seconds,
        started_at="",
        outcome=outcome,
    )


def draft(tier: str, action: str, reason: str, **facts: Any) -> Json:
    """A draft's record as section_draft and section_route leave it."""
    known = {"answering_tier": tier, "call_id": None, "ref": "r", "available": True, "alignment": 0.9}
    decision = {"action": action, "reason": reason, "next_tier": facts.pop("next_tier", None)}
    return {"tier": tier, **known, **facts, "decision": decision}


def section(section_id: str, drafts: Sequence[Json], *, complexity: int = 3, alignment: float = 0.9) -> Json:
    """A section's outcome, with its brief's facts."""
    return {
        "section_id": section_id,
        "complexity": {"score": complexity},
        "risk": None,
        "start_tier": drafts[0]["tier"],
        "start_reason": f"complexity {complexity}",
        "tier": drafts[-1]["answering_tier"],
        "status": "accepted",
        "reason": "aligned",
        "escalations": sum(one["decision"]["action"] == "escalate" for one in drafts),
        "degraded": False,
        "alignment": alignment,
        "drafts": list(drafts),
    }


def verdict(
    lesson_id: str, status: str = "PASS", *, alignment: float | None = 0.9, scores: Sequence[float] = ()
) -> Json:
    """A lesson's verdict, by models that gave these overall scores where there are any."""
    return {
        "lesson_id": lesson_id,
        "section_id": lesson_id.partition("-")[0],
        "status": status,
        "method": "oss_120b" if scores else "embedding",
        "cause": "borderline" if scores else None,
        "alignment": alignment,
        "opinions": [{"tier": "oss_120b", "overall": score} for score in scores],
    }


@dataclass(frozen=True)
class Planted:
    """A run to plant."""

    run_id: str
    ended_at: datetime = NOON
    status: str = "finished"
    calls: Sequence[Call] = ()
    sections: Sequence[Json] = ()
    verdicts: Sequence[Json] = ()
    title: str = "Winds"
    seconds: float = 30.0
    nodes: dict[str, NodeFigure] = field(default_factory=lambda: {"draft": NodeFigure(1, 0, 1.0, 1.0)})
    breakers: Sequence[Json] = ()
    metadata_attempts: int = 1
    bloom_compliance: float | None = 1.0
    items_waiting: int | None = None

    @property
    def state(self) -> CourseState:
        """What its checkpoint would say."""
        by_id = {one["section_id"]: one for one in self.sections}
        state = {
            "language": "en",
            "policy": {"fingerprint": "p1"},
            "metadata": {
                "attempts": self.metadata_attempts,
                "outcomes": {"bloom_compliance": self.bloom_compliance},
            },
            "briefs": by_id,
            "sections": by_id,
            "verdicts": {one["lesson_id"]: one for one in self.verdicts},
        }
        return cast(CourseState, state)


async def plant(store: RunStore, run: Planted, answer: str = "an answer") -> None:
    """Journal its calls at the time at which it ended, register it, and note its figures."""
    ended_at = run.ended_at.isoformat(timespec="milliseconds")
    sealed = store.database.seal.close_text
    row = {"run_id": run.run_id, "started_at": ended_at, "status": "unfinished"}
    title = sealed(run.title)
    row_sealed = {"sealed_topic": title, "sealed_settings": sealed("{}")}
    await store.database.write(lambda one: one.execute(insert(RUN).values(row | row_sealed)))
    for one in run.calls:
        await _journal(store, replace(one, run_id=run.run_id, started_at=ended_at), answer)
    rest = Rest(
        run_id=run.run_id,
        figures=figures_of(run.state),
        sealed_title=title,
        provider="openrouter",
        ended_at=ended_at,
        before=await store.database.write(lambda one: note_begin(one, run.run_id, title)),
        work=Work(1, run.seconds, 0, run.nodes),
        breakers=run.breakers,
        items_waiting=run.items_waiting,
        waiting_since=ended_at if run.items_waiting else None,
    )
    mark = update(RUN).where(RUN.c.run_id == run.run_id).values(status=run.status)
    await store.database.write(lambda one: one.execute(mark))
    await store.database.write(lambda one: note_rest(one, rest))


async def _journal(store: RunStore, one: Call, answer: str) -> None:
    shared = ("call_id", "run_id", "phase", "purpose", "subject", "tier", "attempt", "started_at")
    begun = Begun(
        **{name: getattr(one, name) for name in shared},
        call_key=one.call_id,
        model=one.model_requested,
        reserved_usd=one.reserved_usd,
        ceiling_usd=0.2,
    )
    await store.journal.begin(begun, PROMPT)
    await store.journal.finish(one.call_id, one, answer)
