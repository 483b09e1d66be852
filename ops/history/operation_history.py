"""How the work goes: latencies, errors, breakers, caches, the review queue, budget stops.

SQL over figures, the same for SQLite and PostgreSQL. Calls count in the window in which they were sent, runs
in the one in which they last came to rest. Durations are seconds, shares lie in [0, 1].
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Column, ColumnElement, Connection, case, func, select

from courseai.models.breaker import BreakerState
from courseai.models.call import Outcome
from courseai.models.retry import ANSWERED, UNAVAILABLE
from courseai.ops.history.window import PERCENTILES, Window, of_runs
from courseai.store.figure_tables import (
    BREAKER_FIGURE,
    CALL_FIGURE,
    NODE_FIGURE,
    RUN_FIGURE,
)


@dataclass(frozen=True)
class Latency:
    """Durations by nearest rank: `p95` is the shortest that at least 95 % are not above."""

    name: str
    count: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class NodeTime:
    """Where the time of runs goes."""

    node: str
    times: int
    failures: int
    mean_s: float
    slowest_s: float


@dataclass(frozen=True)
class ProviderHealth:
    """Calls that were sent to a provider."""

    provider: str
    calls: int
    errors: int
    """Not answered at all, for whatever reason."""
    unavailable: int
    """Of these, those that count against the provider: time-outs, rate limits, broken connections, 5xx."""
    rate_limited: int
    by_kind: dict[str, int]

    @property
    def error_share(self) -> float:
        """Of its calls."""
        return self.errors / self.calls

    @property
    def availability(self) -> float:
        """Share of calls without an outage."""
        return 1 - self.unavailable / self.calls


@dataclass(frozen=True)
class BreakerOpening:
    """A model whose circuit breaker opened."""

    provider: str
    model: str
    openings: int
    last_at: str
    last_reason: str


@dataclass(frozen=True)
class CacheUse:
    """Prompt tokens that a provider read from its cache, of the calls whose provider says so."""

    calls: int
    tokens_in: int
    tokens_cached: int

    @property
    def share(self) -> float | None:
        """None where no provider says."""
        return self.tokens_cached / self.tokens_in if self.tokens_in else None


@dataclass(frozen=True)
class ReviewQueue:
    """Runs that wait for a person, now."""

    runs: int
    items: int
    oldest_s: float | None
    """How long the one that waits longest has waited; None where none does."""


def call_latency(connection: Connection, window: Window) -> list[Latency]:
    """Of answered calls by model, slowest P95 first."""
    call = CALL_FIGURE.c
    return _latencies(
        connection, call.model, call.seconds, window.holds(call.started_at) & call.outcome.in_(ANSWERED)
    )


def course_latency(connection: Connection, window: Window) -> Latency | None:
    """Work on finished courses, without waiting for people; None where none was finished."""
    run = RUN_FIGURE.c
    is_done = window.holds(run.ended_at) & (run.status == "finished") & run.seconds.is_not(None)
    found = _latencies(connection, run.status, run.seconds, is_done)
    return found[0] if found else None


def all_calls_latency(connection: Connection, window: Window) -> Latency | None:
    """Of all answered calls together; None where there are none."""
    call = CALL_FIGURE.c
    is_answered = window.holds(call.started_at) & call.outcome.in_(ANSWERED)
    found = _latencies(connection, None, call.seconds, is_answered)
    return found[0] if found else None


def node_times(connection: Connection, window: Window) -> list[NodeTime]:
    """By node, the longest in all first."""
    node = NODE_FIGURE.c
    seconds = func.sum(node.seconds)
    query = (
        of_runs(
            select(
                node.node, func.sum(node.times), func.sum(node.failures), seconds, func.max(node.slowest_s)
            ),
            node.run_id,
            window,
        )
        .group_by(node.node)
        .order_by(seconds.desc(), node.node)
    )
    return [node_time(*row) for row in connection.execute(query)]


def node_time(node: str, times: int, failures: int, seconds: float, slowest_s: float) -> NodeTime:
    """Of sums, which PostgreSQL gives as decimals."""
    return NodeTime(node, int(times), int(failures), seconds / int(times), slowest_s)


def provider_health(connection: Connection, window: Window) -> list[ProviderHealth]:
    """By provider, in the order of their names."""
    call = CALL_FIGURE.c
    query = (
        select(call.provider, call.outcome, func.count())
        .where(window.holds(call.started_at))
        .group_by(call.provider, call.outcome)
        .order_by(call.provider, func.count().desc(), call.outcome)
    )
    counts: dict[str, dict[Outcome, int]] = {}
    for provider, outcome, count in connection.execute(query):
        counts.setdefault(provider, {})[Outcome(outcome)] = count
    return [_health(provider, outcomes) for provider, outcomes in counts.items()]


def breaker_openings(connection: Connection, window: Window) -> list[BreakerOpening]:
    """By model, most often first; as far as the processes that saw them came to rest."""
    change = BREAKER_FIGURE.c
    query = select(change.provider, change.model, change.at, change.reason).where(
        window.holds(change.at), change.state == BreakerState.OPEN
    )
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row in connection.execute(query.order_by(change.at)):
        found.setdefault((row.provider, row.model), []).append((row.at, row.reason))
    openings = [BreakerOpening(*model, len(times), *times[-1]) for model, times in found.items()]
    return sorted(openings, key=lambda one: (-one.openings, one.provider, one.model))


def cache_use(connection: Connection, window: Window) -> CacheUse:
    """Of the calls that say how many tokens were cached."""
    call = CALL_FIGURE.c
    query = select(
        func.count(),
        func.coalesce(func.sum(call.tokens_in), 0),
        func.coalesce(func.sum(call.tokens_cached), 0),
    ).where(window.holds(call.started_at), call.tokens_cached.is_not(None))
    return CacheUse(*map(int, connection.execute(query).one()))


def review_queue(connection: Connection, now: datetime | None = None) -> ReviewQueue:
    """Whatever the window: what waits now."""
    run = RUN_FIGURE.c
    query = select(func.count(), func.coalesce(func.sum(run.items_waiting), 0), func.min(run.waiting_since))
    runs, items, since = connection.execute(query.where(run.status == "waiting_for_review")).one()
    oldest_s = ((now or datetime.now(UTC)) - datetime.fromisoformat(since)).total_seconds() if since else None
    return ReviewQueue(runs, int(items), oldest_s)


def budget_stops(connection: Connection, window: Window) -> int:
    """How often budgets stopped the runs that came to rest in the window."""
    query = select(func.coalesce(func.sum(RUN_FIGURE.c.budget_stops), 0))
    return int(connection.execute(query.where(window.holds(RUN_FIGURE.c.ended_at))).scalar_one())


def _health(provider: str, outcomes: dict[Outcome, int]) -> ProviderHealth:
    failed = {outcome: count for outcome, count in outcomes.items() if outcome not in ANSWERED}
    return ProviderHealth(
        provider=provider,
        calls=sum(outcomes.values()),
        errors=sum(failed.values()),
        unavailable=sum(count for outcome, count in failed.items() if outcome in UNAVAILABLE),
        rate_limited=failed.get(Outcome.RATE_LIMITED, 0),
        by_kind={outcome.value: count for outcome, count in failed.items()},
    )


def _latencies(
    connection: Connection, name: Column[str] | None, seconds: Column[float], where: ColumnElement[bool]
) -> list[Latency]:
    """Percentiles by ranking: neither database has a function that the other one has too."""
    groups = [name] if name is not None else []
    ranked = (
        select(
            *(each.label("name") for each in groups),
            seconds.label("seconds"),
            func.row_number().over(partition_by=groups or None, order_by=seconds).label("place"),
            func.count().over(partition_by=groups or None).label("of"),
        )
        .where(where)
        .subquery()
    )
    at = [func.min(case((ranked.c.place >= ranked.c.of * share, ranked.c.seconds))) for share in PERCENTILES]
    named = [ranked.c.name] if groups else []
    query = select(*named, func.count(), *at).group_by(*named) if named else select(func.count(), *at)
    rows = [(row if named else ("all", *row)) for row in connection.execute(query)]
    found = [Latency(*row) for row in rows if row[1]]
    return sorted(found, key=lambda one: (-one.p95, one.name))
