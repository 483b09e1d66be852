"""`/metrics`: what Prometheus reads, for this machine alone or for whoever brings the token."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from courseai.ops.metrics.metrics import Metrics
from courseai.service.web.guard import LOOPBACK
from courseai.service.web.sign_in import TOKEN_VARIABLE, Reviewers

PATH = "/metrics"


def metrics_route(metrics: Metrics, reviewers: Reviewers | None, path: str = PATH) -> Route:
    """A token of one of the `reviewers` has to be in the Authorization header; see docs/monitoring.md."""

    async def show(request: Request) -> Response:
        if refusal := _refusal(request, reviewers):
            return refusal
        accept = request.headers.get("accept", "")
        body, content_type = await asyncio.to_thread(metrics.exposition, accept)
        return Response(body, media_type=content_type, headers={"Cache-Control": "no-store"})

    return Route(path, show, methods=["GET"], include_in_schema=False)


def _refusal(request: Request, reviewers: Reviewers | None) -> Response | None:
    if reviewers is None:
        if request.url.hostname in LOOPBACK:
            return None
        return PlainTextResponse(
            f"Metrics are for this machine only. To open them to others, set {TOKEN_VARIABLE}.\n", 421
        )
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and reviewers.knows(given.strip()):
        return None
    return PlainTextResponse(
        f"Send the header `Authorization: Bearer TOKEN` with a token of {TOKEN_VARIABLE}.\n",
        401,
        headers={"WWW-Authenticate": "Bearer"},
    )
