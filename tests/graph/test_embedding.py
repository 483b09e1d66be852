"""The course graph inside somebody else's program: a parent graph, two settings at once, no checkpointer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command

# Before Python 3.12 a state that Pydantic may read has to be this TypedDict.
from typing_extensions import TypedDict

from courseai.graph import CourseInput, RunContext
from tests.graph.conftest import PLANNED, changed_policy

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.graph.state import CompiledStateGraph

    from courseai.course.state import ReviewMode
    from tests.graph.conftest import Json, Pipeline, PipelineMaker

STRICT = {"accept": 1.0, "accept_with_flag": 0.0, "borderline": 0.0}
"""Alignment cut-offs under which everything passes with a flag."""


class Order(TypedDict, total=False):
    """A state that has nothing in common with the course graph's."""

    wish: dict[str, Any]
    title: str
    titles: list[str]


def shop(course: Pipeline, review: ReviewMode, checkpointer: Any = None) -> CompiledStateGraph[Any, Any, Any]:
    """A parent graph that orders a course, mapping its state in a node of its own."""

    async def order(state: Order) -> Order:
        result = await course.graph.ainvoke(
            CourseInput(analysis_result=state["wish"]), context=RunContext(review=review)
        )
        title = result["course"]["title"]
        return {"title": title, "titles": [*state.get("titles", []), result["run_id"]]}

    parent = StateGraph(Order)
    parent.add_node("order", order)
    parent.add_edge(START, "order")
    parent.add_edge("order", END)
    return parent.compile(checkpointer=checkpointer)


@pytest.fixture
def thread() -> RunnableConfig:
    """The parent's thread."""
    return {"configurable": {"thread_id": "parent"}}


async def test_progress_passes_through_a_parent_graph(pipeline: Pipeline, document: Json) -> None:
    kinds = [
        part["data"]["kind"]
        async for part in shop(pipeline, "flag").astream(
            {"wish": document}, stream_mode="custom", subgraphs=True, version="v2"
        )
        if part["type"] == "custom"
    ]

    assert (kinds[0], kinds[-1]) == ("planned", "finished")


async def test_review_passes_through_a_parent_graph_and_its_checkpointer(
    make_pipeline: PipelineMaker, document: Json, thread: RunnableConfig
) -> None:
    course = make_pipeline(policy=changed_policy(alignment=STRICT))
    parent = shop(course, "ask", InMemorySaver())

    waiting = await parent.ainvoke({"wish": document}, thread)
    asked = len(course.author.asked)
    (interrupt,) = waiting["__interrupt__"]
    decisions = [{"type": "approve"} for _ in interrupt.value["action_requests"]]
    finished = await parent.ainvoke(Command(resume={"decisions": decisions}), thread)

    assert finished["title"]
    assert len(course.author.asked) == asked


async def test_every_course_of_a_parents_thread_is_a_run_of_its_own(
    pipeline: Pipeline, document: Json, thread: RunnableConfig
) -> None:
    parent = shop(pipeline, "flag", InMemorySaver())

    for _ in range(2):
        state = await parent.ainvoke({"wish": document}, thread)

    assert len(set(state["titles"])) == 2
    assert all(run_id.startswith("parent-") for run_id in state["titles"])


async def test_two_policies_live_side_by_side(make_pipeline: PipelineMaker, document: Json) -> None:
    strict = make_pipeline(policy=changed_policy(alignment=STRICT))
    shipped = make_pipeline()

    first, second = await asyncio.gather(strict.run(document), shipped.run(document))

    assert first.lesson_ids == second.lesson_ids == PLANNED
    assert first.flags
    assert not second.flags
    assert first.report["policy"]["fingerprint"] != second.report["policy"]["fingerprint"]


async def test_many_runs_share_one_graph(pipeline: Pipeline, document: Json) -> None:
    outcomes = await asyncio.gather(*(pipeline.run(document) for _ in range(3)))

    assert [outcome.lesson_ids for outcome in outcomes] == [PLANNED] * 3
    assert len({outcome.state["run_id"] for outcome in outcomes}) == 3
    assert len({len(outcome.report["calls"]) for outcome in outcomes}) == 1


async def test_result_holds_what_a_caller_needs_and_no_more(pipeline: Pipeline, document: Json) -> None:
    result = await pipeline.graph.ainvoke(CourseInput(analysis_result=document))

    assert set(result) == {"run_id", "status", "problems", "course", "report"}
