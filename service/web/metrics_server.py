"""Metrics of a process that serves nothing else, such as `courseai generate`: a small server in a thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from courseai.ops.metrics.metrics import Metrics
from courseai.service.web.listening import address, listening, reviewers_for
from courseai.service.web.metrics import PATH, metrics_route

HOST_VARIABLE = "OTEL_EXPORTER_PROMETHEUS_HOST"
"""OpenTelemetry's name for the address that a Prometheus endpoint listens on; this machine's by default."""


@contextmanager
def metrics_served(
    metrics: Metrics, port: int, say: Callable[[str], None], routes: Sequence[Route] = ()
) -> Iterator[None]:
    """Serve them meanwhile, and `routes` beside them. Raises `SettingsError` as `courseai serve` does."""
    host = os.environ.get(HOST_VARIABLE, "").strip() or "127.0.0.1"
    reviewers = reviewers_for(host, os.environ)
    with listening(host, port, "--metrics-port") as listener:
        app = Starlette(routes=[metrics_route(metrics, reviewers), *routes])
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", server_header=False))
        thread = threading.Thread(target=server.run, args=([listener],), name="metrics", daemon=True)
        thread.start()
        say(f"Metrics at {address(host, listener)}{PATH}")
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()
