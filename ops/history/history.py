"""The history of a store: what courses cost, how good they are, and how the work goes, in a stretch of time.

    window = last_days(30)
    summary = await store.database.read(partial(overview, window=window))

Each part is a function of its own (cost_history, quality_history, escalation_history, operation_history),
pure SQL over figures that calls and runs leave behind; here they are read together, in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from courseai.ops.history import cost_history, escalation_history, operation_history, quality_history
from courseai.ops.history.cost_history import CostPart, CourseCosts, DayCost, WeekCost
from courseai.ops.history.escalation_history import Escalation, EscalationRate, Performance
from courseai.ops.history.operation_history import (
    BreakerOpening,
    CacheUse,
    Latency,
    NodeTime,
    ProviderHealth,
    ReviewQueue,
)
from courseai.ops.history.quality_history import (
    DayQuality,
    JudgeScores,
    LessonQuality,
    PhaseAlignment,
    SchemaRate,
)
from courseai.ops.history.window import Window


@dataclass(frozen=True)
class Costs:
    """See ops/history/cost_history.py. Amounts are USD."""

    courses: CourseCosts
    days: list[DayCost]
    weeks: list[WeekCost]
    by_phase: list[CostPart]
    by_model: list[CostPart]
    by_tier: list[CostPart]


@dataclass(frozen=True)
class Quality:
    """See ops/history/quality_history.py. Shares and scores lie in [0, 1]."""

    alignment: list[PhaseAlignment]
    schema: list[SchemaRate]
    lessons: LessonQuality
    judges: JudgeScores
    bloom_compliance: float | None
    days: list[DayQuality]


@dataclass(frozen=True)
class Operations:
    """See ops/history/escalation_history.py and ops/history/operation_history.py. Durations are seconds."""

    escalation_rates: list[EscalationRate]
    escalations: list[Escalation]
    retries_per_escalation: float | None
    performance: list[Performance]
    calls: Latency | None
    calls_by_model: list[Latency]
    courses: Latency | None
    nodes: list[NodeTime]
    providers: list[ProviderHealth]
    breakers: list[BreakerOpening]
    cache: CacheUse
    review_queue: ReviewQueue
    budget_stops: int


@dataclass(frozen=True)
class Overview:
    """Everything of a stretch of time."""

    window: Window
    costs: Costs
    quality: Quality
    operations: Operations


def overview(connection: Connection, window: Window) -> Overview:
    """Read all of it."""
    return Overview(
        window, costs(connection, window), quality(connection, window), operations(connection, window)
    )


def costs(connection: Connection, window: Window) -> Costs:
    """What courses cost."""
    return Costs(
        courses=cost_history.course_costs(connection, window),
        days=cost_history.cost_by_day(connection, window),
        weeks=cost_history.cost_by_week(connection, window),
        by_phase=cost_history.cost_by_phase(connection, window),
        by_model=cost_history.cost_by_model(connection, window),
        by_tier=cost_history.cost_by_tier(connection, window),
    )


def quality(connection: Connection, window: Window) -> Quality:
    """How good they are."""
    return Quality(
        alignment=quality_history.alignment_by_phase(connection, window),
        schema=quality_history.schema_by_phase(connection, window),
        lessons=quality_history.lesson_quality(connection, window),
        judges=quality_history.judge_scores(connection, window),
        bloom_compliance=quality_history.bloom_compliance(connection, window),
        days=quality_history.quality_by_day(connection, window),
    )


def operations(connection: Connection, window: Window) -> Operations:
    """How the work goes."""
    return Operations(
        escalation_rates=escalation_history.escalation_rates(connection, window),
        escalations=escalation_history.escalations(connection, window),
        retries_per_escalation=escalation_history.retries_per_escalation(connection, window),
        performance=escalation_history.performance(connection, window),
        calls=operation_history.all_calls_latency(connection, window),
        calls_by_model=operation_history.call_latency(connection, window),
        courses=operation_history.course_latency(connection, window),
        nodes=operation_history.node_times(connection, window),
        providers=operation_history.provider_health(connection, window),
        breakers=operation_history.breaker_openings(connection, window),
        cache=operation_history.cache_use(connection, window),
        review_queue=operation_history.review_queue(connection),
        budget_stops=operation_history.budget_stops(connection, window),
    )
