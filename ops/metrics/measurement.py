"""What each record of monitoring measures: pure functions from a record to values of the metric table."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from courseai.graph.observation import Step
from courseai.models.breaker import BreakerChange, BreakerState
from courseai.models.call import Call
from courseai.models.retry import ANSWERED
from courseai.ops.course_figures import CourseFigures
from courseai.ops.metrics import metric_table as table
from courseai.ops.metrics.metric_table import Label, Metric
from courseai.ops.run_end import RunEnd

Labels = dict[Label, str]

SECOND_JUDGE = "judge_not_convinced"
"""The trigger of a verdict that went from the first judge to the second."""
METADATA_PROBLEMS = "metadata_problems"
"""The trigger of a second attempt at the metadata."""
_BREAKER_STATES = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}


class Measurement(NamedTuple):
    """One value. Counters take it as an increment, histograms as an observation, gauges as what holds now."""

    metric: Metric
    value: float
    labels: Labels


def of_call(call: Call) -> Iterator[Measurement]:
    """A try at a model. What is not known is not measured."""
    target = {table.PROVIDER: call.provider, table.MODEL: call.model_requested}
    where = target | {table.PHASE: call.phase, table.TIER: call.tier}
    chat = where | {table.OPERATION: "chat"}
    error = {} if call.outcome in ANSWERED else {table.ERROR: str(call.outcome)}
    yield Measurement(table.CALL_SECONDS, call.seconds, chat | error)
    yield Measurement(table.CALLS, 1, where | {table.OUTCOME: str(call.outcome)})
    if call.rate_wait_s is not None:
        yield Measurement(table.RATE_WAIT, call.rate_wait_s, target)
    for kind, tokens in (("input", call.tokens_in), ("output", call.tokens_out)):
        if tokens is not None:
            yield Measurement(table.TOKENS, tokens, chat | {table.TOKEN_TYPE: kind})
    if call.tokens_cached is not None:
        yield Measurement(table.CACHED_TOKENS, call.tokens_cached, where)
    if call.cost_usd is not None:
        yield Measurement(table.COST, call.cost_usd, where)
    elif call.outcome in ANSWERED:
        yield Measurement(table.UNPRICED_CALLS, 1, target)
    if call.transport_attempt > 1:
        yield Measurement(table.REPEATED_CALLS, 1, target)
    if call.answering_tier != call.tier:
        moved_by = "budget" if call.budget_move else "outage"
        yield Measurement(table.MOVED_CALLS, 1, {table.TIER: call.tier, table.MOVED_BY: moved_by})


def of_replay(call: Call) -> Iterator[Measurement]:
    """An answer that was read from the journal."""
    yield Measurement(table.REPLAYED_ANSWERS, 1, {table.PHASE: call.phase, table.TIER: call.tier})


def of_breaker(change: BreakerChange) -> Iterator[Measurement]:
    """A change of a circuit breaker."""
    target = {table.PROVIDER: change.provider, table.MODEL: change.model}
    yield Measurement(table.BREAKER_STATE, _BREAKER_STATES[change.state], target)
    if change.state is BreakerState.OPEN and not change.adopted:
        yield Measurement(table.BREAKER_OPENINGS, 1, target | {table.OUTCOME: str(change.reason)})


def of_step(step: Step) -> Iterator[Measurement]:
    """A node that ran; those that send a draft back or up say more."""
    node = {table.NODE: step.node, table.NODE_OUTCOME: step.outcome}
    yield Measurement(table.NODE_SECONDS, step.seconds, node)
    if step.outcome != "done":
        return
    if step.node == "retry_with_feedback" or step.node.startswith("escalate_"):
        yield from _of_decision(step)
    elif step.node == "metadata" and step.update["metadata"]["attempts"] > 1:
        again = {table.PHASE: "metadata", table.TRIGGER: METADATA_PROBLEMS}
        yield Measurement(table.RETRIES, 1, again | {table.TIER: step.update["metadata"]["tier"]})


def _of_decision(step: Step) -> Iterator[Measurement]:
    drafts = step.update["drafts"]
    tier, decision = drafts[-1]["tier"], drafts[-1]["decision"]
    why = {table.PHASE: "sections", table.TRIGGER: decision["reason"], table.TIER: tier}
    if decision["action"] == "retry":
        yield Measurement(table.RETRIES, 1, why)
        return
    yield Measurement(table.ESCALATIONS, 1, why | {table.NEXT_TIER: decision["next_tier"]})
    retries = sum(draft["tier"] == tier for draft in drafts) - 1
    yield Measurement(table.ESCALATION_RETRIES, retries, why)


def of_course(course: CourseFigures) -> Iterator[Measurement]:
    """A course as the machine leaves it."""
    for section in course.sections:
        labels = {
            table.SECTION_STATUS: section.status,
            table.TIER: section.start_tier,
            table.ESCALATED: _word(bool(section.escalations)),
        }
        yield Measurement(table.SECTIONS, 1, labels)
    for lesson in course.lessons:
        yield Measurement(table.LESSONS, 1, {table.VERDICT: str(lesson.status)})
        yield from _of_judges(lesson.judge_scores)
    for phase, scores in course.alignments.items():
        for score in scores:
            yield Measurement(table.ALIGNMENT, score, {table.PHASE: phase})
    if course.bloom_compliance is not None:
        yield Measurement(table.BLOOM_COMPLIANCE, course.bloom_compliance, {})
    for is_covered, count in ((True, course.outcomes_covered), (False, course.outcomes_uncovered)):
        if count:
            yield Measurement(table.OUTCOMES, count, {table.COVERED: _word(is_covered)})


def _of_judges(scores: tuple[tuple[str, float], ...]) -> Iterator[Measurement]:
    for tier, score in scores:
        yield Measurement(table.JUDGE_SCORE, score, {table.TIER: tier})
    for (first, _), (second, _) in pairwise(scores):
        labels = {
            table.PHASE: "judge",
            table.TRIGGER: SECOND_JUDGE,
            table.TIER: first,
            table.NEXT_TIER: second,
        }
        yield Measurement(table.ESCALATIONS, 1, labels)


def of_run_end(end: RunEnd, known_usd: float | None) -> Iterator[Measurement]:
    """A run that came to rest. `known_usd`: what its calls in this process cost, for one without a report."""
    labels: Labels = {table.ENDING: end.ending}
    yield Measurement(table.COURSE_SECONDS, end.seconds, labels | {table.WORKFLOW: "course"})
    yield Measurement(table.COURSES, 1, labels)
    usd = known_usd
    if end.report:
        totals = end.report["totals"]
        usd = totals["cost_usd"] if totals["calls_of_unknown_cost"] < totals["calls"] else None
    if usd is not None and end.ending != "waiting_for_review":
        yield Measurement(table.COURSE_COST, usd, labels)


def _word(is_so: bool) -> str:
    return "true" if is_so else "false"
