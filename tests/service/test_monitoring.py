"""Metrics of the command line: at a port while it works, and sent by OTLP."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from courseai.course.errors import SettingsError
from courseai.ops.metrics.metrics import Metrics
from courseai.service.monitoring import metrics_of, watchers_from_environment
from courseai.service.workbench import open_workbench
from tests.graph.conftest import shortened
from tests.ops.planted_courses import plant_all
from tests.ops.planting import Planted, days_before
from tests.ops.test_metrics import value

Json = dict[str, Any]


class Collector:
    """An OTLP collector that keeps the metrics that it is sent, and takes spans too."""

    def __init__(self) -> None:
        self.requests: list[ExportMetricsServiceRequest] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                assert self.headers["content-type"] == "application/x-protobuf"
                if self.path == "/v1/metrics":
                    collector.requests.append(ExportMetricsServiceRequest.FromString(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def metrics(self) -> dict[str, Any]:
        """The last of each name."""
        return {
            metric.name: metric
            for request in self.requests
            for resource in request.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


@pytest.fixture
def collector() -> Iterator[Collector]:
    running = Collector()
    yield running
    running.close()


@pytest.fixture
def command(analysis_file: Path, tmp_path: Path) -> list[str]:
    """Makes the small course."""
    document = tmp_path / "analysis.json"
    document.write_text(json.dumps(shortened(json.loads(analysis_file.read_bytes()))))
    program = [sys.executable, "-u", "-c", "from courseai.service.cli import main; main()"]
    return [*program, "generate", str(document), "--out", str(tmp_path / "out"), "--quiet"]


def test_a_course_is_sent_to_a_collector_before_the_command_ends(
    command: list[str], environment: dict[str, str], collector: Collector
) -> None:
    env = environment | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)

    assert done.stderr == ""
    (course,) = collector.metrics["courseai.courses"].sum.data_points
    assert (course.as_double or course.as_int) == 1
    assert collector.metrics["gen_ai.client.token.usage"].histogram.data_points
    attributes = collector.requests[-1].resource_metrics[0].resource.attributes
    assert {a.key: a.value.string_value for a in attributes}["service.name"] == "courseai"


def test_a_collector_that_is_away_fails_nothing_and_is_spoken_of_once_a_signal(
    command: list[str], environment: dict[str, str]
) -> None:
    env = environment | {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    said = sorted(done.stderr.splitlines())
    assert [line.split(" (")[0] for line in said] == [
        "The OTLP endpoint does not take metrics",
        "The OTLP endpoint does not take spans",
    ]
    assert all("Connection refused" in line for line in said)


def test_metrics_can_be_read_at_a_port_while_a_course_is_made(
    command: list[str], environment: dict[str, str]
) -> None:
    process = subprocess.Popen(
        [*command, "--metrics-port", "0"], env=environment, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    url = process.stderr.readline().split()[2]
    seen = ""
    while process.poll() is None and "courseai_node_duration_seconds" not in seen:
        try:
            seen = httpx.get(url, timeout=5).text
        except httpx.TransportError:
            time.sleep(0.05)
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert 'courseai_node="validation"' in seen


async def test_runs_that_wait_are_told_while_a_store_is_open_and_by_the_first_who_opened_it(
    tmp_path: Path,
) -> None:
    metrics = Metrics()
    async with open_workbench(tmp_path, watchers=[metrics]) as bench:
        run = Planted("r", days_before(1), status="waiting_for_review", items_waiting=3)
        await plant_all(bench.store, [run])
        async with open_workbench(tmp_path / "another", watchers=[metrics]):
            assert value(metrics, "courseai_review_waiting") == 1
        assert (value(metrics, "courseai_review_oldest_seconds") or 0) > 86_400
    assert value(metrics, "courseai_review_waiting") is None


def test_nothing_is_measured_that_nobody_asked_for() -> None:
    assert watchers_from_environment({}) == []
    off = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector", "OTEL_SDK_DISABLED": "true"}
    assert watchers_from_environment(off) == []
    off = {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://collector", "OTEL_METRICS_EXPORTER": "none"}
    assert watchers_from_environment(off) == []
    (metrics,) = watchers_from_environment({}, exposes_metrics=True)
    assert metrics_of([metrics]) is metrics
    assert isinstance(metrics, Metrics)


def test_a_protocol_that_is_not_spoken_is_refused_with_the_remedy() -> None:
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    with pytest.raises(SettingsError, match="http/protobuf"):
        watchers_from_environment(env)
