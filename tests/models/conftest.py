"""A model server on loopback that misbehaves on command, and a gateway that talks to it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import uvicorn
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from courseai.course.policy import AvailabilityPolicy, BudgetPolicy, default_policy
from courseai.models.breaker import BreakerChange
from courseai.models.breaker_board import BreakerBoard
from courseai.models.call import Answer, Call, ModelRequest, Prompt
from courseai.models.gateway import Gateway
from courseai.models.journal import Journal
from courseai.models.provider import Provider, openrouter
from courseai.models.tiers import load_tiers

KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"
USAGE = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}


class Note(BaseModel):
    """What the models of these tests are asked for."""

    text: str
    number: int


GOOD = json.dumps({"text": "a good answer", "number": 1})
Behaviour = Callable[[dict[str, Any]], Awaitable[Response]]


def says(
    text: str | None,
    *,
    model: str = "",
    finish: str = "stop",
    usage: dict[str, Any] | None = None,
    after_s: float = 0,
) -> Behaviour:
    """Answer with `text`, as `model` (the requested one by default)."""

    async def respond(body: dict[str, Any]) -> Response:
        await asyncio.sleep(after_s)
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "finish_reason": finish, "message": message}
        answer = {"id": "1", "object": "chat.completion", "created": 0, "model": model or body["model"]}
        return JSONResponse(answer | {"choices": [choice], "usage": usage or USAGE})

    return respond


def fails(status: int, message: str = "no", code: str | None = None, **headers: str) -> Behaviour:
    """Answer with an HTTP error; `retry_after="2"` becomes the header Retry-After."""

    async def respond(_body: dict[str, Any]) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return JSONResponse({"error": {"message": message, "code": code}}, status, headers=named)

    return respond


def sends(content: bytes, kind: str = "application/json", **headers: str) -> Behaviour:
    """Answer with these bytes, whatever they are."""

    async def respond(_body: dict[str, Any]) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Response(content, media_type=kind, headers=named)

    return respond


class Hangs:
    """Never answer; `reached` is set when a request has come."""

    def __init__(self) -> None:
        self.reached = threading.Event()

    async def __call__(self, _body: dict[str, Any]) -> Response:
        self.reached.set()
        await asyncio.sleep(3600)
        raise AssertionError


class Holds:
    """Behave as `then`, once let go; `reached` is set when so many requests have come."""

    def __init__(self, then: Behaviour, requests: int = 1) -> None:
        self.reached = threading.Event()
        self.let_go = threading.Event()
        self._then = then
        self._missing = requests

    async def __call__(self, body: dict[str, Any]) -> Response:
        self._missing -= 1
        if not self._missing:
            self.reached.set()
        await asyncio.to_thread(self.let_go.wait)
        return await self._then(body)


async def breaks_off(_body: dict[str, Any]) -> Response:
    """Close the connection in the middle of the body."""
    return Response(b'{"id": "1"', headers={"content-length": "1000"}, media_type="application/json")


async def floods(_body: dict[str, Any]) -> Response:
    """Send far more than any answer has."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b" " * 1024 * 1024

    return StreamingResponse(chunks(), media_type="application/json")


async def refuses_schema(body: dict[str, Any]) -> Response:
    """Know nothing of response_format, as some small servers."""
    if "response_format" in body:
        return await fails(400, "unknown field response_format")(body)
    return await says(GOOD)(body)


@dataclass
class Server:
    """What the model server does next, and what it was sent."""

    url: str
    script: dict[str, list[Behaviour]] = field(default_factory=lambda: defaultdict(list))
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def will(self, model: str, *behaviours: Behaviour, always: bool = False) -> None:
        """Let requests for `model` meet these in turn, then good answers; `always` keeps the last one."""
        self.script[model] = [*behaviours, *[behaviours[-1]] * 100 * always]

    def asked(self) -> list[str]:
        """The models that were asked, in order."""
        return [request["model"] for request in self.requests]

    async def respond(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        self.headers.append(dict(request.headers))
        behaviours = self.script[body["model"]]
        return await (behaviours.pop(0) if behaviours else says(GOOD))(body)


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Rig:
    """A gateway to the server, and everything it reports."""

    server: Server
    gateway: Gateway
    clock: Clock
    calls: list[Call]
    changes: list[BreakerChange]

    async def ask(self, tier: str = "qwen3_max", **changes: Any) -> Answer[Note]:
        """Send one request."""
        return await self.gateway.complete(note_request(tier, **changes))

    def outcomes(self) -> list[str]:
        """How every recorded call ended."""
        return [call.outcome.value for call in self.calls]


def note_request(tier: str = "qwen3_max", **changes: Any) -> ModelRequest[Note]:
    """A request for a note."""
    request = ModelRequest(
        run_id="run-1",
        phase="sections",
        purpose="draft",
        subject="s1",
        tier=tier,
        attempt=1,
        prompt=Prompt("section", "v1", "You write notes.", "Write one about tides."),
        schema_name="note",
        answer_type=Note,
        max_output_tokens=500,
    )
    return replace(request, **changes)


@pytest.fixture(scope="session")
def served() -> Iterator[Server]:
    """The running server, shared by all tests."""
    server = Server("")

    async def respond(request: Request) -> Response:
        return await server.respond(request)

    app = Starlette(routes=[Route("/v1/chat/completions", respond, methods=["POST"])])
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", timeout_graceful_shutdown=1)
    process = uvicorn.Server(config)
    thread = threading.Thread(target=process.run, daemon=True)
    thread.start()
    while not process.started:
        time.sleep(0.01)
    port = process.servers[0].sockets[0].getsockname()[1]
    server.url = f"http://127.0.0.1:{port}/v1"
    yield server
    process.should_exit = True
    thread.join()


@pytest.fixture
def server(served: Server) -> Server:
    """The server with a clean script and no memory."""
    served.script.clear()
    served.requests.clear()
    served.headers.clear()
    return served


RigMaker = Callable[..., Rig]


@pytest.fixture
async def make_rig(server: Server) -> AsyncIterator[RigMaker]:
    """Make a gateway; keywords that are not named here change the availability policy."""
    made: list[Gateway] = []

    def make(
        provider: Provider | None = None,
        journal: Journal | None = None,
        *,
        ceiling_usd: float | None = None,
        budget: dict[str, Any] | None = None,
        forked_from: Sequence[str] = (),
        breaker_board: BreakerBoard | None = None,
        **policy: Any,
    ) -> Rig:
        clock, calls, changes = Clock(), list[Call](), list[BreakerChange]()
        settings = default_policy().availability.model_dump() | {"breaker_failures": 10} | policy
        gateway = Gateway(
            provider or replace(openrouter(KEY), base_url=server.url),
            load_tiers(),
            AvailabilityPolicy(**settings),
            budget=BudgetPolicy(**default_policy().budget.model_dump() | (budget or {})),
            ladder=default_policy().ladder.tiers,
            ceiling=lambda: ceiling_usd,
            journal=journal,
            forked_from=forked_from,
            breaker_board=breaker_board,
            on_call=[calls.append],
            on_breaker=[changes.append],
            clock=clock,
            sleep=clock.sleep,
        )
        made.append(gateway)
        return Rig(server, gateway, clock, calls, changes)

    yield make
    for gateway in made:
        await gateway.aclose()


@pytest.fixture
def rig(make_rig: RigMaker) -> Rig:
    """A gateway with the shipped policy, but a patient breaker, so that retries can be seen."""
    return make_rig()
