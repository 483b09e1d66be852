"""Hooks of telemetry are told of every node that ran: how long, in which run, and what it wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from courseai.course.errors import InsufficientLessonsError
from tests.graph.conftest import changed_policy
from tests.graph.reviewing import STRICT

if TYPE_CHECKING:
    from courseai.graph.observation import Step
    from tests.graph.conftest import Json, PipelineMaker

SILENT = {"*": {"broken_json_share": 1.0}}
"""No model ever gets its JSON right."""


async def test_every_node_of_a_run_is_told_with_the_run_and_its_time(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    steps: list[Step] = []
    outcome = await make_pipeline(on_step=[steps.append]).run(document, thread="course-17")

    nodes = [step.node for step in steps]
    assert nodes[:3] == ["validation", "metadata", "briefing"]
    assert nodes[-1] == "assembly"
    assert {step.run_id for step in steps} == {outcome.report["run_id"]}
    assert {step.outcome for step in steps} == {"done"}
    assert all(step.seconds > 0 for step in steps)


async def test_nodes_of_a_section_are_told_with_their_section(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    steps: list[Step] = []
    await make_pipeline(on_step=[steps.append]).run(document)

    drafted = {step.section_id for step in steps if step.node == "draft"}
    checked = [step for step in steps if step.node == "check"]
    assert drafted == {"s1", "s2", "s3"}
    assert all(step.update["findings"]["schema_ok"] for step in checked)


async def test_a_node_that_asks_a_person_is_told_as_interrupted_not_as_failed(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    steps: list[Step] = []
    strict = changed_policy(alignment=STRICT)
    pipeline = make_pipeline(on_step=[steps.append], policy=strict, checkpointer=InMemorySaver())
    await pipeline.run(document, thread="waits", review="ask")

    assert (steps[-1].node, steps[-1].outcome, steps[-1].update) == ("human_review", "interrupted", {})


async def test_a_node_that_raises_is_told_with_its_error(
    make_pipeline: PipelineMaker, document: Json
) -> None:
    steps: list[Step] = []
    with pytest.raises(InsufficientLessonsError):
        await make_pipeline(SILENT, on_step=[steps.append]).run(document)

    failed = [step for step in steps if step.outcome == "failed"]
    assert [(step.node, type(step.error)) for step in failed] == [
        ("insufficient_lessons", InsufficientLessonsError)
    ]
