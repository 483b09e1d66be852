"""The OpenAI-compatible app: requests in, answers or the faults that were asked for out."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from courseai.models.offline.answer import NOTICE, written_answer
from courseai.models.offline.brief import message_text
from courseai.models.offline.completion import Completion, cut, error_object, estimated_tokens
from courseai.models.offline.fault import Traffic
from courseai.models.offline.settings import ModelSettings, OfflineSettings, StatusFault


class ChatRequest(BaseModel):
    """The part of a chat completion request that matters here; everything else is accepted and ignored."""

    model_config = ConfigDict(extra="ignore")

    model: str
    messages: list[dict[str, Any]] = Field(min_length=1)
    seed: int | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    response_format: dict[str, Any] | None = None
    stream: bool = False
    stream_options: dict[str, Any] | None = None

    @property
    def answer_limit(self) -> int | None:
        """Tokens the answer may have."""
        return self.max_completion_tokens or self.max_tokens


def create_app(settings: OfflineSettings | None = None, *, served: bool = False) -> Starlette:
    """The offline author as an ASGI app.

    `served` says that it stands behind a real socket, where a dropped connection is a socket closed
    in the middle of an answer; in process it is an exception, which the client takes for the same.
    """
    author = _Author(settings or OfflineSettings(), served=served)
    routes = [
        Route("/v1/chat/completions", author.complete, methods=["POST"]),
        Route("/v1/models", author.list_models),
        Route("/health", author.report_health),
    ]
    return Starlette(routes=routes)


class _Author:
    def __init__(self, settings: OfflineSettings, *, served: bool) -> None:
        self._settings = settings
        self._served = served
        self._traffic = Traffic()

    async def report_health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "author": NOTICE})

    async def list_models(self, _request: Request) -> Response:
        names = [name for name in self._settings.models if name != "*"] or ["offline-author"]
        models = [{"id": name, "object": "model", "created": 0, "owned_by": NOTICE} for name in names]
        return JSONResponse({"object": "list", "data": models})

    async def complete(self, request: Request) -> Response:
        body = await request.body()
        try:
            asked = ChatRequest.model_validate_json(body)
        except ValidationError as failure:
            return _error(400, f"not a chat completion request: {failure.errors()[0]['msg']}")
        model = self._settings.of_model(asked.model)
        wait_s = self._traffic.wait_for_rate_limit_s(asked.model, model.requests_per_minute)
        if wait_s > 0:
            return _error(429, f"{asked.model}: too many requests a minute", retry_after_s=wait_s)
        return await self._answer(asked, model, hashlib.sha256(body).hexdigest())

    async def _answer(self, asked: ChatRequest, model: ModelSettings, body_hash: str) -> Response:
        seed = self._settings.seed if asked.seed is None else asked.seed
        draw = self._traffic.draw(seed, body_hash)
        await asyncio.sleep(draw.latency_s(model))
        if fault := draw.status_fault(model):
            return _status_error(fault)
        if draw.below("hang", model.hang_share):
            await asyncio.sleep(model.hang_s)
            return _error(504, "the offline author was told to hang")
        if draw.below("disconnect", model.disconnect_share):
            return DroppedConnection(served=self._served)
        text, is_truncated = written_answer(asked.messages, asked.response_format, seed, model, draw)
        return _reply(asked, text, is_truncated=is_truncated, identifier=f"offline-{body_hash[:24]}")


class DroppedConnection(Response):
    """A connection that ends before the answer does."""

    def __init__(self, *, served: bool) -> None:
        super().__init__(b'{"id": ', media_type="application/json")
        self._served = served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send less than was announced, so that the server has to close the socket."""
        del scope, receive
        if not self._served:
            raise ConnectionResetError("the offline author was told to close the connection")
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def _reply(asked: ChatRequest, text: str, *, is_truncated: bool, identifier: str) -> Response:
    text, finish_reason = cut(text, asked.answer_limit)
    prompt = "\n".join(message_text(message) for message in asked.messages)
    # A schema travels with every request and providers bill it, so it counts as prompt.
    prompt += json.dumps(asked.response_format) if asked.response_format else ""
    completion = Completion(
        identifier=identifier,
        model=asked.model,
        text=text,
        finish_reason="length" if is_truncated else finish_reason,
        prompt_tokens=estimated_tokens(prompt),
    )
    if asked.stream:
        with_usage = bool((asked.stream_options or {}).get("include_usage"))
        return StreamingResponse(completion.as_events(with_usage=with_usage), media_type="text/event-stream")
    return JSONResponse(completion.as_object())


def _status_error(fault: StatusFault) -> Response:
    message = f"the offline author was told to answer {fault.status}"
    return _error(fault.status, message, retry_after_s=fault.retry_after_s)


def _error(status: int, message: str, *, retry_after_s: float | None = None) -> Response:
    headers = None if retry_after_s is None else {"Retry-After": f"{retry_after_s:.3g}"}
    return JSONResponse(error_object(status, message), status_code=status, headers=headers)
