"""The wire: an OpenAI-compatible server that says what it is."""

from __future__ import annotations

import json
import subprocess
import sys

import httpx
import pytest

from courseai.models.offline import NOTICE, create_app

from .conftest import SECTION, Ask, answer_of, request, text_of


@pytest.fixture
def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app()), base_url="http://offline")


async def test_the_model_list_says_that_no_language_model_answers(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/v1/models")).json()["data"]
    assert [model["owned_by"] for model in listed] == [NOTICE]
    assert "no language model" in (await client.get("/health")).text


async def test_an_answer_bears_the_requested_model_and_the_authors_fingerprint(ask: Ask) -> None:
    answer = (await ask("section_draft", SECTION, model="qwen/qwen3-max")).json()
    assert answer["model"] == "qwen/qwen3-max"
    assert answer["system_fingerprint"] == "offline-author"


async def test_usage_is_a_quarter_of_the_characters(ask: Ask) -> None:
    response = await ask("section_draft", SECTION)
    usage = response.json()["usage"]
    assert usage["completion_tokens"] == -(-len(text_of(response)) // 4)
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


@pytest.mark.parametrize("name", ["section_draft", "unknown"])
async def test_without_a_brief_or_a_known_schema_it_only_says_what_it_is(
    client: httpx.AsyncClient, name: str
) -> None:
    body = request(name, SECTION)
    if name == "section_draft":
        body["messages"] = [{"role": "user", "content": "<brief>{not json}</brief>"}]
    assert text_of(await client.post("/v1/chat/completions", json=body)) == NOTICE


async def test_a_brief_without_lessons_is_answered_in_words(ask: Ask) -> None:
    assert text_of(await ask("section_draft", {"lessons": []})).startswith(NOTICE)


async def test_what_is_no_chat_request_gets_400(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/chat/completions", content=b'{"model": 3')
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


async def test_an_answer_longer_than_max_tokens_is_cut(ask: Ask) -> None:
    response = await ask("section_draft", SECTION, max_tokens=50)
    assert response.json()["choices"][0]["finish_reason"] == "length"
    assert response.json()["usage"]["completion_tokens"] == 50


async def test_equal_requests_get_equal_answers_and_another_seed_another(ask: Ask) -> None:
    first = await ask("section_draft", SECTION, seed=1)
    assert (await ask("section_draft", SECTION, seed=1)).content == first.content
    assert text_of(await ask("section_draft", SECTION, seed=2)) != text_of(first)


@pytest.mark.parametrize("change", [{"variant": 1}, {"feedback": ["too short"]}])
async def test_another_variant_or_feedback_gives_another_wording(ask: Ask, change: dict[str, object]) -> None:
    first = answer_of(await ask("section_draft", SECTION))["lessons"][0]
    other = answer_of(await ask("section_draft", SECTION | change))["lessons"][0]
    assert other["content"] != first["content"]
    assert other["key_topics"] == first["key_topics"]


async def test_a_stream_carries_the_same_text_and_usage(ask: Ask) -> None:
    whole = await ask("section_draft", SECTION)
    stream = await ask("section_draft", SECTION, stream=True, stream_options={"include_usage": True})
    lines = [line.removeprefix("data: ") for line in stream.text.splitlines() if line]
    chunks = [json.loads(line) for line in lines[:-1]]
    assert lines[-1] == "[DONE]"
    assert chunks[0]["choices"][0]["delta"]["content"] == text_of(whole)
    assert chunks[-1]["usage"] == whole.json()["usage"]


def test_served_on_a_port_it_answers_on_loopback() -> None:
    command = [sys.executable, "-m", "courseai.models.offline", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        try:
            assert url.startswith("http://127.0.0.1:")
            assert NOTICE in httpx.get(f"{url}/models").text
        finally:
            server.terminate()
