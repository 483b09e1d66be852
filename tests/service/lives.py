"""Runs that are killed and resumed: each life of a run is a process, forked with everything loaded.

The model server is a process as well. It answers from the request's body alone, so that a course does not
depend on how often it was killed, and it notes each answer before it sends it: what it has noted was paid.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import multiprocessing
import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import uvicorn
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from courseai.models.offline import OfflineSettings, create_app
from courseai.models.tiers import load_tiers

PROCESSES = multiprocessing.get_context("forkserver")
PRELOADED = [
    "tests.service.lives",
    "courseai.service.cli",
    "courseai.service.course_run",
    "courseai.models.client",
    "langchain_openai",
]
FAULTS = {"*": {"off_topic_share": 0.15, "broken_json_share": 0.05}}
"""So that sections are retried and climb."""

TIERS = {tier.model: tier for tier in load_tiers().tiers}


class CountedAuthor:
    """The offline author; the same request always gets the same answer, after the same time."""

    def __init__(self, log: Path, slowest_s: float, arrivals: Path | None = None) -> None:
        self._log = log
        self._slowest_s = slowest_s
        self._arrivals = arrivals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body = await Request(scope, receive).body()
        if self._arrivals:
            with self._arrivals.open("a") as log:
                log.write(f"{time.time()!r}\n")
        await asyncio.sleep(self._slowest_s * hashlib.sha256(body).digest()[0] / 255)

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.body" and message.get("body"):
                self._note(message["body"])
            await send(message)

        settings = OfflineSettings.model_validate({"models": FAULTS})
        await create_app(settings, served=True)(scope, again, noted)

    def _note(self, answer: bytes) -> None:
        told = json.loads(answer)
        usage, tier = told["usage"], TIERS[told["model"]]
        bill = tier.price_usd(usage["prompt_tokens"], usage["completion_tokens"])
        with self._log.open("a") as log:
            log.write(f"{fingerprint(told['choices'][0]['message']['content'])} {bill!r}\n")


def fingerprint(text: str) -> str:
    """What an answer is known by on both sides."""
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def counted_author(log: Path, slowest_s: float = 0.1, arrivals: Path | None = None) -> Iterator[str]:
    """Serve it; gives the base URL.

    `log` gets a line for every answer: its fingerprint and price, USD. `arrivals` gets one for every request:
    when it came, in seconds of the epoch.
    """
    log.touch()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        process = PROCESSES.Process(target=_serve, args=(listener, log, slowest_s, arrivals), daemon=True)
        process.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        finally:
            process.kill()
            process.join()


def _serve(listener: socket.socket, log: Path, slowest_s: float, arrivals: Path | None) -> None:
    app = CountedAuthor(log, slowest_s, arrivals)
    uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False)).run(sockets=[listener])


def begin_life(arguments: Sequence[str], environment: Mapping[str, str], said: Path) -> BaseProcess:
    """Run `courseai` with these arguments in a process of its own; what it says goes to a file.

    `environment` is added to this process's, as it is now.
    """
    process = PROCESSES.Process(target=live, args=(list(arguments), os.environ | environment, said))
    process.start()
    return process


def live(arguments: list[str], environment: dict[str, str], said: Path) -> None:
    """Run `courseai` in this process, which is for nothing else, with this environment and no other."""
    os.environ.clear()  # It is that of whoever started the fork server, perhaps another test's.
    os.environ.update(environment)
    handle = os.open(said, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    sys.argv = ["courseai", *arguments]
    from courseai.service.cli import main

    main()


def ended_within(process: BaseProcess, seconds: float) -> bool:
    """Whether it ended by itself in that time; if not, it is killed with SIGKILL."""
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
        return False
    return True


def lived_s(process: BaseProcess, limit_s: float = 300) -> float:
    """Seconds until it ended by itself."""
    started = time.monotonic()
    process.join(limit_s)
    return time.monotonic() - started
