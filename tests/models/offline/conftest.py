"""Briefs as the prompts send them, and the offline author in this process."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from courseai.models.offline import OfflineSettings, create_app

Json = dict[str, Any]
Ask = Callable[..., Awaitable[httpx.Response]]

SECTION: Json = {
    "language": "en",
    "section": {"section_id": "s3", "area": "Lists and loops", "exercise_types": ["coding", "ordering"]},
    "lessons": [
        {
            "number": 1,
            "objectives": ["Create, index, slice and modify a list"],
            "key_topics": ["lists versus strings", "mutability"],
        },
        {
            "number": 2,
            "objectives": ["Write a for loop that repeats a calculation"],
            "key_topics": ["for loops", "loop variables"],
        },
        {
            "number": 3,
            "objectives": ["Trace the value of a loop variable by hand"],
            "key_topics": ["accumulators", "nested lists"],
        },
    ],
    "glossary": {"list": "An ordered, changeable collection of values."},
    "facts": [
        {
            "id": "py1",
            "statement": "Python uses zero-based indexing: the first element of a list has index 0.",
            "value": 0,
            "unit": None,
        }
    ],
    "avoid_jargon": ["borderline"],
    "analogies": ["a loop variable is a finger that moves along a list"],
    "feedback": [],
    "variant": 0,
}

SPANISH_SECTION: Json = {
    "language": "es",
    "section": {"section_id": "s1", "area": "El legado del arte clásico"},
    "lessons": [
        {
            "number": 1,
            "objectives": ["Identificar los órdenes arquitectónicos griegos en un edificio"],
            "key_topics": ["arquitectura griega", "urbanismo"],
        }
    ],
}

METADATA: Json = {
    "language": "en",
    "topic": "Introductory Python programming",
    "audience": "beginner",
    "key_concepts": ["variable", "list"],
    "keywords": ["Python"],
    "sections": [
        {
            "section_id": "s1",
            "area": "Fundamentals",
            "objectives": ["Understand variables", "Import a library"],
        },
        {"section_id": "s2", "area": "Lists", "objectives": ["Create, index, slice and modify a list"]},
    ],
    "required_outcomes": ["Write a tested program that processes several data files"],
    "strategy": {"teaching_style": "hands-on"},
    "assessment": "A short quiz after each section.",
    "difficulty": "beginner",
    "prerequisites": [],
}


def request(name: str, brief: Json, **fields: Any) -> Json:
    """A chat completion request as the gateway sends it."""
    schema = {"name": name, "strict": True, "schema": fields.pop("schema", {})}
    quoted = json.dumps(brief).replace("<", "\\u003c").replace(">", "\\u003e")
    message = {"role": "user", "content": f"Write it.\n\n<brief>\n{quoted}\n</brief>"}
    body = {"model": "openai/gpt-oss-20b", "messages": [message]}
    return body | {"response_format": {"type": "json_schema", "json_schema": schema}} | fields


def text_of(response: httpx.Response) -> str:
    """The answer's text."""
    return str(response.json()["choices"][0]["message"]["content"])


def answer_of(response: httpx.Response) -> Json:
    """The answer's JSON object."""
    answer = json.loads(text_of(response))
    assert isinstance(answer, dict)
    return answer


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., Ask]]:
    """Starts an author with the given settings and returns a function that asks it."""
    clients: list[httpx.AsyncClient] = []

    def start(**settings: Any) -> Ask:
        app = create_app(OfflineSettings.model_validate(settings))
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://offline")
        clients.append(client)

        async def ask(name: str, brief: Json, **fields: Any) -> httpx.Response:
            return await client.post("/v1/chat/completions", json=request(name, brief, **fields))

        return ask

    yield start
    for client in clients:
        await client.aclose()


@pytest.fixture
def ask(connect: Callable[..., Ask]) -> Ask:
    """A perfect author."""
    return connect()
