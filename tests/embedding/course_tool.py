"""The course graph as a LangChain tool, for an agent that decides itself when to make a course."""

from __future__ import annotations

import json
from typing import Any

from langchain_core.tools import BaseTool, StructuredTool, ToolException

from courseai.graph import CourseGraph, CourseInput, RunContext


def course_tool(graph: CourseGraph) -> BaseTool:
    """A tool that gives back the course as JSON text, and what is wrong with an input that is rejected."""

    async def make_course(analysis_result: dict[str, Any], language: str | None = None) -> str:
        wanted = CourseInput(analysis_result=analysis_result, language=language)
        result = await graph.ainvoke(wanted, context=RunContext(review="flag"))
        if result["status"] == "rejected":
            raise ToolException("; ".join(problem["message"] for problem in result["problems"]))
        return json.dumps(result["course"], ensure_ascii=False)

    return StructuredTool.from_function(
        coroutine=make_course,
        name="make_course",
        description="Write a whole course (sections, lessons, exercises) from the analysis of a topic.",
        args_schema=CourseInput,
        handle_tool_error=True,
    )
