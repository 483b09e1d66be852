"""Debian's Prometheus: its tool, and its server over a folder of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.collectors import closed_port, wait_until


def program(name: str) -> str:
    """Where it is; the test is skipped where it is not."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"There is no {name}: apt-get install prometheus")
    return found


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run it, and return what it said."""
    command = [program("promtool"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@dataclass(frozen=True)
class Prometheus:
    """A server that runs."""

    url: str

    def now(self, query: str) -> list[Any]:
        """The series of an instant query; fails where it is in error."""
        return self._ask("query", {"query": query})

    def between(self, query: str, start: float, end: float, step_s: int) -> list[Any]:
        """The series of a range query, in seconds since 1970."""
        return self._ask("query_range", {"query": query, "start": start, "end": end, "step": step_s})

    def has_read(self) -> bool:
        """Whether it is ready (it answers 503 until it has opened its data) and has read its target."""
        try:
            return httpx.get(f"{self.url}/-/ready").is_success and bool(self.now("up == 1"))
        except httpx.TransportError:
            return False

    def evaluated_at(self) -> datetime:
        """When it last began to evaluate its rules."""
        (group,) = httpx.get(f"{self.url}/api/v1/rules").json()["data"]["groups"]
        return datetime.fromisoformat(group["lastEvaluation"])

    def _ask(self, kind: str, parameters: dict[str, Any]) -> list[Any]:
        answer = httpx.get(f"{self.url}/api/v1/{kind}", params=parameters, timeout=30).json()
        assert answer["status"] == "success", f"{answer.get('error')} in {parameters['query']}"
        result: list[Any] = answer["data"]["result"]
        return result


@contextmanager
def prometheus(folder: Path, target: str, rules: Path, history: str = "") -> Iterator[Prometheus]:
    """The server, over a folder of its own, once it has read a target (HOST:PORT) and evaluated the rules.

    `history` is what it knows from before, in OpenMetrics' format.
    """
    command = program("prometheus")
    data, settings = folder / "data", folder / "prometheus.yml"
    settings.write_text(
        "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
        f"rule_files: [{rules}]\n"
        f"scrape_configs: [{{job_name: courseai, static_configs: [{{targets: ['{target}']}}]}}]\n"
    )
    if history:
        (folder / "history.txt").write_text(history)
        written = promtool("tsdb", "create-blocks-from", "openmetrics", folder / "history.txt", data)
        assert written.returncode == 0, written.stderr
    url = closed_port()
    with (folder / "prometheus.log").open("w") as log:
        process = subprocess.Popen(
            [
                command,
                f"--config.file={settings}",
                f"--storage.tsdb.path={data}",
                f"--web.listen-address={url.removeprefix('http://')}",
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        server = Prometheus(url)
        wait_until(server.has_read, 60)
        read_at = datetime.now(UTC)
        wait_until(lambda: server.evaluated_at() > read_at, 60)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)
