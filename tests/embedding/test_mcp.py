"""The course graph as an MCP tool of a LangGraph server, through the protocol's own client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp import Client

if TYPE_CHECKING:
    from tests.dev_server import DevServer
    from tests.graph.conftest import Json


async def test_the_server_offers_the_course_as_a_tool_with_described_arguments(server: DevServer) -> None:
    async with Client(f"{server.url}/mcp") as client:
        (tool,) = (await client.list_tools()).tools

    assert tool.name == "course"
    assert tool.description
    assert set(tool.input_schema["properties"]) == {"analysis_result", "language"}


async def test_calling_the_tool_gives_the_problems_of_an_input(server: DevServer, document: Json) -> None:
    del document["topic_analysis"]

    async with Client(f"{server.url}/mcp") as client:
        result = await client.call_tool("course", {"analysis_result": document})

    assert "'status': 'rejected'" in result.content[0].text  # type: ignore[union-attr]
