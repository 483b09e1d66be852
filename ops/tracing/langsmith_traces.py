"""LangSmith: a trace a course, and its verdicts and decisions as feedback; off unless it is asked for.

Everything is sent by background threads; nothing that LangSmith does or leaves undone reaches a run.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Self
from uuid import UUID

from langchain_core.tracers.langchain import LangChainTracer
from langchain_core.tracers.schemas import Run
from langsmith import Client
from langsmith.env import get_langchain_env_var_metadata, get_runtime_environment

from courseai.models.call import Call
from courseai.ops.complaint import Complaint
from courseai.ops.redaction import Redaction, redaction_from_environment
from courseai.ops.tracing.course_tracer import CourseTracer, as_mapping
from courseai.ops.tracing.feedback import Feedback, decision_feedback, verdict_feedback
from courseai.ops.tracing.langsmith_client import hidden, hiding, langsmith_client
from courseai.ops.tracing.langsmith_feedback import CourseTrace, FeedbackSender
from courseai.ops.tracing.trace_content import shown_input, shown_output
from courseai.ops.tracing.trace_facts import Facts, tags_of
from courseai.ops.watch import Watcher

FLUSH_S = 5.0
"""Seconds that the end of a process waits for LangSmith to take what is left; after that it is dropped."""
_TIMEOUT_MS = (3_000, 10_000)
"""To connect, and to be answered."""


class LangSmithTraces(Watcher):
    """Make one for a process; `make_services(**hooks_of([traces]))` has every run traced.

    `client` says where traces go and hides input and output; without `shows_content` words in errors and
    feedback are hidden too.
    """

    def __init__(
        self, client: Client, redaction: Redaction, complaint: Complaint, *, shows_content: bool = True
    ) -> None:
        self._client = client
        self._complaint = complaint
        self._feedback = FeedbackSender(client, complaint)
        self._tracer = LangSmithTracer(
            redaction, self._feedback.put, client=client, shows_content=shows_content
        )
        self.callbacks = (self._tracer,)

    def on_call(self, call: Call) -> None:
        """See `Watcher`."""
        self._tracer.note_call(call)

    def close(self) -> None:
        """See `Watcher`. It takes `FLUSH_S` seconds at most."""
        end = time.monotonic() + FLUSH_S
        self._client.flush(timeout=FLUSH_S)
        left = self._feedback.close(end) + _dropped(self._client)
        if left:
            self._complaint.say(f"{left} messages were not taken in {FLUSH_S:g} s and are dropped")
        self._client.cleanup(timeout=0)
        self._complaint.close()


class LangSmithTracer(CourseTracer, LangChainTracer):
    """`LangChainTracer`, which shows the course in the words of the course.

    A node is sent with the first call or section below it; one that has none is sent once, when it has ended.
    """

    def __init__(
        self,
        redaction: Redaction,
        give_feedback: Callable[[CourseTrace, list[Feedback]], None],
        **given: Any,
    ) -> None:
        super().__init__(redaction, **given)
        self._give_feedback = give_feedback
        self._unsent: set[UUID] = set()
        self._verdicts: dict[UUID, dict[str, str]] = {}

    def copy_with_metadata_defaults(
        self, *, metadata: Mapping[str, str] | None = None, tags: list[str] | None = None
    ) -> Self:
        """Itself: what LangGraph would add to a copy is on the runs already."""
        del metadata, tags
        return self

    def send_start(self, run: Run, facts: Facts) -> None:
        """See `CourseTracer`."""
        _show(run, facts)
        if run.run_type == "chain" and str(run.parent_run_id) in self.run_map:
            self._unsent.add(run.id)
        else:
            self._send_begun(run)

    def send_end(self, run: Run, facts: Facts) -> None:
        """See `CourseTracer`. An input that was sent is not sent again."""
        _show(run, facts)
        self._note_feedback(run)
        if run.run_type == "chain":
            run.outputs = shown_output(run.name, as_mapping(run.outputs))
        if run.id in self._unsent:
            self._unsent.remove(run.id)
            self._post(run)
        else:
            run.patch()

    def _send_begun(self, run: Run) -> None:
        """With what it lies in, which is to be seen while it goes on."""
        self._unsent.discard(run.id)
        if run.parent_run_id in self._unsent:
            self._send_begun(self.run_map[str(run.parent_run_id)])
        self._post(run)

    def _post(self, run: Run) -> None:
        given = run.inputs
        if run.run_type == "chain":
            run.inputs = shown_input(run.name, as_mapping(given))
        try:
            self._persist_run_single(run)
        finally:
            run.inputs = given

    def note_call(self, call: Call) -> None:
        """With its tokens and cost, where LangSmith looks for them."""
        if run := self._unrecorded.get(call.call_id):
            run.extra["metadata"]["usage_metadata"] = _usage(call)
        super().note_call(call)

    def _note_feedback(self, run: Run) -> None:
        """Verdicts are sent once judging is over, and again where they changed; decisions at once."""
        update, state = as_mapping(run.outputs), as_mapping(run.inputs)
        course = run.parent_run_id
        if course is None:
            self._verdicts.pop(run.id, None)
        elif run.metadata.get("langgraph_node") == "coverage" and not run.error:
            sent = self._verdicts.setdefault(course, {})
            news = {key: item for key, item in state["verdicts"].items() if sent.get(key) != item["status"]}
            sent.update({key: item["status"] for key, item in news.items()})
            self._give(course, run, verdict_feedback(news))
        elif run.metadata.get("langgraph_node") == "human_review" and not run.error:
            known = len(state.get("decisions", ()))
            self._give(course, run, decision_feedback(update["decisions"][known:]))

    def _give(self, course: UUID, run: Run, feedback: list[Feedback]) -> None:
        shown = feedback if self._shows_content else [each.without_content() for each in feedback]
        self._give_feedback(CourseTrace(course, run.trace_id, run.session_name or "default"), shown)


def langsmith_traces(env: Mapping[str, str]) -> LangSmithTraces:
    """By LangSmith's own variables: key, endpoint, project, what to hide (docs/tracing.md)."""
    for warm in (get_runtime_environment, get_langchain_env_var_metadata):
        warm()  # They ask git and the platform: not later, in the event loop of a run.
    redaction = redaction_from_environment(env)
    complaint = Complaint("LangSmith does not take traces", redaction, "langsmith.client")
    client = langsmith_client(redaction, _TIMEOUT_MS, **hiding(env, redaction))
    is_hidden = hidden(env, "INPUTS") or hidden(env, "OUTPUTS")
    return LangSmithTraces(client, redaction, complaint, shows_content=not is_hidden)


def _dropped(client: Client) -> int:
    """How many messages the client has left; it sends them no more, but for those that are on their way."""
    waiting = client.tracing_queue
    if waiting is None:
        return 0
    left = waiting.unfinished_tasks
    with suppress(queue.Empty):
        while True:
            waiting.get_nowait()
            waiting.task_done()
    return left


def _show(run: Run, facts: Facts) -> None:
    """Facts are LangSmith's metadata, and give its tags."""
    run.extra["metadata"] |= facts
    run.tags = sorted({*(run.tags or ()), *tags_of(facts)})


def _usage(call: Call) -> dict[str, Any]:
    """As LangSmith's `ExtractedUsageMetadata`; what is not known is left out."""
    is_counted = call.tokens_in is not None and call.tokens_out is not None
    known = {
        "input_tokens": call.tokens_in,
        "output_tokens": call.tokens_out,
        "total_tokens": (call.tokens_in or 0) + (call.tokens_out or 0) if is_counted else None,
        "total_cost": call.cost_usd,
        "input_token_details": None if call.tokens_cached is None else {"cache_read": call.tokens_cached},
    }
    return {name: value for name, value in known.items() if value is not None}
