"""What each record of monitoring decides: pure functions from a record to decisions of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from courseai.course.state import Json
from courseai.graph.observation import Step
from courseai.models.breaker import BreakerChange
from courseai.models.call import Call, Outcome, Phase
from courseai.ops.logs import decision_table as table
from courseai.ops.logs.decision_table import DecisionKind
from courseai.ops.run_end import RunEnd

_CHECKS = ("available", "schema_ok", "terms_ok", "facts_ok", "text_ok")


@dataclass(frozen=True)
class Decision:
    """One decision."""

    kind: DecisionKind
    facts: Json
    """Fields of its kind; those that are left out are unknown."""
    paid_for: tuple[Phase, str] | None = None
    """Phase and subject of the calls that were made for it, of a kind that tells their cost."""


def of_step(step: Step) -> Iterator[Decision]:
    """A node that ran; most decide nothing."""
    read = _BY_NODE.get("escalate" if step.node.startswith("escalate_") else step.node)
    if read and step.outcome == "done":
        yield from read(step)


def of_call(call: Call) -> Iterator[Decision]:
    """A try at a model."""
    if call.outcome is Outcome.OK:
        return
    kind = "lesson" if call.prompt_name == "judge" else call.prompt_name
    facts = _place(kind, call.subject) | {
        "phase": call.phase,
        "purpose": call.purpose,
        "tier": call.tier,
        "answering_tier": call.answering_tier,
        "provider": call.provider,
        "model": call.model_requested,
        "reason": call.outcome.value,
        "attempt": call.attempt,
        "transport_attempt": call.transport_attempt,
        "cost_usd": call.cost_usd,
        "seconds": round(call.seconds, 3),
    }
    yield Decision(table.CALL_FAILED, facts)


def of_breaker(change: BreakerChange) -> Decision:
    """A change of a circuit breaker."""
    facts = {"status": change.state.value, "reason": change.reason.value}
    return Decision(table.BREAKER_CHANGED, facts | {"provider": change.provider, "model": change.model})


def of_run_end(end: RunEnd, known_usd: float | None, failed: Json) -> Decision:
    """A run that came to rest.

    `known_usd`: what its calls in this process cost, for one without a report; `failed`: the node and the
    kind of error behind a failure.
    """
    facts: Json = {"reason": end.ending, "cost_usd": known_usd, "seconds": round(end.seconds, 3)}
    if report := end.report:
        totals, quality = report["totals"], report["quality"]
        is_priced = totals["calls_of_unknown_cost"] < totals["calls"]
        facts |= {
            "lessons": report["lessons"]["written"],
            "pass_rate": quality["pass_rate"],
            "alignment": quality["mean_alignment"],
            "escalation_rate": report["escalations"]["rate"],
            "flags": len(report["flags"]),
            "calls": totals["calls"],
            "cost_usd": totals["cost_usd"] if is_priced else None,
        }
    return Decision(table.RUN_ENDED, facts | failed)


def _begun(step: Step) -> Iterator[Decision]:
    update, plan = step.update, step.update.get("plan", {})
    sections = plan.get("sections")
    facts = {
        "sections": len(sections) if sections else None,
        "lessons": sum(len(section["lessons"]) for section in sections) if sections else None,
        "review": update["review"],
        "budget_usd": update["budget_usd"],
        "policy": update["policy"]["fingerprint"],
        "prompts": update["policy"]["prompts"],
    }
    yield Decision(table.RUN_BEGUN, facts)


def _metadata(step: Step) -> Iterator[Decision]:
    metadata = step.update["metadata"]
    facts = {
        "tier": metadata["tier"],
        "moved_by": metadata["moved_by"],
        "status": metadata["source"],
        "attempt": metadata["attempts"],
        "problems": len(metadata["problems"]),
    }
    yield Decision(table.METADATA_WRITTEN, facts, ("metadata", "course"))


def _tiers(step: Step) -> Iterator[Decision]:
    for section_id, brief in step.update["briefs"].items():
        facts = {
            "section_id": section_id,
            "tier": brief["tier"],
            "reason": brief["reason"],
            "complexity": brief["complexity"]["score"],
        }
        yield Decision(table.TIER_CHOSEN, facts)


def _filled(step: Step) -> Iterator[Decision]:
    """The first draft for lessons that were missing: its tier was not chosen with the brief."""
    given = step.given
    if given["base"] and not given.get("drafts"):
        keys = ("section_id", "tier", "reason", "complexity")
        yield Decision(table.TIER_CHOSEN, {key: given[key] for key in keys})


def _drafted(step: Step) -> Iterator[Decision]:
    drafts, findings = step.update["drafts"], step.update["findings"]
    facts = {key: drafts[-1][key] for key in ("tier", "answering_tier", "moved_by")} | {
        "section_id": step.section_id,
        "attempt": len(drafts),
        "failed_checks": [check for check in _CHECKS if not findings[check]],
        "alignment": findings["alignment"],
        "agreement": findings["agreement"],
    }
    yield Decision(table.SECTION_DRAFTED, facts, ("sections", str(step.section_id)))


def _sent_back(step: Step) -> Iterator[Decision]:
    draft = step.update["drafts"][-1]
    decision = draft["decision"]
    facts = {
        "section_id": step.section_id,
        "tier": draft["tier"],
        "reason": decision["reason"],
        "alignment": draft["alignment"],
    }
    if decision["action"] == "escalate":
        yield Decision(table.SECTION_ESCALATED, facts | {"next_tier": decision["next_tier"]})
    else:
        yield Decision(table.SECTION_RETRIED, facts)


def _kept(step: Step) -> Iterator[Decision]:
    (outcome,) = step.update["sections"].values()
    kind = table.SECTION_FLAGGED if outcome["status"] == "flagged" else table.SECTION_ACCEPTED
    keys = ("section_id", "tier", "status", "reason", "alignment", "escalations")
    yield Decision(kind, {key: outcome[key] for key in keys} | {"drafts": len(outcome["drafts"])})


def _verdicts(step: Step) -> Iterator[Decision]:
    known = step.given.get("verdicts", {})
    for lesson_id, verdict in step.update["verdicts"].items():
        if verdict == known.get(lesson_id):
            continue
        facts = {key: verdict[key] for key in ("section_id", "status", "method", "codes", "alignment")} | {
            "lesson_id": lesson_id,
            "reason": verdict["cause"],
            "judge_scores": [[opinion["tier"], opinion["overall"]] for opinion in verdict["opinions"]],
        }
        yield Decision(table.LESSON_JUDGED, facts, ("judge", lesson_id))


def _rewritten_lessons(step: Step) -> Iterator[Decision]:
    (outcome,) = step.update["sections"].values()
    record = outcome["rewrites"][-1]
    for number in step.given["concerns"]:
        lesson_id = f"{step.section_id}-l{number}"
        facts = {"tier": record["tier"], "is_replaced": int(number) in record["lessons"]}
        yield Decision(table.LESSON_REWRITTEN, _place("lesson", lesson_id) | facts, ("sections", lesson_id))


def _counted(step: Step) -> Iterator[Decision]:
    count = step.update["lesson_count"]
    missing = {section_id: len(numbers) for section_id, numbers in count["missing"].items()}
    facts = {"planned": count["planned"], "written": count["written"], "missing": missing}
    yield Decision(table.LESSONS_COUNTED, facts)


def _rewritten_exercises(step: Step) -> Iterator[Decision]:
    (outcome,) = step.update["sections"].values()
    known = step.given["outcome"]["exercises"]["rewritten"]
    for record in outcome["exercises"]["rewritten"][len(known) :]:
        subject = record["exercise_id"]
        facts = {"item_id": f"exercise:{subject}", "tier": record["tier"], "is_replaced": record["replaced"]}
        yield Decision(table.EXERCISE_REWRITTEN, _place("exercise", subject) | facts, ("sections", subject))


def _reviewed(step: Step) -> Iterator[Decision]:
    known = step.given.get("decisions", ())
    for decision in step.update["decisions"][len(known) :]:
        facts = _item(decision["item_id"]) | {
            "status": decision["type"],
            "is_rule": step.given["review"] == "auto",
        }
        yield Decision(table.REVIEW_DECIDED, facts)


def _regenerated(step: Step) -> Iterator[Decision]:
    (outcome,) = step.update["sections"].values()
    yield from _renewed(outcome["rewrites"], step.given["outcome"].get("rewrites", ()), "sections")


def _regenerated_metadata(step: Step) -> Iterator[Decision]:
    rewrites = step.update["metadata"].get("rewrites", ())
    yield from _renewed(rewrites, step.given["metadata"].get("rewrites", ()), "metadata")


def _renewed(records: Sequence[Json], known: Sequence[Json], phase: Phase) -> Iterator[Decision]:
    for record in records[len(known) :]:
        subject = record["item_id"].partition(":")[2] or "course"
        facts = {"tier": record["tier"], "is_replaced": not record["problem"]}
        yield Decision(table.ITEM_REGENERATED, _item(record["item_id"]) | facts, (phase, subject))


def _item(item_id: str) -> Json:
    kind, _, subject = item_id.partition(":")
    return {"item_id": item_id, **_place(kind, subject)}


def _place(kind: str, subject: str) -> Json:
    """Section and lesson of a subject of that kind."""
    lesson_id = subject.rpartition("-e")[0] if kind == "exercise" else subject
    if kind in ("lesson", "exercise"):
        return {"section_id": lesson_id.rpartition("-l")[0], "lesson_id": lesson_id}
    return {"section_id": subject} if kind == "section" else {}


_BY_NODE: Mapping[str, Callable[[Step], Iterator[Decision]]] = {
    "validation": _begun,
    "metadata": _metadata,
    "briefing": _tiers,
    "draft": _filled,
    "check": _drafted,
    "retry_with_feedback": _sent_back,
    "escalate": _sent_back,
    "accept": _kept,
    "accept_with_flag": _kept,
    "flag_for_review": _kept,
    "judge": _verdicts,
    "lesson_rewrite": _rewritten_lessons,
    "lesson_count": _counted,
    "exercise_rewrite": _rewritten_exercises,
    "human_review": _reviewed,
    "regeneration": _regenerated,
    "metadata_revision": _regenerated_metadata,
}
"""What each node decides; all escalations have one entry."""
