"""OpenTelemetry's exporters over HTTP, whose failures we put into words (complaint.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics.export import MetricExportResult, MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

from courseai.ops.complaint import Complaint


class MetricExporter(OTLPMetricExporter):
    """Sends metrics where OpenTelemetry's variables say."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__()
        self._complaint = complaint

    def export(
        self, metrics_data: MetricsData, timeout_millis: float | None = 10_000, **given: Any
    ) -> MetricExportResult:
        """See `OTLPMetricExporter`."""
        result = super().export(metrics_data, timeout_millis, **given)
        if result is MetricExportResult.SUCCESS:
            self._complaint.forget()
        return result

    def shutdown(self, timeout_millis: float = 30_000, **given: Any) -> None:
        """See `OTLPMetricExporter`."""
        super().shutdown(timeout_millis, **given)
        self._complaint.close()


class SpanExporter(OTLPSpanExporter):
    """Sends spans where OpenTelemetry's variables say. Who made the complaint closes it."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__()
        self._complaint = complaint

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """See `OTLPSpanExporter`."""
        result = super().export(spans)
        if result is SpanExportResult.SUCCESS:
            self._complaint.forget()
        return result
