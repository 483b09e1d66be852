"""Probes of a worker for an orchestrator, beside its metrics: /healthz and /readyz."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from courseai.service.queue.worker import Vitals


def health_routes(vitals: Vitals) -> list[Route]:
    """/healthz: whether its event loop turns. /readyz: whether it takes courses from the queue.

    Both say 200 or 503 and nothing about courses, to everybody who can reach the port.
    """
    return [
        Route("/healthz", _probe(lambda: vitals.is_alive), methods=["GET"], include_in_schema=False),
        Route("/readyz", _probe(lambda: vitals.is_ready), methods=["GET"], include_in_schema=False),
    ]


def _probe(is_well: Callable[[], bool]) -> Callable[[Request], Response]:
    def show(_request: Request) -> Response:
        well = is_well()
        return JSONResponse({"status": "ok" if well else "unavailable"}, 200 if well else 503)

    return show
