"""The course graph as a node of a graph with another state: a shop that takes orders for courses."""

from __future__ import annotations

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

# Before Python 3.12 a state that Pydantic may read has to be this TypedDict.
from typing_extensions import TypedDict

from courseai.graph import CourseGraph, CourseInput, RemoteCourse, RunContext


class Order(TypedDict, total=False):
    """The shop's state. It shares no key with the course graph's."""

    wish: dict[str, Any]
    complaints: list[str]
    title: str
    price_usd: float


def build_shop(
    course: CourseGraph | RemoteCourse,
    settings: RunContext,
    checkpointer: BaseCheckpointSaver[Any] | None = None,
) -> CompiledStateGraph[Any, Any, Any]:
    """The parent graph. Build `course` without a checkpointer: it uses the parent's."""

    async def produce(state: Order) -> Order:
        result = await course.ainvoke(CourseInput(analysis_result=state["wish"]), context=settings)
        if result["status"] == "rejected":
            return {"complaints": [problem["message"] for problem in result["problems"]]}
        return {
            "title": result["course"]["title"],
            "price_usd": result["report"]["totals"]["cost_usd"] + 10,
        }

    shop = StateGraph(Order)
    shop.add_node("produce", produce)
    shop.add_edge(START, "produce")
    shop.add_edge("produce", END)
    return shop.compile(checkpointer=checkpointer)
