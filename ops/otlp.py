"""Sending metrics by OTLP, set up by OpenTelemetry's own environment variables (docs/monitoring.md)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from courseai.course.errors import SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricReader

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_EXPORTER = "OTEL_METRICS_EXPORTER"
_SPOKEN = "http/protobuf"
_LOGGER = "opentelemetry.exporter.otlp.proto.http.metric_exporter"


def otlp_reader(env: Mapping[str, str]) -> MetricReader | None:
    """Sends metrics every minute, and at the end; None where no endpoint is named, or none is wanted.

    Raises `SettingsError` for a protocol that is not spoken.
    """
    is_off = "otlp" not in env.get(_EXPORTER, "otlp") or env.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if is_off or not any(env.get(name) for name in _ENDPOINTS):
        return None
    protocol = next((env[name] for name in _PROTOCOLS if env.get(name)), _SPOKEN)
    if protocol != _SPOKEN:
        raise SettingsError(
            f"Metrics are sent by {_SPOKEN}, not by {protocol}. Set {_PROTOCOLS[0]}={_SPOKEN} and "
            f"{_ENDPOINTS[0]} to the collector's HTTP port (4318), or {_EXPORTER}=none to send none."
        )
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    say_once(_LOGGER)
    return PeriodicExportingMetricReader(OTLPMetricExporter())


def say_once(logger: str) -> None:
    """Let only the first message of a logger through: a collector that is away is so at every export."""
    has_said = False

    def is_first(_record: logging.LogRecord) -> bool:
        nonlocal has_said
        was_said, has_said = has_said, True
        return not was_said

    logging.getLogger(logger).addFilter(is_first)
