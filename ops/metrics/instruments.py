"""The metric table as instruments of OpenTelemetry's SDK, read by Prometheus or sent by other readers."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Meter, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from courseai.ops.metrics.measurement import Measurement
from courseai.ops.metrics.metric_table import METRICS, Label, Metric

_log = logging.getLogger(__name__)

OTHER = "other"
"""Stands for every value of a label beyond those that are kept apart."""
_NAME = "courseai"
_CLOSE_MS = 5000
"""Time that the last export gets when the process ends."""

Observe = Callable[[], float | None]
"""What holds now; None where nothing is known."""


class Instruments:
    """One for a process; for any thread. Nothing global is set.

    `readers` are OpenTelemetry's, beside the one that `exposition` reads. `observed` gives the gauges that
    are asked for whenever metrics are read; all others are told by `record`.
    """

    def __init__(self, readers: Sequence[MetricReader], observed: Mapping[Metric, Observe]) -> None:
        self._registry = CollectorRegistry()
        prometheus = PrometheusMetricReader(registry=self._registry, scope_info_enabled=False)
        resource = Resource.create({SERVICE_NAME: _NAME, SERVICE_VERSION: version(_NAME)})
        self._provider = MeterProvider([prometheus, *readers], resource, shutdown_on_exit=False)
        meter = self._provider.get_meter(_NAME, version(_NAME))
        for metric, observe in observed.items():
            callback = _callback(metric, observe)
            meter.create_observable_gauge(metric.name, [callback], metric.unit, metric.about)
        self._record = {metric: _recorder(meter, metric) for metric in METRICS if metric not in observed}
        self._known: defaultdict[Label, set[str]] = defaultdict(set)

    def record(self, measurements: Iterable[Measurement]) -> None:
        """Take values in."""
        for metric, value, labels in measurements:
            self._record[metric](
                value, {label.name: self._kept(label, text) for label, text in labels.items()}
            )

    def exposition(self, accept: str = "") -> tuple[bytes, str]:
        """Everything as Prometheus reads it, and its content type; `accept` is the header of the request."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def close(self) -> None:
        """Send what the readers have not sent; waits a few seconds at most."""
        self._provider.shutdown(timeout_millis=_CLOSE_MS)

    def _kept(self, label: Label, value: str) -> str:
        """The value, or `other` where there are too many: a label never makes more series than it may."""
        known = self._known[label]
        if value not in known:
            if len(known) >= label.most:
                return OTHER
            known.add(value)
        return value


def _recorder(meter: Meter, metric: Metric) -> Callable[[float, Mapping[str, str]], None]:
    if metric.kind == "counter":
        return meter.create_counter(metric.name, metric.unit, metric.about).add
    if metric.kind == "gauge":
        return meter.create_gauge(metric.name, metric.unit, metric.about).set
    return meter.create_histogram(
        metric.name, metric.unit, metric.about, explicit_bucket_boundaries_advisory=metric.buckets
    ).record


def _callback(metric: Metric, observe: Observe) -> Callable[[CallbackOptions], list[Observation]]:
    """Asks, and logs once what goes wrong with it."""
    has_failed = False

    def call(_options: CallbackOptions) -> list[Observation]:
        nonlocal has_failed
        try:
            value = observe()
        except Exception as error:
            if not has_failed:
                has_failed = True
                _log.warning("%s cannot be read: %s: %s", metric.name, type(error).__name__, error)
            return []
        return [] if value is None else [Observation(value)]

    return call
