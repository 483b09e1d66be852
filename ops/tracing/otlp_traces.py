"""Sends spans by OTLP over HTTP, as OpenTelemetry's own variables say (docs/tracing.md)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from courseai.models.call import Call
from courseai.ops.complaint import Complaint
from courseai.ops.otlp_exporter import SpanExporter
from courseai.ops.redaction import Redaction, redaction_from_environment
from courseai.ops.tracing.span_tracer import CourseIds, SpanTracer
from courseai.ops.watch import Watcher

FLUSH_S = 5.0
"""Seconds that the end of a process waits for the collector; after that what is left is dropped."""
_CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_SHOWN = ("true", "span_only", "span_and_event")


class OtlpTraces(Watcher):
    """Make one for a process; `make_services(**hooks_of([traces]))` has every run traced.

    Give it a provider of your own to have spans go where your other spans go; it is yours to shut down.
    """

    def __init__(
        self,
        provider: TracerProvider,
        redaction: Redaction,
        complaint: Complaint | None = None,
        *,
        shows_content: bool = False,
    ) -> None:
        self._provider = provider
        self._complaint = complaint
        self._tracer = SpanTracer(provider, redaction, shows_content=shows_content)
        self.callbacks = (self._tracer,)

    def on_call(self, call: Call) -> None:
        """See `Watcher`."""
        self._tracer.note_call(call)

    def close(self) -> None:
        """See `Watcher`. It takes `FLUSH_S` seconds at most."""
        if self._complaint is None:
            return
        # The SDK's shutdown waits for half a minute; the thread that it waits in keeps no process alive.
        ending = threading.Thread(target=self._provider.shutdown, name="last spans", daemon=True)
        ending.start()
        ending.join(FLUSH_S)
        if ending.is_alive():
            self._complaint.say(f"the last spans were not taken in {FLUSH_S:g} s and are dropped")
        self._complaint.close()


def otlp_traces(env: Mapping[str, str]) -> OtlpTraces:
    """By OpenTelemetry's variables: endpoint, headers, sampler, resource, and whether content is shown."""
    redaction = redaction_from_environment(env)
    resource = Resource.create(None if env.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: "courseai"})
    provider = TracerProvider(resource=resource, id_generator=CourseIds(), shutdown_on_exit=False)
    library = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
    complaint = Complaint("The OTLP endpoint does not take spans", redaction, library, logging.ERROR)
    provider.add_span_processor(BatchSpanProcessor(SpanExporter(complaint)))
    return OtlpTraces(provider, redaction, complaint, shows_content=env.get(_CONTENT, "").lower() in _SHOWN)
