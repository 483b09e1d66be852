"""Every metric there is: name, kind, unit, labels, and where it comes from. Instruments, documentation, alert
rules and the dashboard are made from this table.

Names and attributes are those of OpenTelemetry's semantic conventions for generative AI where they have one,
with its buckets; `courseai.` elsewhere. No label ever holds a run, a section, a topic or a text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "histogram", "gauge"]


@dataclass(frozen=True)
class Label:
    """An attribute of measurements."""

    name: str
    values: str
    """What it can be, in words."""
    most: int
    """Different values that are kept apart in one process; further ones are counted as `other`."""

    @property
    def prometheus_name(self) -> str:
        """As Prometheus has it."""
        return re.sub(r"[^a-zA-Z0-9]+", "_", self.name)


@dataclass(frozen=True)
class Metric:
    """One metric. `unit` is UCUM; a unit in braces is a word for what is counted."""

    name: str
    kind: Kind
    unit: str
    labels: tuple[Label, ...]
    about: str
    source: str
    """The record that it is made of."""
    buckets: tuple[float, ...] = ()
    """Upper bounds, of a histogram."""

    @property
    def prometheus_name(self) -> str:
        """As Prometheus has it; a histogram's series add `_bucket`, `_sum` and `_count`."""
        unit = {"s": "seconds", "1": ""}.get(self.unit, re.sub(r"{.*}", "", self.unit))
        parts = [re.sub(r"[^a-zA-Z0-9]+", "_", self.name), unit, "total" if self.kind == "counter" else ""]
        return "_".join(part for part in parts if part)

    @property
    def most_series(self) -> int:
        """Sets of label values that one process can hold, a histogram's buckets not counted."""
        most = 1
        for label in self.labels:
            most *= label.most + 1
        return most


OPERATION = Label("gen_ai.operation.name", "chat", 1)
PROVIDER = Label("gen_ai.provider.name", "who serves the models, as configured", 6)
MODEL = Label("gen_ai.request.model", "the model that was asked, as configured", 12)
TOKEN_TYPE = Label("gen_ai.token.type", "input, output", 2)
WORKFLOW = Label("gen_ai.workflow.name", "course", 1)
ERROR = Label("error.type", "why a call brought no answer; empty where it did", 10)
PHASE = Label("courseai.phase", "metadata, sections, judge", 3)
TIER = Label("courseai.tier", "the tier that was asked", 8)
OUTCOME = Label("courseai.outcome", "how a call ended: ok, schema_failure, truncated, rate_limited, ...", 13)
MOVED_BY = Label("courseai.moved_by", "budget, outage", 2)
NODE = Label("courseai.node", "a node of the graph", 48)
NODE_OUTCOME = Label("courseai.node.outcome", "done, interrupted, failed", 3)
TRIGGER = Label("courseai.trigger", "the check that failed: low_alignment, schema_failure, ...", 11)
NEXT_TIER = Label("courseai.next_tier", "the tier that was climbed to", 8)
SECTION_STATUS = Label("courseai.section.status", "accepted, accepted_with_flag, flagged", 3)
ESCALATED = Label("courseai.escalated", "true, false", 2)
VERDICT = Label("courseai.verdict", "PASS, PASS_WITH_FLAG, REVIEW_REQUIRED, FAIL", 4)
COVERED = Label("courseai.covered", "true, false", 2)
ENDING = Label("courseai.ending", "how a run came to rest: finished, waiting_for_review, budget_stop, ...", 7)

_SECONDS_OF_CALLS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.0, 20.48, 40.96, 81.92)
"""The conventions' buckets with 10 for 10.24: the alert's threshold has to be a bound."""
_SECONDS_OF_NODES = (0.001, 0.004, 0.016, 0.064, 0.25, 1.0, 4.0, 10.0, 30.0, 60.0, 120.0, 300.0)
_SECONDS_OF_COURSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 3600.0)
_SECONDS_OF_WAITS = (0.05, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 62.0, 120.0, 300.0)
_TOKENS = (1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0)
_USD = (0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.5, 1.0)
_SHARES = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
_RETRIES = (0.0, 1.0, 2.0, 3.0, 4.0)

CALL_SECONDS = Metric(
    "gen_ai.client.operation.duration",
    "histogram",
    "s",
    (OPERATION, PROVIDER, MODEL, ERROR, PHASE, TIER),
    "How long each try at a model took, answered or not.",
    "Call.seconds",
    _SECONDS_OF_CALLS,
)
TOKENS = Metric(
    "gen_ai.client.token.usage",
    "histogram",
    "{token}",
    (OPERATION, PROVIDER, MODEL, TOKEN_TYPE, PHASE, TIER),
    "Tokens read and written by each call that says so; its sum is what was used.",
    "Call.tokens_in, Call.tokens_out",
    _TOKENS,
)
CACHED_TOKENS = Metric(
    "courseai.tokens.cached",
    "counter",
    "{token}",
    (PROVIDER, MODEL, PHASE, TIER),
    "Tokens of the input that the provider had in its prompt cache; they are among the tokens read.",
    "Call.tokens_cached",
)
COST = Metric(
    "courseai.cost",
    "counter",
    "USD",
    (PROVIDER, MODEL, PHASE, TIER),
    "What calls cost, as far as that is known.",
    "Call.cost_usd",
)
CALLS = Metric(
    "courseai.calls",
    "counter",
    "{call}",
    (PROVIDER, MODEL, PHASE, TIER, OUTCOME),
    "Tries at a model by how they ended.",
    "Call.outcome",
)
RATE_WAIT = Metric(
    "courseai.rate_limit.wait",
    "histogram",
    "s",
    (PROVIDER, MODEL),
    "How long each call waited for the provider's limit a minute; there is none without a limit.",
    "Call.rate_wait_s",
    _SECONDS_OF_WAITS,
)
UNPRICED_CALLS = Metric(
    "courseai.calls.unpriced",
    "counter",
    "{call}",
    (PROVIDER, MODEL),
    "Answered calls whose cost nobody states: they are not in the cost.",
    "Call.cost_usd",
)
REPEATED_CALLS = Metric(
    "courseai.calls.repeated",
    "counter",
    "{call}",
    (PROVIDER, MODEL),
    "Calls that follow a failed one of the same request: at the same model, or at its fallback.",
    "Call.transport_attempt",
)
MOVED_CALLS = Metric(
    "courseai.calls.moved",
    "counter",
    "{call}",
    (TIER, MOVED_BY),
    "Calls to another tier than was asked: a cheaper one for the budget, a fallback in an outage.",
    "Call.answering_tier",
)
REPLAYED_ANSWERS = Metric(
    "courseai.answers.replayed",
    "counter",
    "{answer}",
    (PHASE, TIER),
    "Answers that were read from the journal and not paid for again: cache hits of resumed and forked runs.",
    "Call.replayed",
)
BREAKER_STATE = Metric(
    "courseai.breaker.state",
    "gauge",
    "1",
    (PROVIDER, MODEL),
    "Circuit breaker, as last seen: 0 closed, 1 half open, 2 open.",
    "BreakerChange.state",
)
BREAKER_OPENINGS = Metric(
    "courseai.breaker.openings",
    "counter",
    "{opening}",
    (PROVIDER, MODEL, OUTCOME),
    "How often a circuit breaker opened, and after what; by the worker that found it out.",
    "BreakerChange",
)
NODE_SECONDS = Metric(
    "courseai.node.duration",
    "histogram",
    "s",
    (NODE, NODE_OUTCOME),
    "How long each node of the graph ran.",
    "Step.seconds",
    _SECONDS_OF_NODES,
)
ESCALATIONS = Metric(
    "courseai.escalations",
    "counter",
    "{escalation}",
    (PHASE, TRIGGER, TIER, NEXT_TIER),
    "Climbs of a section to a higher tier, and verdicts that went to a second judge (`judge_not_convinced`).",
    "Step of an escalation's node; CourseFigures.lessons",
)
RETRIES = Metric(
    "courseai.retries",
    "counter",
    "{retry}",
    (PHASE, TRIGGER, TIER),
    "Drafts that went back to the same tier with feedback; in `metadata`, second attempts.",
    "Step of retry_with_feedback and metadata",
)
ESCALATION_RETRIES = Metric(
    "courseai.escalation.retries",
    "histogram",
    "{retry}",
    (PHASE, TRIGGER, TIER),
    "Retries that a tier was given before a section climbed from it.",
    "Step of an escalation's node",
    _RETRIES,
)
SECTIONS = Metric(
    "courseai.sections",
    "counter",
    "{section}",
    (SECTION_STATUS, TIER, ESCALATED),
    "Sections by how they ended; the tier is the one they started at.",
    "CourseFigures.sections",
)
LESSONS = Metric(
    "courseai.lessons",
    "counter",
    "{lesson}",
    (VERDICT,),
    "Lessons by verdict, before a person decides; all but PASS are flagged.",
    "CourseFigures.lessons",
)
ALIGNMENT = Metric(
    "courseai.alignment",
    "histogram",
    "1",
    (PHASE,),
    "Alignment with objectives, in [0, 1]: `sections` of each section as kept, `judge` of each lesson.",
    "CourseFigures.alignments",
    (0.25, *_SHARES),
)
JUDGE_SCORE = Metric(
    "courseai.judge.score",
    "histogram",
    "1",
    (TIER,),
    "Overall score in [0, 1] that a model judge gave a lesson.",
    "CourseFigures.lessons",
    (0.25, *_SHARES),
)
BLOOM_COMPLIANCE = Metric(
    "courseai.bloom.compliance",
    "histogram",
    "1",
    (),
    "Share of a course's outcomes whose claimed Bloom level is at most one from the detected.",
    "CourseFigures.bloom_compliance",
    _SHARES,
)
OUTCOMES = Metric(
    "courseai.outcomes",
    "counter",
    "{outcome}",
    (COVERED,),
    "Learning outcomes by whether a lesson teaches and an exercise checks them.",
    "CourseFigures.outcomes_covered",
)
COURSE_SECONDS = Metric(
    "gen_ai.workflow.duration",
    "histogram",
    "s",
    (WORKFLOW, ENDING),
    "Wall time of a run until it came to rest; what it waits for a person is not in it.",
    "RunEnd.seconds",
    _SECONDS_OF_COURSES,
)
COURSES = Metric(
    "courseai.courses",
    "counter",
    "{run}",
    (ENDING,),
    "Runs by how they came to rest; `budget_stop` counts the stops by the budget.",
    "RunEnd.ending",
)
COURSE_COST = Metric(
    "courseai.course.cost",
    "histogram",
    "USD",
    (ENDING,),
    "What a run has cost when it came to rest, other than to wait for a person.",
    "RunEnd.report; Call.cost_usd where there is none",
    _USD,
)
WAITING_REVIEWS = Metric(
    "courseai.review.waiting",
    "gauge",
    "{run}",
    (),
    "Runs that wait for a person.",
    "the store; in a LangGraph server its threads",
)
OLDEST_REVIEW = Metric(
    "courseai.review.oldest",
    "gauge",
    "s",
    (),
    "How long the oldest of them has waited; 0 where none waits.",
    "the store; in a LangGraph server its threads",
)

QUEUE_WAITING = Metric(
    "courseai.queue.waiting",
    "gauge",
    "{course}",
    (),
    "Courses in the queue that wait for a worker or for their next try; every worker tells the same.",
    "the queue's jobs",
)
QUEUE_OLDEST = Metric(
    "courseai.queue.oldest",
    "gauge",
    "s",
    (),
    "How long the oldest of them has waited; 0 where none waits.",
    "the queue's jobs",
)
QUEUE_WORKING = Metric(
    "courseai.queue.working",
    "gauge",
    "{course}",
    (),
    "Courses of the queue that workers are making.",
    "the queue's jobs",
)
QUEUE_WORKERS = Metric(
    "courseai.queue.workers",
    "gauge",
    "{worker}",
    (),
    "Workers that were heard of in the last half minute.",
    "the queue's workers",
)
QUEUE_SET_ASIDE = Metric(
    "courseai.queue.set_aside",
    "gauge",
    "{course}",
    (),
    "Courses that killed one worker after another and wait for somebody to look at them.",
    "the queue's list of troubles",
)
QUEUE_FINISHED = Metric(
    "courseai.queue.finished",
    "gauge",
    "{course}",
    (),
    "Courses of the store that were finished in the last hour.",
    "RUN_FIGURE.ended_at",
)

METRICS: tuple[Metric, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
"""All of them, in the order of this file."""
