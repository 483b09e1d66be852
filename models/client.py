"""Sends one request to one model through ChatOpenAI, once, and reads what came back.

Nothing is retried here and nothing is judged: an answer becomes a `Reply`, all else raises.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import httpx2
import openai
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.runnables import RunnableConfig
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from courseai.course.policy import LARGEST_USD
from courseai.models.call import ModelRequest
from courseai.models.provider import Provider
from courseai.models.reply import response_format, schema_instruction

MAX_BODY_BYTES = 8 * 1024 * 1024
"""The longest real answer is some 100 KB; a server that sends more than this is broken or hostile."""
_MOST_TOKENS = 1_000_000_000
"""No call has more; a server that names more has not counted."""

KEEPALIVE_S = 3.0
"""Less than the 5 s after which uvicorn, and so vLLM, closes an idle connection that is about to be used."""


class BodyRefusedError(Exception):
    """The response is too large, or compressed although plain text was asked for."""


@dataclass(frozen=True)
class Reply:
    """What a model sent. Unknown figures are None."""

    text: str
    model: str | None
    finish_reason: str | None
    tokens_in: int | None
    tokens_out: int | None
    tokens_cached: int | None
    cost_usd: float | None
    """The provider's own figure."""


class ChatClient:
    """One provider's models over one pool of connections. Belongs to one event loop."""

    def __init__(self, provider: Provider, timeout_s: float, connections: int) -> None:
        self._provider = provider
        self._timeout_s = timeout_s
        self._http = http_client(provider, connections)
        self._models: dict[str, ChatOpenAI] = {}

    async def send(
        self, model: str, request: ModelRequest[Any], max_tokens: int, structured: bool, *, call_id: str
    ) -> Reply:
        """Ask `model` once. Raises what ChatOpenAI raises, or `TimeoutError` after the whole time-out.

        LangChain's callbacks are told which call this is.
        """
        body = {**self._provider.extra_body, "max_tokens": max_tokens}
        if structured:
            body["response_format"] = response_format(request.schema_name, request.answer_type)
        options: dict[str, Any] = {"temperature": request.temperature, "extra_body": body}
        if request.seed is not None:
            options["seed"] = request.seed
        chat = await self._chat_model(model)
        async with asyncio.timeout(self._timeout_s):
            answer = await chat.ainvoke(
                _messages(request, structured), _told(model, request, call_id), **options
            )
            reply = _reply(answer)
        return self._without_key(reply)

    def _without_key(self, reply: Reply) -> Reply:
        """A server that quotes what it was sent would put the key into lessons and records."""
        model = self._provider.without_key(reply.model) if reply.model else None
        return replace(reply, text=self._provider.without_key(reply.text), model=model)

    async def _chat_model(self, model: str) -> ChatOpenAI:
        if model not in self._models:
            # The first one imports modules, which reads files.
            self._models.setdefault(model, await asyncio.to_thread(self._new_chat_model, model))
        return self._models[model]

    def _new_chat_model(self, model: str) -> ChatOpenAI:
        return ChatOpenAI(
            model=model,
            base_url=self._provider.base_url,
            api_key=self._provider.api_key or SecretStr("none"),
            timeout=self._timeout_s,
            max_retries=0,
            http_async_client=self._http,
            openai_proxy="",
            cache=False,
            disable_streaming=True,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()


def http_client(provider: Provider, connections: int) -> httpx2.AsyncClient:
    """A client that reads no more than `MAX_BODY_BYTES` of a response and follows no redirect.

    Sockets are aiohttp's: a third less CPU than httpx at 32 calls in flight, two thirds less at 1,000
    (docs/gateway.md).
    """
    transport = httpx2.ASGITransport(provider.app) if provider.app else None
    return openai.DefaultAioHttpClient(
        transport=transport,
        follow_redirects=False,
        limits=httpx2.Limits(
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=KEEPALIVE_S,
        ),
        headers={"accept-encoding": "identity"},
        event_hooks={"response": [partial(_guard_body, provider)]},
    )


async def _guard_body(provider: Provider, response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise BodyRefusedError("the response is compressed, which was not asked for")
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _GuardedStream(response.stream, provider)


class _GuardedStream(httpx2.AsyncByteStream):
    """A body of bounded length in which the key is blacked out, for servers that quote what they were sent.

    Callbacks see an answer or an error as it came: once it is parsed it would be too late.
    """

    def __init__(self, stream: httpx2.AsyncByteStream, provider: Provider) -> None:
        self._stream = stream
        self._key = provider.api_key.get_secret_value().encode() if provider.api_key else b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received, held = 0, b""
        overlap = max(0, len(self._key) - 1)
        async for chunk in self._stream:
            received += len(chunk)
            if received > MAX_BODY_BYTES:
                raise BodyRefusedError(f"the response is larger than {MAX_BODY_BYTES // 1024**2} MiB")
            clean = self._without_key(held + chunk)
            end = len(clean) - overlap
            # The key may begin in this chunk and end in the next.
            held = clean[max(0, end) :] if overlap else b""
            yield clean[: max(0, end)]
        yield self._without_key(held)

    def _without_key(self, text: bytes) -> bytes:
        return text.replace(self._key, b"[key]") if self._key else text

    async def aclose(self) -> None:
        await self._stream.aclose()


def _told(model: str, request: ModelRequest[Any], call_id: str) -> RunnableConfig:
    """What callbacks, and so traces, are told of a call before it is sent."""
    facts = {
        "call_id": call_id,
        "phase": request.phase,
        "purpose": request.purpose,
        "subject": request.subject,
        "tier": request.tier,
        "attempt": request.attempt,
        "prompt": f"{request.prompt.name}@{request.prompt.version}",
    }
    return {"run_name": f"chat {model}", "metadata": facts, "tags": [request.purpose, request.tier]}


def _messages(request: ModelRequest[Any], structured: bool) -> list[SystemMessage | HumanMessage]:
    system = request.prompt.system
    if not structured:
        system = f"{system}\n\n{schema_instruction(request.schema_name, request.answer_type)}"
    return [SystemMessage(system), HumanMessage(request.prompt.user)]


def _reply(message: AIMessage) -> Reply:
    metadata = message.response_metadata
    usage = metadata.get("token_usage") or {}
    details = usage.get("prompt_tokens_details") or {}
    text = _encodable(message.text)
    return Reply(
        text=text,
        model=_text(metadata.get("model_name")),
        finish_reason=_text(metadata.get("finish_reason")),
        # No prompt has 0 tokens, and no text: who says so has not counted, and it would be free of charge.
        tokens_in=_count(usage.get("prompt_tokens")) or None,
        tokens_out=_count(usage.get("completion_tokens")) or (None if text else 0),
        tokens_cached=_count(details.get("cached_tokens")),
        cost_usd=_cost(usage),
    )


def _cost(usage: dict[str, Any]) -> float | None:
    """USD of a call. With a key of one's own at the model's maker, its bill comes on top of OpenRouter's.

    Source: https://openrouter.ai/docs/use-cases/usage-accounting
    """
    cost = _amount(usage.get("cost"))
    if cost is None or usage.get("is_byok") is False:
        return cost
    upstream = (usage.get("cost_details") or {}).get("upstream_inference_cost")
    return cost + (_amount(upstream) or 0.0)


def _text(value: object) -> str | None:
    return _encodable(value[:200]) if isinstance(value, str) and value else None


def _encodable(text: str) -> str:
    """Lone surrogates, which JSON can spell and no encoding can store, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return min(value, _MOST_TOKENS)


def _amount(value: object) -> float | None:
    """USD; a figure beyond all ceilings is one that no ceiling allows, and no longer grows."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(min(value, LARGEST_USD)) if 0 <= value < math.inf else None
