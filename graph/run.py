"""Bring a run forward: the one way that the command line, the Python API and workers share.

Whatever stopped a run, what comes next is read from its state: nothing stored, the input; a question that
waits for a person, the answer; otherwise nothing, and LangGraph goes on where it was.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.errors import GraphDrained
from langgraph.runtime import RunControl
from langgraph.types import Command

from courseai.course.errors import SettingsError
from courseai.course.state import CourseState, Json, RunContext
from courseai.graph.build import CourseGraph
from courseai.models.gateway import Gateway
from courseai.store.checkpoint_order import continue_order

GRACE_S = 20.0
"""Seconds that calls in flight get to end once a stop was asked for; Kubernetes kills after 30."""
_STEP_END_S = 5.0
"""Seconds that a step without calls in flight gets to write down what it has."""
_POLL_S = 0.05


class Stop:
    """Asks a run to end at its next step; any thread and any signal handler may do so.

    No new call is sent from then on. Calls in flight get `grace_s` seconds to end, so that they are not
    paid again; `request` a second time ends them at once.
    """

    def __init__(self, grace_s: float = GRACE_S) -> None:
        self.grace_s = grace_s
        self.control = RunControl()
        self._at_once = threading.Event()

    @property
    def is_requested(self) -> bool:
        """Whether the run is to end."""
        return self.control.drain_requested

    @property
    def is_urgent(self) -> bool:
        """Whether it is to end without waiting for calls in flight."""
        return self._at_once.is_set()

    def request(self) -> None:
        """End the run; at once when it was asked to end before."""
        if self.is_requested:
            self._at_once.set()
        self.control.request_drain()


@dataclass(frozen=True)
class Standing:
    """Where a run stands."""

    state: CourseState
    """Empty before its first step."""
    request: Json | None
    """What it waits for a person to decide."""
    request_id: str = ""
    """The question's id, with which any answer reaches it: LangGraph takes an empty one for none."""
    at: str = ""
    """When its last step was stored: ISO 8601, UTC."""
    branches: Json = field(default_factory=dict)
    """Sections of branches that ended while others of their step had not; resuming takes them from there."""

    @property
    def so_far(self) -> CourseState:
        """The state with those sections."""
        if not self.branches:
            return self.state
        return {**self.state, "sections": self.state.get("sections", {}) | self.branches}

    @property
    def is_finished(self) -> bool:
        """Whether its course is made."""
        return self.state.get("status") == "finished"


def thread(run_id: str) -> RunnableConfig:
    """LangGraph's name for a run."""
    return {"configurable": {"thread_id": run_id}}


async def standing(saver: BaseCheckpointSaver[Any], run_id: str) -> Standing:
    """Read where a run stands, before it is brought forward."""
    await continue_order(saver, run_id)
    saved = await saver.aget_tuple(thread(run_id))
    if saved is None:
        return Standing({}, None)
    writes = saved.pending_writes or []
    questions = [value[0] for _task, channel, value in writes if channel == "__interrupt__"]
    branches = {
        key: one for _task, channel, value in writes if channel == "sections" for key, one in value.items()
    }
    question, question_id = (questions[-1].value, questions[-1].id) if questions else (None, "")
    state = cast(CourseState, saved.checkpoint["channel_values"])
    return Standing(state, question, question_id, saved.checkpoint["ts"], branches)


def next_input(now: Standing, first_input: Json, answer: Any) -> Any:
    """What the graph is to be given; `answer` is for a run that waits for a person."""
    if now.request is not None:
        return Command(resume={now.request_id: answer})
    return None if now.state else first_input


async def ask_again(graph: CourseGraph, run_id: str, *, without_missing: bool = False) -> None:
    """Let a run that ended for want of lessons ask for the missing ones once more, or go on without them.

    It stands before the node that refuses the course, and would only be refused again. Raises
    `SettingsError` for a run that is to go on without lessons and does not stand there.
    """
    now = await graph.aget_state(thread(run_id))
    if now.next == ("insufficient_lessons",):
        change = {"without_missing": True} if without_missing else {"rounds": 0}
        count = now.values["lesson_count"] | change
        await graph.aupdate_state(thread(run_id), {"lesson_count": count}, as_node="lesson_count")
    elif without_missing:
        raise SettingsError(f"Run {run_id} did not stop for want of lessons; leave out --without-missing.")


async def advance(
    graph: CourseGraph,
    gateway: Gateway,
    run_id: str,
    graph_input: Any,
    *,
    context: RunContext,
    on_part: Callable[[Any], None],
    stop: Stop,
) -> bool:
    """Run to the end, to a question for a person, or until `stop`; False where it was stopped.

    `on_part` gets the parts of LangGraph's stream, modes custom and updates. What the graph and the
    gateway raise is raised.
    """
    parts = graph.astream(
        graph_input,
        thread(run_id),
        context=context,
        stream_mode=["custom", "updates"],
        subgraphs=True,
        durability="sync",
        version="v2",
        control=stop.control,
    )
    work = asyncio.create_task(_passed_on(parts, on_part))
    try:
        while not work.done() and not stop.is_requested:
            await asyncio.wait([work], timeout=_POLL_S)
        if not work.done():
            await _drained(work, gateway, run_id, stop)
    finally:
        await _cancelled(work)
        gateway.open_door(run_id)
    return not work.cancelled() and work.result()


async def _passed_on(parts: AsyncIterator[Any], on_part: Callable[[Any], None]) -> bool:
    try:
        async for part in parts:
            on_part(part)
    except GraphDrained:
        return False
    return True


async def _drained(work: asyncio.Task[bool], gateway: Gateway, run_id: str, stop: Stop) -> None:
    """Wait for the end of the step as long as that saves something."""
    gateway.close_door(run_id)
    clock = asyncio.get_running_loop().time
    end = clock() + stop.grace_s
    idle_since = clock()
    while not work.done() and not stop.is_urgent and clock() < end:
        if gateway.in_flight(run_id):
            idle_since = clock()
        elif clock() - idle_since > _STEP_END_S:
            break
        await asyncio.wait([work], timeout=_POLL_S)


async def _cancelled(work: asyncio.Task[bool]) -> None:
    if not work.done():
        work.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait([work])
