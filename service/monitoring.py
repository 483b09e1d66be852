"""The watchers of this process, made once by its way in and closed when it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from courseai.ops.otlp import is_sent, otlp_reader
from courseai.ops.watch import Watcher, close_all

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricReader

    from courseai.ops.metrics.metrics import Metrics
    from courseai.store.database import Database


@contextmanager
def watching(env: Mapping[str, str], *, exposes_metrics: bool = False) -> Iterator[list[Watcher]]:
    """The watchers that the environment asks for, closed at the end. To be used outside of an event loop.

    With `exposes_metrics` there is one that metrics can be read from, whatever the environment says.
    """
    watchers = watchers_from_environment(env, exposes_metrics=exposes_metrics)
    try:
        yield watchers
    finally:
        with suppress(KeyboardInterrupt):  # Whoever presses Ctrl-C now does not want to wait.
            close_all(watchers)


def watchers_from_environment(env: Mapping[str, str], *, exposes_metrics: bool = False) -> list[Watcher]:
    """Those that the environment asks for. Raises `SettingsError` for settings that cannot be used."""
    watchers = [watcher for make in _MAKERS if (watcher := make(env))]
    if exposes_metrics and metrics_of(watchers) is None:
        watchers.append(_metrics())
    return watchers


def metrics_of(watchers: Sequence[Watcher]) -> Metrics | None:
    """The watcher that records metrics, where there is one."""
    from courseai.ops.metrics.metrics import Metrics

    return next((watcher for watcher in watchers if isinstance(watcher, Metrics)), None)


@contextmanager
def reviews_observed(watchers: Sequence[Watcher], database: Database) -> Iterator[None]:
    """Meanwhile metrics tell of the runs that wait for a person, unless somebody has them do so already."""
    metrics = metrics_of(watchers) if watchers else None
    if metrics is None or metrics.observes_reviews:
        yield
        return
    from courseai.ops.history.operation_history import review_queue

    # Whoever reads metrics waits ten seconds: less than a store is waited for.
    metrics.observe_reviews(lambda: database.read_now(review_queue, waits=False))
    try:
        yield
    finally:
        metrics.observe_reviews(None)


def _langsmith_traces(env: Mapping[str, str]) -> Watcher | None:
    """Traces in LangSmith, by its own variables (docs/tracing.md)."""
    if not any(env.get(name) == "true" for name in _LANGSMITH):
        return None
    from courseai.ops.tracing.langsmith_traces import langsmith_traces

    return langsmith_traces(env)


def _sent_spans(env: Mapping[str, str]) -> Watcher | None:
    if not is_sent(env, "TRACES"):
        return None
    from courseai.ops.tracing.otlp_traces import otlp_traces

    return otlp_traces(env)


def _sent_metrics(env: Mapping[str, str]) -> Watcher | None:
    reader = otlp_reader(env)
    return _metrics(reader) if reader else None


def _metrics(*readers: MetricReader) -> Metrics:
    from courseai.ops.metrics.metrics import Metrics

    return Metrics(readers)


def _decision_log(env: Mapping[str, str]) -> Watcher | None:
    from courseai.ops.logs.decision_log import decision_log

    return decision_log(env)


_LANGSMITH = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")
_MAKERS: Sequence[Callable[[Mapping[str, str]], Watcher | None]] = (
    _sent_metrics,
    _langsmith_traces,
    _sent_spans,
    _decision_log,
)
"""Each gives its watcher, or None where the environment does not ask for it."""
