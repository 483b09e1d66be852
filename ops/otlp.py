"""Sending metrics and spans by OTLP, set up by OpenTelemetry's own variables (docs/monitoring.md)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from courseai.course.errors import SettingsError
from courseai.ops.complaint import Complaint
from courseai.ops.redaction import redaction_from_environment

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricReader

Signal = Literal["METRICS", "TRACES"]
_SPOKEN = "http/protobuf"
_LOGGER = "opentelemetry.exporter.otlp.proto.http.metric_exporter"


def is_sent(env: Mapping[str, str], signal: Signal) -> bool:
    """Whether an endpoint is named for it, and it is not switched off.

    Raises `SettingsError` for a protocol that is not spoken.
    """
    endpoint, protocol = f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL"
    exporter = f"OTEL_{signal}_EXPORTER"
    is_off = "otlp" not in env.get(exporter, "otlp") or env.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if is_off or not (env.get(endpoint) or env.get("OTEL_EXPORTER_OTLP_ENDPOINT")):
        return False
    spoken = env.get(protocol) or env.get("OTEL_EXPORTER_OTLP_PROTOCOL") or _SPOKEN
    if spoken != _SPOKEN:
        raise SettingsError(
            f"{signal.capitalize()} are sent by {_SPOKEN}, not by {spoken}. Set {protocol}={_SPOKEN} and "
            f"{endpoint} to the collector's HTTP port (4318), or {exporter}=none to send none."
        )
    return True


def otlp_reader(env: Mapping[str, str]) -> MetricReader | None:
    """Sends metrics every minute, and at the end; None where nothing is sent. Raises what `is_sent` does."""
    if not is_sent(env, "METRICS"):
        return None
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    from courseai.ops.otlp_exporter import MetricExporter

    what = "The OTLP endpoint does not take metrics"
    return PeriodicExportingMetricReader(
        MetricExporter(Complaint(what, redaction_from_environment(env), _LOGGER, logging.ERROR))
    )
