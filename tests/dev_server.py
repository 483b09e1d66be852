"""The real development server, started as a person starts it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from courseai.course.errors import WeightsUnavailableError
from courseai.quality.weights import locate_weights

CONFIG = Path(__file__).parents[1] / "studio" / "langgraph.json"
_START_S = 90


class DevServer:
    """`langgraph dev` in a folder that is not the repository. By default it forbids blocking calls."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{_free_port()}"

    @property
    def log(self) -> str:
        """Everything it has printed."""
        return (self._folder / "server.log").read_text("utf-8", "replace")

    def start(self) -> None:
        """Return once it answers."""
        port = self.url.rpartition(":")[2]
        program = Path(sys.executable).with_name("langgraph")
        command = [
            str(program),
            "dev",
            "--config",
            str(CONFIG),
            "--no-browser",
            "--no-reload",
            "--port",
            port,
        ]
        home = {"COURSEAI_HOME": str(self._folder / "home"), "LANGGRAPH_CLI_NO_ANALYTICS": "1"}
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self._folder, env=os.environ | home, stdout=log, stderr=subprocess.STDOUT
            )
        self._wait()

    def stop(self) -> None:
        """End it as Ctrl-C does, so that it writes down its threads."""
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None

    def _wait(self) -> None:
        assert self._process
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/ok", timeout=5).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(f"The server did not start:\n{self.log}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """One server for all tests that need one: it takes seconds to start."""
    try:
        locate_weights()
    except WeightsUnavailableError as missing:
        pytest.skip(str(missing))
    running = DevServer(tmp_path_factory.mktemp("studio"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
async def client(server: DevServer) -> AsyncIterator[LangGraphClient]:
    """What Studio and embedding programs talk to the server with."""
    async with get_client(url=server.url) as client:
        yield client
