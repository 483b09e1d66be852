"""LangSmith gets a trace a course, in its own protocol; whatever it does, a run is not touched by it."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Literal

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langsmith import Client

from courseai.ops.complaint import Complaint
from courseai.ops.redaction import Redaction
from courseai.ops.tracing.langsmith_client import hiding
from courseai.ops.tracing.langsmith_traces import LangSmithTraces, langsmith_traces
from courseai.ops.watch import hooks_of
from tests.collectors import PROJECT, LangSmith, closed_port, listening
from tests.graph.conftest import changed_policy
from tests.graph.reviewing import STRICT, answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.graph.conftest import Json, PipelineMaker

SECRET = "sk-or-v1-planted"
OFF_TOPIC = {"openai/gpt-oss-20b": {"off_topic_share": 1.0}}
"""The cheapest model writes of something else, so that its sections climb."""


def traces_at(url: str, *, hidden: bool = False) -> LangSmithTraces:
    """Traces that go there."""
    redaction = Redaction([SECRET])
    env = {"LANGSMITH_HIDE_INPUTS": "true", "LANGSMITH_HIDE_OUTPUTS": "true"} if hidden else {}
    complaint = Complaint("LangSmith does not take traces", redaction, "langsmith.client")
    client = Client(
        url, api_key="lsv2_pt_key", timeout_ms=1000, disable_prompt_cache=True, **hiding(env, redaction)
    )
    return LangSmithTraces(client, redaction, complaint, shows_content=not hidden)


@pytest.fixture(scope="module")
def langsmith() -> Iterator[tuple[LangSmith, str]]:
    """LangSmith on this machine, and its URL."""
    server = LangSmith()
    with listening(server) as url:
        yield server, url


@pytest.fixture
def server(langsmith: tuple[LangSmith, str]) -> LangSmith:
    """The same, empty."""
    langsmith[0].__dict__.update(LangSmith().__dict__)
    return langsmith[0]


@pytest.fixture
def traces(langsmith: tuple[LangSmith, str], server: LangSmith) -> Iterator[LangSmithTraces]:
    """Traces that go to it, with content."""
    del server
    made = traces_at(langsmith[1])
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _quick_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGSMITH_USE_DAEMON", "true")
    monkeypatch.setenv("LANGSMITH_DISABLE_RUN_COMPRESSION", "true")


async def test_a_course_is_one_trace_of_its_nodes_sections_and_calls(
    make_pipeline: PipelineMaker, document: Json, traces: LangSmithTraces, server: LangSmith
) -> None:
    await make_pipeline(**hooks_of([traces])).run(document, thread="course-17")
    traces.close()

    (course,) = server.named("course")
    assert {run["trace_id"] for run in server.runs.values()} == {course["id"]}
    assert all(run["end_time"] for run in server.runs.values())
    (drafted,) = server.named("draft s1")
    (call,) = [run for run in server.runs.values() if run.get("parent_run_id") == drafted["id"]]
    assert server.parents(call) == ["course", "section_generation s1", "draft s1"]
    assert (call["run_type"], call["name"]) == ("llm", "chat openai/gpt-oss-20b")
    names = {run["name"] for run in server.runs.values() if server.parents(run) == ["course"]}
    assert {"validation", "metadata", "briefing", "judge", "coverage", "assembly"} <= names
    assert {f"section_generation s{number}" for number in (1, 2, 3)} <= names


async def test_what_lies_above_a_call_is_sent_when_that_begins_and_all_else_once(
    make_pipeline: PipelineMaker, document: Json, traces: LangSmithTraces, server: LangSmith
) -> None:
    await make_pipeline(**hooks_of([traces])).run(document, thread="course-17")
    traces.close()

    completed = {found.decode() for found in re.findall(rb'name="patch\.([0-9a-f-]{36})', server.received)}
    parents = {run.get("parent_run_id") for run in server.runs.values()}
    assert server.named("course")[0]["id"] in completed
    assert completed <= parents | {key for key, run in server.runs.items() if run["run_type"] == "llm"}


async def test_a_run_says_its_tier_why_which_attempt_how_aligned_and_at_what_cost(
    make_pipeline: PipelineMaker, document: Json, traces: LangSmithTraces, server: LangSmith
) -> None:
    outcome = await make_pipeline(OFF_TOPIC, **hooks_of([traces])).run(document, thread="climbs")
    traces.close()

    drafts = [run["extra"]["metadata"] for run in server.named("draft s1")]
    assert (drafts[0]["tier"], drafts[0]["attempt"]) == ("oss_20b", 1)
    assert drafts[0]["tier_reason"].startswith("complexity")
    assert drafts[-1]["tier"] != "oss_20b"
    assert drafts[-1]["tier_reason"] == "low_alignment"
    (climb,) = server.named("escalate_low_alignment s1")
    assert climb["extra"]["metadata"]["next_tier"] == drafts[-1]["tier"]
    assert "escalated" in climb["tags"]
    section = server.named("section_generation s1")[0]
    facts = section["extra"]["metadata"]
    assert facts["alignment"] == outcome.section("s1")["alignment"]
    assert facts["cost_usd"] == pytest.approx(outcome.section("s1")["cost_usd"])
    assert "escalated" in section["tags"]


async def test_the_course_says_what_it_was_made_with_and_what_came_of_it(
    make_pipeline: PipelineMaker, document: Json, traces: LangSmithTraces, server: LangSmith
) -> None:
    outcome = await make_pipeline(**hooks_of([traces])).run(document, thread="course-17")
    traces.close()

    facts = server.named("course")[0]["extra"]["metadata"]
    assert facts["run_id"] == facts["thread_id"] == "course-17"
    policy = outcome.report["policy"]
    assert (facts["policy_fingerprint"], facts["prompts_fingerprint"]) == (
        policy["fingerprint"],
        policy["prompts"],
    )
    assert facts["resumed"] is False
    assert facts["pass_rate"] == outcome.report["quality"]["pass_rate"]
    assert facts["cost_usd"] == pytest.approx(outcome.report["totals"]["cost_usd"])
    assert facts["calls"] == outcome.report["totals"]["calls"]


async def test_a_call_has_its_tokens_and_its_cost_where_langsmith_counts_them(
    make_pipeline: PipelineMaker, document: Json, traces: LangSmithTraces, server: LangSmith
) -> None:
    outcome = await make_pipeline(**hooks_of([traces])).run(document)
    traces.close()

    calls = {call["call_id"]: call for call in outcome.report["calls"]}
    sent = [run["extra"]["metadata"] for run in server.runs.values() if run["run_type"] == "llm"]
    assert {each["call_id"] for each in sent} == set(calls)
    for each in sent:
        call, usage = calls[each["call_id"]], each["usage_metadata"]
        assert usage["input_tokens"] == call["tokens_in"]
        assert usage["output_tokens"] == call["tokens_out"]
        assert usage["total_cost"] == each["cost_usd"] == call["cost_usd"]
        assert each["outcome"] == "ok"


async def test_prompts_and_answers_are_shown_and_each_text_is_sent_once(
    make_pipeline: PipelineMaker, document: Json, traces: LangSmithTraces, server: LangSmith
) -> None:
    outcome = await make_pipeline(**hooks_of([traces])).run(document)
    traces.close()

    (drafted,) = server.named("draft s1")
    call = next(run for run in server.runs.values() if run.get("parent_run_id") == drafted["id"])
    assert "<brief>" in str(call["inputs"]["messages"])
    assert call["outputs"]["generations"]
    assert server.named("course")[0]["outputs"]["course"] == outcome.state["course"]
    assert "analysis_result" not in server.named("judge")[0]["inputs"]
    assert "course" not in server.named("assembly")[0]["outputs"]


async def test_verdicts_and_decisions_are_feedback_on_the_course(
    make_pipeline: PipelineMaker, document: Json, traces: LangSmithTraces, server: LangSmith
) -> None:
    strict = changed_policy(alignment=STRICT)
    pipeline = make_pipeline(policy=strict, checkpointer=InMemorySaver(), **hooks_of([traces]))
    asked = await pipeline.run(document, thread="waits", review="ask")
    finished = await pipeline.answer(answer(), "waits")
    traces.close()

    first, second = server.named("course")
    assert first["extra"]["metadata"]["thread_id"] == second["extra"]["metadata"]["thread_id"] == "waits"
    assert second["extra"]["metadata"]["resumed"] is True
    verdicts = [each for each in server.feedback if each["key"] == "judge_verdict"]
    assert {each["feedback_source"]["metadata"]["lesson_id"] for each in verdicts} == set(finished.lesson_ids)
    assert {each["run_id"] for each in verdicts} == {first["id"]}
    assert {each["session_id"] for each in verdicts} == {PROJECT}
    decisions = [each for each in server.feedback if each["key"] == "review_decision"]
    assert len(decisions) == len(asked.interrupts[0].value["action_requests"])
    assert {each["run_id"] for each in decisions} == {second["id"]}
    assert {(each["value"], each["score"]) for each in decisions} == {("approve", 1)}


async def test_a_closed_tracer_leaves_no_thread_that_waits_for_feedback(
    make_pipeline: PipelineMaker, document: Json, traces: LangSmithTraces, server: LangSmith
) -> None:
    def waiting() -> list[threading.Thread]:
        return [each for each in threading.enumerate() if each.name == "feedback" and each not in others]

    others = set(threading.enumerate())
    pipeline = make_pipeline(**hooks_of([traces]))
    await pipeline.run(document)
    (thread,) = waiting()
    traces.close()

    thread.join(timeout=5)
    assert not thread.is_alive()
    assert server.feedback
    await pipeline.run(document)
    assert waiting() == []


async def test_a_run_that_waits_is_no_error_and_its_question_is_not_in_the_error(
    make_pipeline: PipelineMaker, document: Json, traces: LangSmithTraces, server: LangSmith
) -> None:
    strict = changed_policy(alignment=STRICT)
    pipeline = make_pipeline(policy=strict, checkpointer=InMemorySaver(), **hooks_of([traces]))
    await pipeline.run(document, thread="waits", review="ask")
    traces.close()

    assert server.named("human_review")[0]["error"] == "GraphInterrupt()"
    assert "error" not in server.named("course")[0]


async def test_content_can_be_hidden(
    make_pipeline: PipelineMaker, document: Json, langsmith: tuple[LangSmith, str], server: LangSmith
) -> None:
    traces = traces_at(langsmith[1], hidden=True)
    strict = changed_policy(alignment=STRICT)
    pipeline = make_pipeline(policy=strict, checkpointer=InMemorySaver(), **hooks_of([traces]))
    await pipeline.run(document, thread="hidden", review="ask")
    outcome = await pipeline.answer(answer() | {"by": "Ada Lovelace"}, "hidden")
    traces.close()

    assert server.named("draft s1")[0]["extra"]["metadata"]["tier"] == "oss_20b"
    assert [each for each in server.feedback if each["key"] == "judge_verdict"]
    course = outcome.state["course"]
    texts = ["Ada Lovelace", course["title"], document["topic_analysis"]["determined_topic"]]
    for section in course["sections"]:
        texts += [section["title"], *section["objectives"]]
        texts += [lesson["content"][:60] for lesson in section["lessons"]]
    for text in texts:
        assert text.encode() not in server.received, text


async def test_secrets_are_blacked_out(
    make_pipeline: PipelineMaker, document: Json, traces: LangSmithTraces, server: LangSmith
) -> None:
    document["generation_guidance"]["contextual_language_hints"] = f"Say nothing of {SECRET}."
    await make_pipeline(**hooks_of([traces])).run(document)
    traces.close()

    assert b"[secret]" in server.received
    assert SECRET.encode() not in server.received


@pytest.mark.parametrize("mood", ["hangs", "fails", "away"])
async def test_a_langsmith_that_does_not_answer_touches_no_run_and_is_said_once(
    make_pipeline: PipelineMaker,
    document: Json,
    mood: Literal["hangs", "fails", "away"],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("courseai.ops.tracing.langsmith_traces.FLUSH_S", 0.5)
    with listening(LangSmith("well" if mood == "away" else mood)) as url:
        traces = traces_at(closed_port() if mood == "away" else url)
        pipeline = make_pipeline(**hooks_of([traces]))
        outcomes = [await pipeline.run(document) for _ in range(2)]
        traces.close()

    assert all(outcome.state["status"] == "finished" for outcome in outcomes)
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(said) == 1
    assert said[0].startswith("LangSmith does not take traces")


def test_what_the_client_finds_before_the_first_trace_is_said_in_our_words(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asking_at_once(*_given: object, **_named: object) -> Client:
        client = Client(closed_port(), api_key="lsv2_pt_key", timeout_ms=1000)
        assert client.info  # Its threads ask for this as soon as they run.
        return client

    monkeypatch.setattr("courseai.ops.tracing.langsmith_traces.langsmith_client", asking_at_once)
    langsmith_traces({}).close()

    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said.startswith("LangSmith does not take traces")
