"""`courseai serve` as a program: where it listens, whether it is well, and how it ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import Result

from courseai.service.web.listening import listening

CourseAI = Callable[..., Result]


@pytest.fixture
def server(environment: dict[str, str], tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program over an empty store, and the address that it prints."""
    program = [sys.executable, "-u", "-c", "from courseai.service.cli import main; main()"]
    process = subprocess.Popen(
        [*program, "serve", "--port", "0"],
        env=environment | {"COURSEAI_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    yield process, process.stdout.readline().split()[2]
    process.kill()
    process.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 130)])
def test_it_is_healthy_until_a_signal_ends_it_without_noise(
    server: tuple[subprocess.Popen[str], str], number: signal.Signals, code: int
) -> None:
    process, address = server

    assert address.startswith("http://127.0.0.1:")
    assert httpx.get(httpx.URL(address).join("/health")).json() == {"status": "ok"}
    assert (
        "Nothing waits for a decision" in httpx.get(httpx.URL(address).join("/"), follow_redirects=True).text
    )
    process.send_signal(number)

    _, errors = process.communicate(timeout=60)
    assert process.returncode == code
    assert errors == ""


def test_who_comes_before_the_server_has_started_waits_for_it() -> None:
    with listening("127.0.0.1", 0, "--port") as listener:
        socket.create_connection(listener.getsockname(), timeout=5).close()


def test_others_are_let_in_only_with_a_token(courseai: CourseAI) -> None:
    refused = courseai("serve", "--host", "0.0.0.0")

    assert refused.exit_code == 2
    assert "COURSEAI_REVIEW_TOKEN" in refused.stderr


def test_a_port_that_is_taken_is_said_to_be(courseai: CourseAI) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = courseai("serve", "--port", taken.getsockname()[1])

    assert refused.exit_code == 2
    assert "--port" in refused.stderr
