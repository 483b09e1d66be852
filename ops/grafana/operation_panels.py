"""Grafana's panels about the work: calls, errors, latencies, breakers, reviews, and alerts."""

from __future__ import annotations

from courseai.models.call import Outcome
from courseai.models.retry import ANSWERED, UNAVAILABLE
from courseai.ops.alerts.alert_table import ALERTS, Alert
from courseai.ops.grafana.panel import (
    RANGE,
    STEP,
    Panel,
    PanelRow,
    Query,
    State,
    Unit,
    counts,
    grown,
    legend_of,
    number,
    percentiles,
    quantile,
    ranking,
    selector,
    share,
)
from courseai.ops.metrics import metric_table as table
from courseai.ops.metrics.metric_table import Metric

_ANSWERED = selector(table.ERROR, "")
_UNITS: dict[str, Unit] = {
    "USD": "currencyUSD",
    "share": "percentunit",
    "score": "percentunit",
    "ratio": "none",
    "s": "s",
}
_FIRING = 'ALERTS{service="courseai", alertstate="firing"}'

OPERATIONS = PanelRow(
    "Operations",
    (
        number("Calls", grown(table.CALLS, RANGE), "short", "Tries at models."),
        number(
            "Failed calls",
            share(table.CALLS, RANGE, selector(table.OUTCOME, *ANSWERED, is_not=True)),
            "percentunit",
            "Not answered at all.",
        ),
        number(
            "Availability",
            share(table.CALLS, RANGE, selector(table.OUTCOME, *UNAVAILABLE, is_not=True)),
            "percentunit",
            "Calls without an outage: a time-out, a rate limit, a broken connection, a server's error.",
        ),
        number(
            "Rate limits hit",
            grown(table.CALLS, RANGE, where=selector(table.OUTCOME, Outcome.RATE_LIMITED)),
            "short",
            "Calls that a provider refused because there were too many.",
        ),
        number("Breakers opened", grown(table.BREAKER_OPENINGS, RANGE), "short", "Over all models."),
        number(
            "Answers read again",
            grown(table.REPLAYED_ANSWERS, RANGE),
            "short",
            "Cache hits: answers of the journal, not paid for again.",
        ),
        counts("Calls by outcome", table.CALLS, table.OUTCOME, about="How tries at models ended."),
        counts(
            "Errors by provider and kind",
            table.CALLS,
            table.PROVIDER,
            table.OUTCOME,
            where=selector(table.OUTCOME, *ANSWERED, is_not=True),
            about="Calls that were not answered.",
        ),
        Panel(
            "Breakers",
            "states",
            "none",
            "Circuit breakers by model, at their worst in each interval.",
            (
                Query(
                    f"max by ({table.MODEL.prometheus_name}) "
                    f"(max_over_time({table.BREAKER_STATE.prometheus_name}[{STEP}]))",
                    legend_of(table.MODEL),
                ),
            ),
            states=(State(0, "closed", "green"), State(1, "half open", "orange"), State(2, "open", "red")),
        ),
        percentiles(
            "Latency of answered calls", table.CALL_SECONDS, "Of all models.", where=_ANSWERED, limit=10
        ),
        Panel(
            "P95 of calls by model",
            "lines",
            "s",
            "Answered calls.",
            (
                Query(
                    quantile(0.95, table.CALL_SECONDS, STEP, table.MODEL, where=_ANSWERED),
                    legend_of(table.MODEL),
                ),
            ),
        ),
        percentiles(
            "Time of courses", table.COURSE_SECONDS, "Until a run came to rest, without waiting for people."
        ),
        Panel(
            "P95 of nodes",
            "ranking",
            "s",
            "The slowest nodes of the graph.",
            (
                Query(
                    f"topk(12, {quantile(0.95, table.NODE_SECONDS, RANGE, table.NODE)})",
                    legend_of(table.NODE),
                ),
            ),
        ),
        counts("Runs by ending", table.COURSES, table.ENDING, about="How runs came to rest."),
        Panel(
            "Waits for rate limits",
            "lines",
            "s",
            "P95 of what calls waited for a provider's limit a minute.",
            (Query(quantile(0.95, table.RATE_WAIT, STEP, table.PROVIDER), legend_of(table.PROVIDER)),),
        ),
        ranking(
            "Calls moved to another tier",
            table.MOVED_CALLS,
            table.MOVED_BY,
            table.TIER,
            about="A cheaper one for the budget, a fallback in an outage.",
            width=12,
        ),
        ranking(
            "Calls after a failed one",
            table.REPEATED_CALLS,
            table.MODEL,
            about="At the same model, or at its fallback.",
            width=12,
        ),
    ),
)


def _gauge(metric: Metric) -> str:
    """A process that has the store open says what is in it: several say the same."""
    return f"max(max_over_time({metric.prometheus_name}[{STEP}]))"


REVIEWS = PanelRow(
    "Reviews and the queue of courses",
    (
        Panel(
            "Runs that wait for a person",
            "lines",
            "short",
            "In the store of the processes that are read.",
            (Query(_gauge(table.WAITING_REVIEWS), "waiting"),),
            width=12,
        ),
        Panel(
            "Age of the oldest",
            "lines",
            "s",
            "How long the run that waits longest has waited.",
            (Query(_gauge(table.OLDEST_REVIEW), "oldest"),),
            width=12,
        ),
        Panel(
            "Courses in the queue",
            "lines",
            "short",
            "Those that wait for a worker, that workers make, and that somebody has to look at.",
            (
                Query(_gauge(table.QUEUE_WAITING), "waiting"),
                Query(_gauge(table.QUEUE_WORKING), "working"),
                Query(_gauge(table.QUEUE_SET_ASIDE), "set aside"),
            ),
        ),
        Panel(
            "Age of the oldest in the queue",
            "lines",
            "s",
            "How long the course that waits longest for a worker has waited.",
            (Query(_gauge(table.QUEUE_OLDEST), "oldest"),),
        ),
        Panel(
            "Workers",
            "lines",
            "short",
            "Workers that are heard of, and what they finish in an hour.",
            (
                Query(_gauge(table.QUEUE_WORKERS), "workers"),
                Query(_gauge(table.QUEUE_FINISHED), "courses finished in the last hour"),
            ),
        ),
    ),
)


def _figure(alert: Alert) -> Panel:
    """What an alert compares, and with what."""
    unit = "short" if alert.condition else _UNITS[alert.unit]
    legend = legend_of(alert.per) if alert.per else alert.name
    limit = 0.0 if alert.condition else alert.threshold
    return Panel(alert.name, "lines", unit, alert.about, (Query(alert.value, legend),), limit=limit)


ALERT_FIGURES = PanelRow(
    "Alerts (by the rules that `courseai monitoring rules` prints)",
    (
        number("Firing", f"count({_FIRING})", "short", "Alerts that fire now."),
        Panel(
            "Fired",
            "states",
            "none",
            "Which alerts fired when.",
            (Query(f"max by (alertname) (max_over_time({_FIRING}[{STEP}]))", "{{alertname}}"),),
            width=20,
            states=(State(1, "firing", "red"),),
        ),
        *map(_figure, ALERTS),
    ),
)
