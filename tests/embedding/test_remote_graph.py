"""The course graph of a LangGraph server, used as a local graph (graph/remote.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.pregel.remote import RemoteGraph
from langgraph.types import Command

# Before Python 3.12 a state that Pydantic may read has to be this TypedDict.
from typing_extensions import TypedDict

from courseai.graph import CourseInput, RunContext, build_remote_graph
from tests.embedding.conftest import approval
from tests.embedding.parent_graph import build_shop

if TYPE_CHECKING:
    from langgraph_sdk.client import LangGraphClient

    from tests.graph.conftest import Json

THREAD: RunnableConfig = {"configurable": {"thread_id": "local"}}
ASK = RunContext(review="ask")


@pytest.fixture
def remote(client: LangGraphClient) -> RemoteGraph:
    return RemoteGraph("course", client=client)


async def test_a_plain_resume_finishes_the_remote_run(remote: RemoteGraph, risky_document: Json) -> None:
    course = build_remote_graph(remote, InMemorySaver())

    waiting = await course.ainvoke(CourseInput(analysis_result=risky_document), THREAD, context=ASK)
    (interrupt,) = waiting["__interrupt__"]
    finished = await course.ainvoke(Command(resume=approval(interrupt.value)), THREAD, context=ASK)

    assert finished["status"] == "finished"
    assert finished["course"]["sections"]


async def test_a_resume_by_id_finishes_it_too(remote: RemoteGraph, risky_document: Json) -> None:
    course = build_remote_graph(remote, InMemorySaver())

    waiting = await course.ainvoke(CourseInput(analysis_result=risky_document), THREAD, context=ASK)
    (interrupt,) = waiting["__interrupt__"]
    answer: Command[Any] = Command(resume={interrupt.id: approval(interrupt.value)})
    finished = await course.ainvoke(answer, THREAD, context=ASK)

    assert finished["status"] == "finished"


async def test_a_refused_answer_is_asked_for_again(remote: RemoteGraph, risky_document: Json) -> None:
    course = build_remote_graph(remote, InMemorySaver())

    await course.ainvoke(CourseInput(analysis_result=risky_document), THREAD, context=ASK)
    refused = await course.ainvoke(Command(resume={"decisions": []}), THREAD, context=ASK)
    (again,) = refused["__interrupt__"]
    finished = await course.ainvoke(Command(resume=approval(again.value)), THREAD, context=ASK)

    assert again.value["error"]
    assert finished["status"] == "finished"


async def test_it_is_a_node_like_the_local_graph(remote: RemoteGraph, risky_document: Json) -> None:
    shop = build_shop(build_remote_graph(remote), ASK, InMemorySaver())
    kinds: list[str] = []
    async for part in shop.astream(
        {"wish": risky_document}, THREAD, stream_mode="custom", subgraphs=True, version="v2"
    ):
        if part["type"] == "custom":
            kinds.append(part["data"]["kind"])
    snapshot = await shop.aget_state(THREAD)

    order = await shop.ainvoke(Command(resume=approval(snapshot.interrupts[0].value)), THREAD)

    assert (kinds[0], kinds[-1]) == ("planned", "review_needed")
    assert order["title"]


async def test_every_run_of_a_thread_is_a_run_of_its_own(remote: RemoteGraph, document: Json) -> None:
    course = build_remote_graph(remote, InMemorySaver())

    first, second = [await course.ainvoke(CourseInput(analysis_result=document), THREAD) for _ in range(2)]

    assert first["run_id"] != second["run_id"]
    assert first["course"]["sections"] == second["course"]["sections"]


async def test_a_remote_graph_alone_asks_again_what_a_plain_resume_has_answered(
    client: LangGraphClient, risky_document: Json
) -> None:
    """LangGraph's issue 4879, for which graph/remote.py exists; when this fails, it may be needed no more."""

    class Wish(TypedDict, total=False):
        analysis_result: dict[str, Any]
        status: str

    # As a node it hands on no settings of its own run, so an assistant on the server has to have them.
    assistant = await client.assistants.create("course", context={"review": "ask"}, name="asks")
    parent = StateGraph(Wish)
    parent.add_node("course", RemoteGraph(assistant["assistant_id"], client=client))
    parent.add_edge(START, "course")
    parent.add_edge("course", END)
    graph = parent.compile(checkpointer=InMemorySaver())
    place: RunnableConfig = {"configurable": {"thread_id": str(uuid4())}}

    waiting = await graph.ainvoke({"analysis_result": risky_document}, place)
    answer: Command[Any] = Command(resume=approval(waiting["__interrupt__"][0].value))
    again = await graph.ainvoke(answer, place)
    await client.assistants.delete(assistant["assistant_id"])

    assert "__interrupt__" in again
    assert "status" not in again
