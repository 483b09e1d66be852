"""The course graph of a LangGraph server, with the face of a local one: interrupts, resume and progress.

`RemoteGraph` as a node never finishes a plain resume (langgraph issue 4879): the parent runs the node again
with its old input, and the remote graph starts anew. Here the question and its answer are two nodes, so an
answer is in the local state before it is sent, and it is sent once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast
from uuid import UUID, uuid4, uuid5

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.pregel.remote import RemoteGraph
from langgraph.runtime import get_runtime
from langgraph.types import Command, StreamWriter, interrupt
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.schema import ThreadState

from courseai.course.errors import SettingsError
from courseai.course.state import CourseInput, CourseOutput, Json, RunContext

_THREADS = UUID("6f1d2c1e-52f6-4a53-9d0b-4b8d8d0a7b11")
"""Namespace of the remote threads' ids, which have to be UUIDs."""


class RemoteState(CourseOutput, total=False):
    """The input, what the server has given so far, and the talk with a person."""

    analysis_result: Json
    language: str | None
    remote_thread: str
    """The thread on the server that the present run has."""
    remote_checkpoint: str
    """Where it stood when it asked. Once it stands elsewhere, the answer has arrived."""
    request: Json | None
    """What it asks a person; None when it asks nothing."""
    answer: Any


RemoteCourse = CompiledStateGraph[RemoteState, RunContext, CourseInput, CourseOutput]


def build_remote_graph(
    remote: RemoteGraph, checkpointer: BaseCheckpointSaver[Any] | None = None
) -> RemoteCourse:
    """A graph that has its courses made by `remote`, say `RemoteGraph("course", url="http://127.0.0.1:2024")`.

    Input, output, settings, interrupts and custom events are those of `build_graph`. Each run here has
    a thread of its own there. Raises `RemoteException` for what fails there, `SettingsError` for a `remote`
    that was made for synchronous calls only.
    """

    client = remote.client
    if client is None:
        raise SettingsError("The RemoteGraph has no client for async calls: give it a url.")

    async def work(state: RemoteState, config: RunnableConfig, *, writer: StreamWriter) -> RemoteState:
        thread = state["remote_thread"] if state.get("request") else await _new_thread(client, config)
        step = _next_step(await client.threads.get_state(thread), state)
        if step is not None:
            settings = get_runtime(RunContext).context
            parts = remote.astream(
                step.given,
                RunnableConfig(configurable={"thread_id": thread}),
                context=settings.model_dump(mode="json") if settings else None,
                stream_mode="custom",
                subgraphs=True,
                version="v2",
            )
            async for part in parts:
                writer(part["data"])
        return _standing(thread, await client.threads.get_state(thread))

    async def review(state: RemoteState) -> RemoteState:
        return {"answer": interrupt(state["request"])}

    def after_work(state: RemoteState) -> Literal["asked", "finished"]:
        return "asked" if state["request"] else "finished"

    graph = StateGraph(RemoteState, RunContext, input_schema=CourseInput, output_schema=CourseOutput)
    graph.add_node("work", work)
    graph.add_node("review", review)
    graph.add_edge(START, "work")
    graph.add_conditional_edges("work", after_work, {"asked": "review", "finished": END})
    graph.add_edge("review", "work")
    return graph.compile(checkpointer=checkpointer, name="remote_course")


@dataclass(frozen=True)
class _Step:
    given: Json | Command[Any] | None
    """What the remote graph is given; None lets it go on where it was."""


def _next_step(there: ThreadState, state: RemoteState) -> _Step | None:
    """What to send. None when the server has it already, as after a crash in between."""
    if state.get("request"):
        is_asking = there["interrupts"] and _checkpoint_id(there) == state["remote_checkpoint"]
        interrupt_id = there["interrupts"][0]["id"] if is_asking else ""
        return _Step(Command(resume={interrupt_id: state["answer"]})) if is_asking else None
    if not there["values"]:
        return _Step({"analysis_result": state["analysis_result"], "language": state.get("language")})
    return _Step(None) if there["next"] and not there["interrupts"] else None


def _standing(thread: str, there: ThreadState) -> RemoteState:
    """Where the remote run stands, with what of its values a caller gets."""
    standing: Json = {
        "remote_thread": thread,
        "remote_checkpoint": _checkpoint_id(there),
        "request": there["interrupts"][0]["value"] if there["interrupts"] else None,
        "answer": None,
    }
    values = cast(Json, there["values"])
    given = {key: value for key, value in values.items() if key in CourseOutput.__annotations__}
    return cast(RemoteState, standing | given)


async def _new_thread(client: LangGraphClient, config: RunnableConfig) -> str:
    """A thread for this run; a node that runs again after a crash finds the same one."""
    here = config["configurable"]
    thread = str(uuid5(_THREADS, f"{here.get('thread_id', uuid4())} {here['checkpoint_ns']}"))
    await client.threads.create(thread_id=thread, if_exists="do_nothing")
    return thread


def _checkpoint_id(there: ThreadState) -> str:
    return there["checkpoint"]["checkpoint_id"] or ""
