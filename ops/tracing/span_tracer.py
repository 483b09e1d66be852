"""OpenTelemetry spans of a course: course, node, section, call to a model.

All spans of a run have one trace id, which comes of the run's id: a run that is resumed goes on in its trace.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from langchain_core.tracers.schemas import Run
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode, TraceFlags

from courseai.models.call import Call
from courseai.ops.redaction import Redaction
from courseai.ops.tracing.course_tracer import CourseTracer, as_mapping
from courseai.ops.tracing.span_attributes import (
    EVALUATION,
    Attributes,
    attributes_of_call,
    attributes_of_content,
    attributes_of_course,
    attributes_of_facts,
    attributes_of_request,
    verdict_attributes,
)
from courseai.ops.tracing.trace_facts import COURSE, Facts

if TYPE_CHECKING:
    from collections.abc import Iterator


class CourseIds(RandomIdGenerator):
    """Ids as usual, but for the first span of a trace, whose ids may be given."""

    def __init__(self) -> None:
        self._given = threading.local()

    @contextmanager
    def given(self, trace_id: int, span_id: int | None) -> Iterator[None]:
        """What this thread's next span gets; None for a random one."""
        self._given.trace_id, self._given.span_id = trace_id, span_id
        try:
            yield
        finally:
            self._given.trace_id = self._given.span_id = None

    def generate_trace_id(self) -> int:
        """See `IdGenerator`."""
        return getattr(self._given, "trace_id", None) or super().generate_trace_id()

    def generate_span_id(self) -> int:
        """See `IdGenerator`."""
        return getattr(self._given, "span_id", None) or super().generate_span_id()


class SpanTracer(CourseTracer):
    """Makes spans with the tracers of `provider`, whose ids are `CourseIds`."""

    def __init__(self, provider: TracerProvider, redaction: Redaction, *, shows_content: bool) -> None:
        super().__init__(redaction, shows_content=shows_content, _schema_format="original+chat")
        self._tracer = trace.get_tracer("courseai", tracer_provider=provider)
        self._ids = provider.id_generator
        self._spans: dict[UUID, Span] = {}
        self._calls: dict[UUID, Call] = {}

    def note_call(self, call: Call) -> None:
        """See `CourseTracer`."""
        if run := self._unrecorded.get(call.call_id):
            self._calls[run.id] = call
        super().note_call(call)

    def send_start(self, run: Run, facts: Facts) -> None:
        """See `CourseTracer`."""
        parent = self._spans.get(run.parent_run_id) if run.parent_run_id else None
        if parent is None and run.name == COURSE:
            self._spans[run.id] = self._course_span(run, facts)
            return
        is_call = run.run_type == "chat_model"
        self._spans[run.id] = self._tracer.start_span(
            run.name,
            context=trace.set_span_in_context(parent) if parent else None,
            kind=SpanKind.CLIENT if is_call else SpanKind.INTERNAL,
            attributes=self._clean(attributes_of_request(run) if is_call else attributes_of_facts(facts)),
            start_time=_nanoseconds(run.start_time),
        )

    def send_end(self, run: Run, facts: Facts) -> None:
        """See `CourseTracer`."""
        span = self._spans.pop(run.id, None)
        call = self._calls.pop(run.id, None)
        if span is None:
            return
        attributes = attributes_of_facts(facts) | (attributes_of_call(call) if call else {})
        if run.run_type == "chat_model" and self._shows_content:
            attributes |= attributes_of_content(run)
        span.set_attributes(self._clean(attributes))
        self._tell_verdicts(span, run)
        if run.error and not run.error.startswith("GraphInterrupt"):
            span.set_status(StatusCode.ERROR, run.error)
        span.end(_nanoseconds(run.end_time) if run.end_time else None)

    def _course_span(self, run: Run, facts: Facts) -> Span:
        """The root of a course, or of its next stretch; inside a span of the caller it is a child of that."""
        run_id = run.metadata.get("thread_id")
        attributes = self._clean(attributes_of_course(run_id) | attributes_of_facts(facts))
        begin = _nanoseconds(run.start_time)
        name = f"invoke_workflow {COURSE}"
        is_inside = trace.get_current_span().get_span_context().is_valid
        if run_id is None or is_inside or not isinstance(self._ids, CourseIds):
            return self._tracer.start_span(name, attributes=attributes, start_time=begin)
        first = first_span(run_id)
        links = [Link(first)] if facts["resumed"] else []
        with self._ids.given(first.trace_id, None if links else first.span_id):
            return self._tracer.start_span(name, attributes=attributes, start_time=begin, links=links)

    def _tell_verdicts(self, span: Span, run: Run) -> None:
        if run.metadata.get("langgraph_node") == "judge":
            for verdict in as_mapping(run.outputs).get("verdicts", {}).values():
                span.add_event(EVALUATION, self._clean(verdict_attributes(verdict)))

    def _clean(self, attributes: Mapping[str, Any]) -> Attributes:
        return {
            name: self._redaction.text(value) if isinstance(value, str) else value
            for name, value in attributes.items()
        }


def first_span(run_id: str) -> SpanContext:
    """Where the trace of a run begins: the same in every process."""
    digest = hashlib.sha256(f"courseai run {run_id}".encode()).digest()
    return SpanContext(
        trace_id=int.from_bytes(digest[:16]),
        span_id=int.from_bytes(digest[16:24]),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )


def _nanoseconds(moment: datetime) -> int:
    """Since the epoch, as OpenTelemetry counts."""
    return int(moment.timestamp() * 1e9)
