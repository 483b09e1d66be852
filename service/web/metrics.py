"""`/metrics`: what Prometheus reads, for this machine alone or for whoever brings the token."""

from __future__ import annotations

import asyncio
import hmac

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from courseai.ops.metrics import Metrics
from courseai.service.web.guard import LOOPBACK, TOKEN_VARIABLE

PATH = "/metrics"


def metrics_route(metrics: Metrics, token: str | None, path: str = PATH) -> Route:
    """With a `token` it has to be in the Authorization header, as `Bearer TOKEN`; see docs/monitoring.md."""

    async def show(request: Request) -> Response:
        if refusal := _refusal(request, token):
            return refusal
        accept = request.headers.get("accept", "")
        body, content_type = await asyncio.to_thread(metrics.exposition, accept)
        return Response(body, media_type=content_type, headers={"Cache-Control": "no-store"})

    return Route(path, show, methods=["GET"], include_in_schema=False)


def _refusal(request: Request, token: str | None) -> Response | None:
    if token is None:
        if request.url.hostname in LOOPBACK:
            return None
        return PlainTextResponse(
            f"Metrics are for this machine only. To open them to others, set {TOKEN_VARIABLE}.\n", 421
        )
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()):
        return None
    return PlainTextResponse(
        f"Send the header `Authorization: Bearer TOKEN` with the token of {TOKEN_VARIABLE}.\n",
        401,
        headers={"WWW-Authenticate": "Bearer"},
    )
