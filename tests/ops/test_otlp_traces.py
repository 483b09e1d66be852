"""An OTLP collector gets the spans of a course as protobuf over HTTP, with OpenTelemetry's names."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Literal

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, StatusCode

from courseai.course.errors import InsufficientLessonsError
from courseai.ops.tracing.otlp_traces import otlp_traces
from courseai.ops.watch import hooks_of
from tests.collectors import OtlpCollector, closed_port, listening
from tests.graph.conftest import changed_policy
from tests.graph.reviewing import STRICT, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from courseai.ops.tracing.otlp_traces import OtlpTraces
    from tests.graph.conftest import Json, PipelineMaker

    Tracing = Callable[..., OtlpTraces]

OFF_TOPIC = {"openai/gpt-oss-20b": {"off_topic_share": 1.0}}
SILENT = {"*": {"broken_json_share": 1.0}}
UNAVAILABLE = {"openai/gpt-oss-20b": {"status_faults": [{"status": 503, "share": 1.0}]}}
AT_ONCE = changed_policy(availability={"backoff_s": [0, 0, 0], "jitter": 0})


@pytest.fixture
def collector() -> Iterator[OtlpCollector]:
    """A collector on this machine, where the environment says."""
    server = OtlpCollector()
    with listening(server) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        yield server


@pytest.fixture
def tracing(collector: OtlpCollector) -> Iterator[Tracing]:
    """Makes traces that go to it."""
    del collector
    made: list[OtlpTraces] = []

    def make(**env: str) -> OtlpTraces:
        made.append(otlp_traces(env))
        return made[-1]

    yield make
    for traces in made:
        traces.close()


async def test_a_course_is_one_trace_of_nodes_sections_and_calls(
    make_pipeline: PipelineMaker, document: Json, collector: OtlpCollector, tracing: Tracing
) -> None:
    traces = tracing()
    await make_pipeline(**hooks_of([traces])).run(document, thread="course-17")
    traces.close()

    assert len({span.trace_id for span in collector.spans}) == 1
    assert {span.service for span in collector.spans} == {"courseai"}
    (course,) = collector.named("invoke_workflow course")
    assert course.parent_id == ""
    assert course.attributes["gen_ai.operation.name"] == "invoke_workflow"
    assert course.attributes["gen_ai.conversation.id"] == "course-17"
    (drafted,) = collector.named("draft s1")
    (call,) = [span for span in collector.spans if span.parent_id == drafted.span_id]
    assert collector.parents(call) == ["invoke_workflow course", "section_generation s1", "draft s1"]


async def test_a_call_is_a_client_span_with_the_conventions_names(
    make_pipeline: PipelineMaker, document: Json, collector: OtlpCollector, tracing: Tracing
) -> None:
    traces = tracing()
    outcome = await make_pipeline(**hooks_of([traces])).run(document, thread="course-17")
    traces.close()

    calls = [span for span in collector.spans if span.kind - 1 == SpanKind.CLIENT.value]
    assert len(calls) == outcome.report["totals"]["calls"]
    recorded = next(call for call in outcome.report["calls"] if call["subject"] == "s1")
    (told,) = [span.attributes for span in calls if span.attributes["courseai.subject"] == "s1"]
    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": recorded["provider"],
        "gen_ai.request.model": recorded["model_requested"],
        "gen_ai.response.model": recorded["model_answered"],
        "gen_ai.usage.input_tokens": recorded["tokens_in"],
        "gen_ai.usage.output_tokens": recorded["tokens_out"],
        "gen_ai.conversation.id": "course-17",
        "courseai.tier": recorded["tier"],
        "courseai.attempt": recorded["attempt"],
        "courseai.cost_usd": recorded["cost_usd"],
        "courseai.outcome": "ok",
    }
    assert told | expected == told
    assert told["gen_ai.request.max_tokens"] > 0


async def test_nodes_say_tier_reason_alignment_and_cost_and_the_judge_its_verdicts(
    make_pipeline: PipelineMaker, document: Json, collector: OtlpCollector, tracing: Tracing
) -> None:
    traces = tracing()
    outcome = await make_pipeline(OFF_TOPIC, **hooks_of([traces])).run(document)
    traces.close()

    section = collector.named("section_generation s1")[0].attributes
    report = outcome.section("s1")
    assert section["courseai.tier"] == report["tier"]
    assert section["courseai.alignment"] == report["alignment"]
    assert section["courseai.escalations"] == report["escalations"] > 0
    assert section["courseai.cost_usd"] == pytest.approx(report["cost_usd"])
    verdicts = collector.named("judge")[-1].events
    assert {name for name, _ in verdicts} == {"gen_ai.evaluation.result"}
    assert {each["courseai.lesson_id"] for _, each in verdicts} == set(outcome.lesson_ids)
    assert {each["gen_ai.evaluation.score.label"] for _, each in verdicts} <= {"PASS", "PASS_WITH_FLAG"}


async def test_a_resumed_run_goes_on_in_its_trace_and_points_to_its_beginning(
    make_pipeline: PipelineMaker, document: Json, collector: OtlpCollector, tracing: Tracing
) -> None:
    strict, saver = changed_policy(alignment=STRICT), InMemorySaver()
    first = tracing()
    asked = make_pipeline(policy=strict, checkpointer=saver, **hooks_of([first]))
    await asked.run(document, thread="waits", review="ask")
    first.close()
    second = tracing()
    resumed = make_pipeline(
        policy=strict, checkpointer=saver, drafts=asked.services.drafts, **hooks_of([second])
    )
    await resumed.answer(answer(), "waits")
    second.close()

    begun, went_on = collector.named("invoke_workflow course")
    assert begun.trace_id == went_on.trace_id
    assert went_on.links == [(begun.trace_id, begun.span_id)]
    assert went_on.attributes["courseai.resumed"] is True
    waited, decided = collector.named("human_review")
    assert waited.status == StatusCode.UNSET.value
    assert decided.trace_id == begun.trace_id


async def test_failed_calls_and_nodes_are_errors(
    make_pipeline: PipelineMaker, document: Json, collector: OtlpCollector, tracing: Tracing
) -> None:
    traces = tracing()
    await make_pipeline(UNAVAILABLE, policy=AT_ONCE, **hooks_of([traces])).run(document)
    with pytest.raises(InsufficientLessonsError):
        await make_pipeline(SILENT, policy=AT_ONCE, **hooks_of([traces])).run(document)
    traces.close()

    failed = [span for span in collector.spans if span.attributes.get("error.type") == "server_error"]
    assert failed
    assert {span.status for span in failed} == {StatusCode.ERROR.value}
    (refused,) = collector.named("insufficient_lessons")
    assert refused.status == StatusCode.ERROR.value
    assert "Insufficient lessons" in refused.message
    broken = [span for span in collector.spans if span.attributes.get("courseai.outcome") == "schema_failure"]
    assert broken
    assert {span.status for span in broken} == {StatusCode.UNSET.value}


async def test_content_is_hidden_unless_it_is_asked_for(
    make_pipeline: PipelineMaker, document: Json, collector: OtlpCollector, tracing: Tracing
) -> None:
    hidden = tracing()
    outcome = await make_pipeline(**hooks_of([hidden])).run(document)
    hidden.close()
    course = outcome.state["course"]
    texts = [course["title"], document["topic_analysis"]["determined_topic"]]
    texts += [lesson["content"][:60] for section in course["sections"] for lesson in section["lessons"]]
    assert collector.spans
    assert not [text for text in texts if text.encode() in collector.received]

    shown = tracing(OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true")
    await make_pipeline(**hooks_of([shown])).run(document)
    shown.close()
    calls = [span.attributes for span in collector.spans if "gen_ai.input.messages" in span.attributes]
    assert {'"role": "user"' in call["gen_ai.input.messages"] for call in calls} == {True}
    assert any('"role": "assistant"' in call["gen_ai.output.messages"] for call in calls)


async def test_secrets_are_blacked_out(
    make_pipeline: PipelineMaker, document: Json, collector: OtlpCollector, tracing: Tracing
) -> None:
    document["generation_guidance"]["contextual_language_hints"] = "Say hunter2-hunter2."
    shown = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "span_only"}
    traces = tracing(**shown, OTEL_EXPORTER_OTLP_HEADERS="authorization=hunter2-hunter2")
    await make_pipeline(**hooks_of([traces])).run(document)
    traces.close()

    assert b"[secret]" in collector.received
    assert b"hunter2" not in collector.received


@pytest.mark.parametrize("mood", ["hangs", "fails", "away"])
async def test_a_collector_that_does_not_answer_touches_no_run_and_is_said_once(
    make_pipeline: PipelineMaker,
    document: Json,
    mood: Literal["hangs", "fails", "away"],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("courseai.ops.tracing.otlp_traces.FLUSH_S", 0.5)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "2")
    with listening(OtlpCollector("well" if mood == "away" else mood)) as url:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", closed_port() if mood == "away" else url)
        traces = otlp_traces({})
        pipeline = make_pipeline(**hooks_of([traces]))
        outcomes = [await pipeline.run(document) for _ in range(2)]
        traces.close()
    # The exporter draws from the global random generator: hypothesis would blame the next test for it.
    for thread in threading.enumerate():
        if thread.name in ("last spans", "OtelBatchSpanRecordProcessor"):
            thread.join(timeout=30)

    assert all(outcome.state["status"] == "finished" for outcome in outcomes)
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(said) == 1
    assert said[0].startswith("The OTLP endpoint does not take spans")


async def test_spans_join_the_span_of_an_embedding_program(
    make_pipeline: PipelineMaker, document: Json, collector: OtlpCollector, tracing: Tracing
) -> None:
    traces = tracing()
    outer = TracerProvider().get_tracer("backend")
    with outer.start_as_current_span("POST /courses") as request:
        await make_pipeline(**hooks_of([traces])).run(document, thread="course-17")
    traces.close()

    (course,) = collector.named("invoke_workflow course")
    assert int(course.parent_id, 16) == request.get_span_context().span_id
    assert int(course.trace_id, 16) == request.get_span_context().trace_id
