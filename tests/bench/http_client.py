"""Which HTTP client should stand under ChatOpenAI: httpx, or openai's own on aiohttp?

    python tests/bench/http_client.py --calls 1000 --in-flight 32 1000 --latency-s 0 1

Sends the calls from one process to a stand-in that answers after the latency, in another process. Prints,
for each client, calls a second and CPU milliseconds a call, and both as ratios to httpx.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2
import openai
import uvicorn
from langchain_openai import ChatOpenAI
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

COMPLETION = {
    "id": "1",
    "object": "chat.completion",
    "created": 0,
    "model": "stand-in",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "word " * 2000}}
    ],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 2000, "total_tokens": 3000},
}


@dataclass(frozen=True)
class Result:
    """Figures of one client at one latency."""

    calls_per_s: float
    cpu_ms_per_call: float


def stand_in(latency_s: float) -> Starlette:
    async def complete(request: Request) -> JSONResponse:
        await request.body()
        await asyncio.sleep(latency_s)
        return JSONResponse(COMPLETION)

    return Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"])])


@contextmanager
def served(latency_s: float) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, __file__, "--serve", str(port), "--latency-s", str(latency_s)]
    with subprocess.Popen(command) as process:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the stand-in did not start")


def httpx_client(connections: int) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(limits=_limits(connections))


def aiohttp_client(connections: int) -> httpx2.AsyncClient:
    return openai.DefaultAioHttpClient(limits=_limits(connections))


def _limits(connections: int) -> httpx2.Limits:
    return httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)


CLIENTS: dict[str, Callable[[int], httpx2.AsyncClient]] = {"httpx": httpx_client, "aiohttp": aiohttp_client}


async def measure(client: httpx2.AsyncClient, url: str, calls: int, in_flight: int) -> Result:
    model = ChatOpenAI(
        model="stand-in",
        base_url=url,
        api_key=SecretStr("none"),
        timeout=300,
        max_retries=0,
        http_async_client=client,
        cache=False,
        disable_streaming=True,
    )
    slots = asyncio.Semaphore(in_flight)
    await call(model, slots)
    started, started_cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(call(model, slots) for _ in range(calls)))
    seconds, cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    await client.aclose()
    return Result(calls / seconds, 1000 * cpu_s / calls)


async def call(model: ChatOpenAI, slots: asyncio.Semaphore) -> None:
    async with slots:
        await model.ainvoke("Write a section. " * 100)


def compare(calls: int, in_flight: int, latency_s: float, repeats: int) -> None:
    best: dict[str, Result] = {}
    with served(latency_s) as url:
        for _ in range(repeats):
            for name, client in CLIENTS.items():
                result = asyncio.run(measure(client(in_flight), url, calls, in_flight))
                if name not in best or result.cpu_ms_per_call < best[name].cpu_ms_per_call:
                    best[name] = result
    base = best["httpx"]
    _show(f"\n{calls} calls of {latency_s:g} s, {in_flight} in flight")
    _show(f"{'client':8} {'calls/s':>9} {'ratio':>6} {'CPU ms/call':>12} {'ratio':>6}")
    for name, result in best.items():
        speed, cpu = result.calls_per_s / base.calls_per_s, result.cpu_ms_per_call / base.cpu_ms_per_call
        _show(f"{name:8} {result.calls_per_s:9.0f} {speed:6.2f} {result.cpu_ms_per_call:12.2f} {cpu:6.2f}")


def _show(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--in-flight", type=int, nargs="+", default=[1000])
    parser.add_argument("--latency-s", type=float, nargs="+", default=[0.0, 1.0])
    parser.add_argument("--repeats", type=int, default=3, help="the best of so many runs counts")
    parser.add_argument("--serve", type=int, metavar="PORT", help="be the stand-in")
    options = parser.parse_args()
    if options.serve:
        uvicorn.run(
            stand_in(options.latency_s[0]),
            port=options.serve,
            log_level="warning",
            backlog=4096,
            timeout_keep_alive=300,
        )
        return
    for in_flight, latency_s in itertools.product(options.in_flight, options.latency_s):
        compare(options.calls, in_flight, latency_s, options.repeats)


if __name__ == "__main__":
    main()
