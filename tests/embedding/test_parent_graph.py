"""The course graph as a node of a graph with another state (parent_graph.py)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.types import Command

from courseai.graph import RunContext
from tests.embedding.conftest import approval
from tests.embedding.parent_graph import build_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import BaseCheckpointSaver

    from tests.graph.conftest import Json, Pipeline, PipelineMaker

ASK = RunContext(review="ask")
THREAD: RunnableConfig = {"configurable": {"thread_id": "parent"}}


@asynccontextmanager
async def opened(kind: str, folder: Path) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    """The parent's checkpointer."""
    if kind == "memory":
        yield InMemorySaver()
        return
    async with AsyncSqliteSaver.from_conn_string(str(folder / "parent.sqlite3")) as saver:
        yield saver


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_a_question_passes_out_through_the_parent_and_the_answer_back_in(
    kind: str, tmp_path: Path, pipeline: Pipeline, risky_document: Json
) -> None:
    async with opened(kind, tmp_path) as saver:
        shop = build_shop(pipeline.graph, ASK, saver)
        waiting = await shop.ainvoke({"wish": risky_document}, THREAD)
        asked = len(pipeline.author.asked)
        (interrupt,) = waiting["__interrupt__"]
        order = await shop.ainvoke(Command(resume=approval(interrupt.value)), THREAD)

    assert order["title"]
    assert order["price_usd"] > 10
    assert len(pipeline.author.asked) == asked


async def test_the_parents_file_is_enough_for_another_process_to_go_on(
    tmp_path: Path, make_pipeline: PipelineMaker, risky_document: Json
) -> None:
    first = make_pipeline()
    async with opened("sqlite", tmp_path) as saver:
        waiting = await build_shop(first.graph, ASK, saver).ainvoke({"wish": risky_document}, THREAD)
    answer: Command[Any] = Command(resume=approval(waiting["__interrupt__"][0].value))

    second = make_pipeline(journal=first.services.gateway.journal, drafts=first.services.drafts)
    async with opened("sqlite", tmp_path) as saver:
        order = await build_shop(second.graph, ASK, saver).ainvoke(answer, THREAD)

    assert order["title"]
    assert second.author.asked == []


async def test_a_question_can_be_answered_by_its_id(pipeline: Pipeline, risky_document: Json) -> None:
    shop = build_shop(pipeline.graph, ASK, InMemorySaver())
    waiting = await shop.ainvoke({"wish": risky_document}, THREAD)
    (interrupt,) = waiting["__interrupt__"]

    order = await shop.ainvoke(Command(resume={interrupt.id: approval(interrupt.value)}), THREAD)

    assert order["title"]


async def test_progress_passes_out_through_the_parent(pipeline: Pipeline, document: Json) -> None:
    kinds = [
        part["data"]["kind"]
        async for part in build_shop(pipeline.graph, RunContext()).astream(
            {"wish": document}, stream_mode="custom", subgraphs=True, version="v2"
        )
        if part["type"] == "custom"
    ]

    assert (kinds[0], kinds[-1]) == ("planned", "finished")


async def test_a_rejected_wish_becomes_the_parents_complaints(pipeline: Pipeline, document: Json) -> None:
    del document["topic_analysis"]

    order = await build_shop(pipeline.graph, RunContext()).ainvoke({"wish": document})

    assert order["complaints"]
    assert "title" not in order


async def test_every_course_of_a_parents_thread_is_a_run_of_its_own(
    pipeline: Pipeline, document: Json
) -> None:
    shop = build_shop(pipeline.graph, RunContext(), InMemorySaver())

    for _ in range(2):
        await shop.ainvoke({"wish": document}, THREAD)

    run_ids = {call.run_id for call in pipeline.services.gateway.journal._calls.values()}  # type: ignore[attr-defined]
    assert len(run_ids) == 2
    assert all(run_id.startswith("parent-") for run_id in run_ids)
