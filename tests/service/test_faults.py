"""Whatever goes wrong, a run ends in a clear state, with an exit code and one message; and it goes on."""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send
from typer.testing import Result

from courseai.models.offline import create_app
from courseai.quality.text_defect import text_language
from tests.graph.conftest import changed_policy
from tests.models.conftest import Behaviour, breaks_off, fails, floods, sends
from tests.postgres import PostgresServer

Json = dict[str, Any]
CourseAI = Callable[..., Result]
KEY = "sk-or-v1-canary0123456789abcdef0123456789"
STATUSES = (301, 400, 401, 402, 403, 404, 408, 409, 413, 418, 422, 429, 500, 502, 503, 504, 529)


async def drips(_body: Json) -> Response:
    """Send one byte now and then, for ever (slow-loris)."""

    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.05)

    return StreamingResponse(drops(), media_type="application/json")


async def echoes_the_key(_body: Json) -> Response:
    """Quote in the error what a careless server was sent."""
    return JSONResponse({"error": {"message": f"bad key {KEY}", "code": KEY, "type": KEY}}, 400)


FAULTS: dict[str, Behaviour] = {
    **{f"HTTP {status}": fails(status) for status in STATUSES},
    "slow-loris": drips,
    "reset in mid-body": breaks_off,
    "wrong content type": sends(b"<html>Please sign in</html>", "text/html"),
    "huge body": floods,
    "invalid UTF-8": sends(b'{"choices": "\xff\xfe\xc0"}'),
    "not JSON": sends(b"upstream says no"),
    "empty body": sends(b""),
    "compressed body": sends(b"\x1f\x8b\x08", content_encoding="gzip"),
    "the key in an error": echoes_the_key,
}


@dataclass
class Moody:
    """The offline author behind a socket; in a mood it misbehaves after so many good answers."""

    url: str = ""
    mood: Behaviour | None = None
    patience: int = 0
    answered: list[str] = field(default_factory=list)
    """The requests that got a good answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        body = await Request(scope, receive).body()
        if self.mood and self.patience <= 0:
            response = await self.mood(json.loads(body))
            await response(scope, receive, send)
            return
        self.patience -= 1
        self.answered.append(body.decode())

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await create_app(served=True)(scope, again, send)


@pytest.fixture
def server() -> Iterator[Moody]:
    """A model server of this test's own."""
    moody = Moody()
    config = uvicorn.Config(
        moody, host="127.0.0.1", port=0, lifespan="off", log_level="critical", timeout_graceful_shutdown=1
    )
    process = uvicorn.Server(config)
    thread = threading.Thread(target=process.run, daemon=True)
    thread.start()
    while not process.started:
        time.sleep(0.01)
    moody.url = f"http://127.0.0.1:{process.servers[0].sockets[0].getsockname()[1]}/v1"
    yield moody
    process.should_exit = True
    thread.join()


@pytest.fixture
def impatient(tmp_path: Path) -> Path:
    """A policy that tries each model once and waits for nothing."""
    policy = changed_policy(
        availability={"attempts": 1, "backoff_s": [0.0], "timeout_s": 1.0, "breaker_failures": 1000},
        budget={"ceiling_usd": 50.0},
    )
    path = tmp_path / "policy.json"
    path.write_text(policy.model_dump_json())
    return path


def is_clear(result: Result, code: int) -> None:
    """One message for people, and nothing that only programmers read."""
    assert result.exit_code == code, result.output
    for word in ("Traceback", "Unexpected error", "During task", KEY):
        assert word not in result.output


def test_every_fault_of_a_server_stops_the_run_clearly_and_the_run_goes_on_from_there(
    courseai: CourseAI, server: Moody, impatient: Path, short_file: Path, tmp_path: Path
) -> None:
    env = {"COURSEAI_API_KEY": KEY}
    begin = ["generate", short_file, "--base-url", server.url, "--policy", impatient, "--run-id", "moody"]
    arguments: list[Any] = [*begin, "--out", tmp_path / "out", "-q"]
    for number, (name, mood) in enumerate(FAULTS.items()):
        server.mood, server.patience = mood, number % 9 == 0
        result = courseai(*arguments, **env)
        assert result.exit_code == 4, f"{name}: {result.output}"
        is_clear(result, 4)
        assert result.stderr.count("courseai resume moody") == 1, name
        arguments = ["resume", "moody", "-q"]
    server.mood = None
    is_clear(courseai("resume", "moody", "-q", **env), 0)
    assert len(server.answered) == len(set(server.answered))
    report = json.loads((tmp_path / "out" / "report.json").read_bytes())
    assert report["totals"]["calls"] > len(FAULTS)


def test_an_outage_in_the_middle_of_a_course_stops_it_and_no_course_is_called_finished(
    courseai: CourseAI, server: Moody, impatient: Path, analysis_file: Path, tmp_path: Path
) -> None:
    """Enough lessons are there for a course; the outage lasts over the first resume."""
    server.mood, server.patience = fails(503), 7
    begin = ["generate", analysis_file, "--base-url", server.url, "--policy", impatient, "--run-id", "cut"]
    for arguments in ([*begin, "--out", tmp_path / "out", "-q"], ["resume", "cut", "-q"]):
        stopped = courseai(*arguments)
        is_clear(stopped, 4)
        assert re.search(r"Only 1\d of 18 lessons are written: no model could be reached", stopped.stderr)
        assert "courseai resume cut" in stopped.stderr
        assert not (tmp_path / "out" / "course.json").exists()
    early = courseai("runs", "fork", "cut", "--step", "2", "--as", "twin")
    assert early.exit_code == 0, early.output
    misplaced = courseai("resume", "twin", "--without-missing", "-q")
    is_clear(misplaced, 2)

    without = courseai("resume", "cut", "--without-missing", "-q")
    is_clear(without, 0)
    assert "are missing; flagged: unavailable" in without.output

    server.mood = None
    is_clear(courseai("resume", "twin", "-q"), 0)
    twin = json.loads((tmp_path / "out-twin" / "report.json").read_bytes())
    assert twin["lessons"] == {"planned": 18, "written": 18, "missing": {}}
    assert len(server.answered) == len(set(server.answered))


def test_a_server_that_answers_as_another_model_is_recorded_as_such(
    courseai: CourseAI, server: Moody, impatient: Path, short_file: Path, tmp_path: Path
) -> None:
    app = create_app(served=True)

    async def answers_as_another(body: Json) -> Response:
        sent: list[Message] = []

        async def ask() -> Message:
            return {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}

        async def keep(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": []}
        await app(scope | {"query_string": b""}, ask, keep)
        return JSONResponse(json.loads(sent[-1]["body"]) | {"model": "someone/else"})

    server.mood = answers_as_another
    done = courseai(
        "generate", short_file, "--base-url", server.url, "--policy", impatient, "--out", tmp_path, "-q"
    )
    is_clear(done, 0)
    calls = json.loads((tmp_path / "report.json").read_bytes())["calls"]
    assert {call["model_answered"] for call in calls} == {"someone/else"}


@contextmanager
def full_after(file_bytes: int) -> Iterator[None]:
    """A disk on which no file grows beyond that."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder in which nothing can be written, by root either."""
    if subprocess.run(["mount", "--bind", "-o", "ro", folder, folder], check=False).returncode:
        pytest.skip("only root may mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def can_go_on(result: Result, run_id: str) -> None:
    """It stopped for want of a store, and says how to go on."""
    is_clear(result, 4)
    assert "cannot be" in result.stderr
    assert f"courseai resume {run_id}" in result.stderr


def test_a_disk_that_fills_anywhere_in_a_run_stops_it_clearly_and_with_room_it_goes_on(
    courseai: CourseAI, short_file: Path, tmp_path: Path
) -> None:
    """The largest file is the store's; each time there is room for a little more of it."""
    env = {"COURSEAI_HOME": str(tmp_path / "home")}
    arguments: list[Any] = ["generate", short_file, "--run-id", "full", "--out", tmp_path / "out", "-q"]
    codes = []
    text_language("The first use of the library unpacks its model into a file.", "en")
    for file_bytes in range(1, 2_000_000, 80_000):
        with full_after(file_bytes):
            stopped = courseai(*arguments, **env)
        codes.append(stopped.exit_code)
        if not stopped.exit_code:
            break
        is_clear(stopped, 4)
        if "full" in courseai("runs", **env).output:
            assert "courseai resume full" in stopped.stderr
            arguments = ["resume", "full", "-q"]
    assert codes[0] == 4
    assert codes[-1] == 0
    assert len(codes) > 3


def test_a_disk_that_fills_while_the_course_is_written_stops_the_run_clearly(
    courseai: CourseAI, short_file: Path, tmp_path: Path
) -> None:
    env = {"COURSEAI_HOME": str(tmp_path / "home")}
    begin = ["generate", short_file, "--run-id", "full", "--out", tmp_path / "out", "-q"]
    is_clear(courseai(*begin, **env), 0)
    with full_after(60_000):
        can_go_on(courseai("resume", "full", "-q", **env), "full")
    is_clear(courseai("resume", "full", "-q", **env), 0)


def test_a_store_that_became_read_only_stops_the_run_clearly(
    courseai: CourseAI, server: Moody, impatient: Path, short_file: Path, tmp_path: Path
) -> None:
    env = {"COURSEAI_HOME": str(tmp_path / "home")}
    server.mood = fails(503)
    begin = ["generate", short_file, "--base-url", server.url, "--policy", impatient, "--run-id", "still"]
    is_clear(courseai(*begin, "--out", tmp_path / "out", "-q", **env), 4)
    server.mood = None
    with read_only(tmp_path / "home"):
        is_clear(courseai("resume", "still", "-q", **env), 2)
    is_clear(courseai("resume", "still", "-q", **env), 0)


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc/sys").exists(), reason="needs Linux")
def test_a_folder_that_cannot_be_written_is_refused_before_any_call(
    courseai: CourseAI, short_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    for place in ("/proc/courseai", str(tmp_path / "file")):
        is_clear(courseai("generate", short_file, "--out", tmp_path / "out", COURSEAI_HOME=place), 2)
        is_clear(courseai("generate", short_file, "--out", place), 2)


def test_a_database_that_goes_away_stops_the_run_clearly_and_back_again_it_goes_on(  # noqa: PLR0917
    courseai: CourseAI,
    postgres_server: PostgresServer,
    server: Moody,
    short_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("courseai.store.database.BUSY_S", 0.5)
    monkeypatch.setattr("courseai.store.saver.BUSY_S", 0.5)
    monkeypatch.setattr("courseai.store.run_store.BUSY_S", 2)
    env = {"COURSEAI_DATABASE_URL": postgres_server.new_database()}

    async def takes_the_database_along(_body: Json) -> Response:
        await asyncio.to_thread(postgres_server.stop)
        return JSONResponse({}, 500)

    server.mood, server.patience = takes_the_database_along, 2
    begin = ["generate", short_file, "--base-url", server.url, "--run-id", "gone", "--out", tmp_path, "-q"]
    try:
        gone = courseai(*begin, **env)
        can_go_on(gone, "gone")
        assert "secret" not in gone.output
        still = courseai("resume", "gone", **env)
        is_clear(still, 4)
    finally:
        server.mood = None
        postgres_server.start()
    is_clear(courseai("resume", "gone", "-q", **env), 0)
