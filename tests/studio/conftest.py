"""What the tests of Studio's view share; the server itself is in tests/dev_server.py."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.dev_server import CONFIG, DevServer
from tests.graph.conftest import SAMPLE, shortened

if TYPE_CHECKING:
    from langgraph_sdk.client import LangGraphClient

__all__ = ["CONFIG", "DevServer"]

Json = dict[str, Any]


@pytest.fixture
def document() -> Json:
    """A small input of which two sections need a person's signature."""
    short = shortened(json.loads(SAMPLE.read_bytes()))
    short["compliance"] |= {"safety_critical": True}
    first, *others = short["recommended_structure"]["sections_breakdown"]
    first["risk"] = "none"
    for section in others:
        section["risk"] = "safety_critical"
    return short


@pytest.fixture
async def thread(client: LangGraphClient) -> str:
    """A new thread."""
    created = await client.threads.create()
    return created["thread_id"]


@pytest.fixture
async def waiting(client: LangGraphClient, document: Json, thread: str) -> str:
    """A thread whose run waits for a person."""
    await client.runs.wait(thread, "course", input={"analysis_result": document}, context={"review": "ask"})
    return thread
