"""Follows LangChain's callbacks of the course graph: which of them a trace shows, and what it says of each.

LangGraph tells of more than there is to see: edges, and every subgraph three times. Kept are the course, its
nodes, its sections and its calls to models. LangChain calls each of these a run; the name is used so here.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from langchain_core.outputs import LLMResult
from langchain_core.tracers.base import BaseTracer
from langchain_core.tracers.schemas import Run
from langgraph.errors import GraphBubbleUp
from pydantic import BaseModel

from courseai.course.errors import CourseAIError
from courseai.models.call import Call
from courseai.ops.redaction import Redaction
from courseai.ops.tracing.trace_facts import (
    COURSE,
    Facts,
    facts_of_call,
    facts_of_input,
    facts_of_update,
    name_of,
)

_HIDDEN = "__disabled"
"""LangChainTracer's own mark of a run that is not sent."""
_NOT_SHOWN = ("description", "ways_out", "langgraph_triggers", "langgraph_path", "lc_versions")
"""Metadata that LangGraph repeats on every run below a node."""
_STEPS = ("graph:step:", "seq:step:")
"""Tags by which LangGraph numbers its steps."""
_OF_THE_COURSE = ("run_id", "policy", "policy_fingerprint", "prompts_fingerprint")
_ERROR_LENGTH = 1000
"""Characters of an error: a server may answer with a page."""


@dataclass
class _Cost:
    """What the calls below a run came to. USD; None while no cost is known."""

    calls: int = 0
    usd: float | None = None

    def add(self, call: Call) -> None:
        self.calls += 1
        if call.cost_usd is not None:
            self.usd = (self.usd or 0.0) + call.cost_usd

    def facts(self) -> Facts:
        facts: Facts = {"calls": self.calls}
        return facts if self.usd is None else facts | {"cost_usd": self.usd}


class CourseTracer(BaseTracer):
    """One for a process, for all of its runs; for any thread. A subclass says where runs are sent.

    A call to a model is sent when its record comes (`note_call`), which follows its end at once, so that it
    has its cost and outcome; one that was cancelled has no record and is sent with the node that made it.
    """

    run_inline = True

    def __init__(self, redaction: Redaction, *, shows_content: bool, **given: Any) -> None:
        super().__init__(**given)
        self._redaction = redaction
        self._shows_content = shows_content
        self._unrecorded: dict[str, Run] = {}
        self._facts: dict[UUID, Facts] = {}
        self._costs: dict[UUID, _Cost] = {}
        self._passed_over: dict[UUID | None, UUID | None] = {}
        """The nearest kept run above each chain that is not shown; making a run of it would cost more."""

    @abstractmethod
    def send_start(self, run: Run, facts: Facts) -> None:
        """A run began. Its name, input and parent are set."""

    @abstractmethod
    def send_end(self, run: Run, facts: Facts) -> None:
        """A run ended: its output or error is set, and these are all its facts."""

    def note_call(self, call: Call) -> None:
        """The record of a call that ended."""
        run = self._unrecorded.pop(call.call_id, None)
        if run is None:
            return
        self._note(run, facts_of_call(call))
        self._count(run.parent_run_id, call)
        self._send_end(run)

    def on_chain_start(
        self,
        serialized: dict[str, Any],
        inputs: dict[str, Any],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **given: Any,
    ) -> Any:
        """See `BaseTracer`."""
        if not _is_kept(given):
            self._passed_over[run_id] = self._kept(parent_run_id)
            return None
        return super().on_chain_start(serialized, inputs, run_id=run_id, parent_run_id=parent_run_id, **given)

    def on_chain_end(self, outputs: dict[str, Any], *, run_id: UUID, **given: Any) -> Any:
        """See `BaseTracer`."""
        if run_id in self._passed_over:
            return self._passed_over.pop(run_id)
        return super().on_chain_end(outputs, run_id=run_id, **given)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **given: Any) -> Any:
        """See `BaseTracer`."""
        if run_id in self._passed_over:
            return self._passed_over.pop(run_id)
        return super().on_chain_error(error, run_id=run_id, **given)

    def _start_trace(self, run: Run) -> None:
        run.parent_run_id = self._kept(run.parent_run_id)
        metadata = run.extra.get("metadata", {})
        run.extra["metadata"] = {key: value for key, value in metadata.items() if key not in _NOT_SHOWN}
        if run.run_type == "chain":
            given = as_mapping(run.inputs)
            self._note(run, facts_of_input(run.name, given))
            run.name = name_of(run.name, given)
            self._tell_course(run)
        run.tags = [tag for tag in run.tags or [] if not tag.startswith(_STEPS)]
        super()._start_trace(run)

    def _kept(self, run_id: UUID | None) -> UUID | None:
        """The run, or the nearest kept one above it."""
        return self._passed_over.get(run_id, run_id)

    def _end_trace(self, run: Run) -> None:
        if run.run_type == "chain" and not _is_hidden(run):
            self._send_unrecorded(run)
            cost = self._costs.pop(run.id, _Cost())
            self._note(run, facts_of_update(as_mapping(run.outputs)) | cost.facts())
            self._tell_course(run)
        super()._end_trace(run)
        self.order_map.pop(run.id, None)

    def _on_chain_start(self, run: Run) -> None:
        if not _is_hidden(run):
            self.send_start(run, self._facts.get(run.id, {}))

    def _on_chain_end(self, run: Run) -> None:
        self._send_end(run)

    def _on_chain_error(self, run: Run) -> None:
        self._send_end(run)

    def _on_chat_model_start(self, run: Run) -> None:
        self._on_chain_start(run)

    def _on_llm_end(self, run: Run) -> None:
        self._unrecorded[str(run.metadata.get("call_id", run.id))] = run

    def _on_llm_error(self, run: Run) -> None:
        self._on_llm_end(run)

    def _errored_chain_run(self, error: BaseException, inputs: dict[str, Any] | None, run_id: UUID) -> Run:
        run = super()._errored_chain_run(error, inputs, run_id)
        run.error = self._told(error)
        return run

    def _errored_llm_run(self, error: BaseException, run_id: UUID, response: LLMResult | None = None) -> Run:
        run = super()._errored_llm_run(error, run_id, response)
        run.error = self._told(error)
        return run

    def _persist_run(self, run: Run) -> None:
        """Nothing is kept of a run that was sent."""

    def _send_end(self, run: Run) -> None:
        facts = self._facts.pop(run.id, {})
        if not _is_hidden(run):
            self.send_end(run, facts)

    def _note(self, run: Run, facts: Facts) -> None:
        self._facts.setdefault(run.id, {}).update(facts)

    def _send_unrecorded(self, node: Run) -> None:
        """The calls of a node that were cancelled before they had a record."""
        left = [key for key, run in list(self._unrecorded.items()) if run.parent_run_id == node.id]
        for key in left:
            self._send_end(self._unrecorded.pop(key))

    def _count(self, run_id: UUID | None, call: Call) -> None:
        """Add a call to every run that it lies in."""
        while run := self.run_map.get(str(run_id)):
            self._costs.setdefault(run.id, _Cost()).add(call)
            run_id = run.parent_run_id

    def _tell_course(self, node: Run) -> None:
        """The course learns from its nodes what it is made with, for a stretch that does not finish it."""
        course = self.run_map.get(str(node.parent_run_id))
        if course is not None and course.name == COURSE:
            known = self._facts[node.id]
            self._note(course, {name: known[name] for name in _OF_THE_COURSE if name in known})

    def _told(self, error: BaseException) -> str:
        """An error without its traceback and secrets; its words may hold content, those of our own do not."""
        kind = type(error).__name__
        if isinstance(error, GraphBubbleUp):
            # LangSmith knows a run that waits by this name. The question that it asks is content.
            return f"{kind}()"
        is_shown = self._shows_content or isinstance(error, CourseAIError)
        return f"{kind}: {self._redaction.text(str(error))[:_ERROR_LENGTH]}" if is_shown else kind


def as_mapping(value: Any) -> Mapping[str, Any]:
    """What a run is given or gives back, where it has fields. LangChain wraps all else as `input`."""
    inner = value.get("input") if isinstance(value, dict) and set(value) == {"input"} else value
    if isinstance(inner, BaseModel):
        return dict(inner)
    return inner if isinstance(inner, Mapping) else {}


def _is_kept(begun: Mapping[str, Any]) -> bool:
    """Whether what LangChain says of a run makes it the course, a node, or no chain."""
    tags = begun.get("tags") or []
    is_node = any(tag.startswith("graph:step:") for tag in tags) and "langsmith:hidden" not in tags
    return begun.get("run_type") not in (None, "chain") or begun.get("name") == COURSE or is_node


def _is_hidden(run: Run) -> bool:
    return bool(run.extra.get(_HIDDEN))
