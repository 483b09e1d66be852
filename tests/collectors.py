"""Servers of this machine that take telemetry in and can be in a mood: LangSmith, and an OTLP collector."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid4, uuid5

import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1 import trace_pb2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

Json = dict[str, Any]
Mood = Literal["well", "hangs", "fails"]
PROJECT = str(uuid5(NAMESPACE_URL, "default"))
NOW = "2026-11-26T00:00:00"
INFO = {
    "version": "0.12.0",
    "instance_flags": {"zstd_compression_enabled": True, "dataset_examples_multipart_enabled": True},
    "batch_ingest_config": {
        "use_multipart_endpoint": True,
        "size_limit": 100,
        "size_limit_bytes": 20_971_520,
        "scale_up_qsize_trigger": 1000,
        "scale_up_nthreads_limit": 16,
        "scale_down_nempty_trigger": 4,
    },
}


@contextmanager
def listening(app: ASGIApp) -> Iterator[str]:
    """Serve an app on this machine in a thread; gives its URL."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, lifespan="off", log_level="critical", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join()


def closed_port() -> str:
    """A URL of this machine where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@dataclass
class Collector:
    """Takes requests in, unless it is in a mood."""

    mood: Mood = "well"
    received: bytes = b""
    """All bodies, decompressed: what an attacker at the other end would search."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        if self.mood == "hangs":
            await asyncio.sleep(3600)
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.received += body
        failed = JSONResponse({"detail": "out of order"}, 500)
        response = failed if self.mood == "fails" else await self.answer(request, body)
        await response(scope, receive, send)

    async def answer(self, request: Request, body: bytes) -> Response:
        """What it says when it is well."""
        raise NotImplementedError


@dataclass
class LangSmith(Collector):
    """As much of LangSmith's API as takes in traces and feedback."""

    runs: dict[str, Json] = field(default_factory=dict)
    """By id, as posted and then patched."""
    feedback: list[Json] = field(default_factory=list)

    async def answer(self, request: Request, body: bytes) -> Response:
        """See `Collector`."""
        path = request.url.path
        if path == "/info":
            return JSONResponse(INFO)
        if path == "/sessions":
            project = {
                "id": PROJECT,
                "tenant_id": PROJECT,
                "name": request.query_params.get("name", "default"),
            }
            return JSONResponse([project | {"reference_dataset_id": None, "start_time": NOW}])
        if path == "/feedback":
            self.feedback.append(json.loads(body))
        if path == "/runs/multipart":
            await self._take(request)
        return JSONResponse({})

    async def _take(self, request: Request) -> None:
        async with request.form(max_files=10_000, max_fields=10_000, max_part_size=2**26) as form:
            for name, part in form.multi_items():
                value = json.loads(part if isinstance(part, str) else await part.read())
                kind, run_id, *rest = name.split(".")
                if kind == "feedback":
                    self.feedback.append(value)
                elif rest:
                    self.runs.setdefault(run_id, {})[rest[0]] = value
                else:
                    known = {key: item for key, item in value.items() if item is not None}
                    self.runs.setdefault(run_id, {}).update(known)

    def named(self, name: str) -> list[Json]:
        """Runs of a name, in the order in which they began."""
        return sorted(
            (run for run in self.runs.values() if run["name"] == name), key=lambda run: run["start_time"]
        )

    def parents(self, run: Json) -> list[str]:
        """Names from the root down to a run's parent."""
        parent = self.runs.get(run.get("parent_run_id") or "")
        return [*self.parents(parent), parent["name"]] if parent else []


@dataclass
class LangSmithDatasets(LangSmith):
    """Takes in data sets and experiments too."""

    datasets: dict[str, Json] = field(default_factory=dict)
    """By name."""
    examples: dict[str, Json] = field(default_factory=dict)
    """By id."""
    experiments: dict[str, Json] = field(default_factory=dict)
    """By id."""

    async def answer(self, request: Request, body: bytes) -> Response:
        """See `Collector`."""
        path = request.url.path
        match request.method, path.split("/")[1]:
            case "GET", "datasets":
                known = self.datasets.get(request.query_params["name"])
                return JSONResponse([known] if known else [])
            case "POST", "datasets":
                given = json.loads(body)
                dataset = {"id": str(uuid4()), "created_at": NOW, "name": given["name"], "tenant_id": PROJECT}
                self.datasets[given["name"]] = dataset
                return JSONResponse(dataset)
            case "GET", "examples":
                return JSONResponse(list(self.examples.values())[int(request.query_params["offset"]) :])
            case "POST", "v1":
                return await self._take_examples(request, path.split("/")[-2])
            case "POST" | "PATCH", "sessions":
                given = {key: item for key, item in json.loads(body).items() if item is not None}
                known = self.experiments.setdefault(given.get("id") or path.split("/")[-1], {})
                known |= {"start_time": NOW, "tenant_id": PROJECT} | given
                return JSONResponse({"id": path.split("/")[-1]} | known)
        return await super().answer(request, body)

    async def _take_examples(self, request: Request, dataset_id: str) -> Response:
        async with request.form(max_part_size=2**26) as form:
            for name, part in form.multi_items():
                value = json.loads(part if isinstance(part, str) else await part.read())
                example_id, _, key = name.partition(".")
                known = self.examples.setdefault(example_id, {"id": example_id, "dataset_id": dataset_id})
                known |= {key: value} if key else {"created_at": NOW} | value
        return JSONResponse({"example_ids": list(self.examples), "count": len(self.examples)})


@dataclass(frozen=True)
class ReceivedSpan:
    """A span as a collector has it."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: int
    seconds: float
    attributes: Json
    events: list[tuple[str, Json]]
    links: list[tuple[str, str]]
    status: int
    message: str
    service: str


@dataclass
class OtlpCollector(Collector):
    """Decodes OTLP's protobuf over HTTP."""

    spans: list[ReceivedSpan] = field(default_factory=list)

    async def answer(self, request: Request, body: bytes) -> Response:
        """See `Collector`."""
        assert request.url.path == "/v1/traces"
        assert request.headers["content-type"] == "application/x-protobuf"
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = _plain(resource.resource.attributes)["service.name"]
            for scope in resource.scope_spans:
                self.spans += [_received(span, service) for span in scope.spans]
        answer = ExportTraceServiceResponse().SerializeToString()
        return Response(answer, media_type="application/x-protobuf")

    def named(self, name: str) -> list[ReceivedSpan]:
        """Spans of a name."""
        return [span for span in self.spans if span.name == name]

    def parents(self, span: ReceivedSpan) -> list[str]:
        """Names from the root down to a span's parent."""
        parent = next((each for each in self.spans if each.span_id == span.parent_id), None)
        return [*self.parents(parent), parent.name] if parent else []


def _received(span: trace_pb2.Span, service: str) -> ReceivedSpan:
    return ReceivedSpan(
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.kind,
        (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
        _plain(span.attributes),
        [(event.name, _plain(event.attributes)) for event in span.events],
        [(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
        span.status.code,
        span.status.message,
        service,
    )


def _plain(attributes: Any) -> Json:
    return {each.key: _value(each.value) for each in attributes}


def _value(value: AnyValue) -> Any:
    return getattr(value, str(value.WhichOneof("value")))


def wait_until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    """Until threads elsewhere have done their work; fails when they do not."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)
