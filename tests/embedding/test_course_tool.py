"""The course graph as a LangChain tool (course_tool.py), as an agent calls it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.embedding.course_tool import course_tool
from tests.graph.conftest import PLANNED

if TYPE_CHECKING:
    from tests.graph.conftest import Json, Pipeline


async def test_a_tool_call_makes_a_course(pipeline: Pipeline, document: Json) -> None:
    call = {
        "type": "tool_call",
        "id": "1",
        "name": "make_course",
        "args": {"analysis_result": document},
    }

    message = await course_tool(pipeline.graph).ainvoke(call)

    course = json.loads(message.content)
    lessons = [lesson["lesson_id"] for section in course["sections"] for lesson in section["lessons"]]
    assert lessons == PLANNED


async def test_the_agent_is_told_what_is_wrong_with_an_input(pipeline: Pipeline, document: Json) -> None:
    del document["topic_analysis"]

    told = await course_tool(pipeline.graph).ainvoke({"analysis_result": document})

    assert "topic_analysis" in told
    assert pipeline.author.asked == []


def test_the_model_sees_what_the_arguments_are(pipeline: Pipeline) -> None:
    arguments = course_tool(pipeline.graph).get_input_jsonschema()["properties"]

    assert all(argument["description"] for argument in arguments.values())
