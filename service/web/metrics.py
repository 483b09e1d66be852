"""`/metrics`: what Prometheus reads, for this machine alone or for whoever brings the token."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from courseai.ops.metrics import Metrics
from courseai.ops.operation_history import review_queue
from courseai.service.web.guard import LOOPBACK
from courseai.service.web.sign_in import TOKEN_VARIABLE, Reviewers
from courseai.store.database import Database

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


@contextmanager
def reviews_measured(metrics: Metrics, database: Database) -> Iterator[None]:
    """Meanwhile, metrics tell what waits for a person in a store."""
    # Whoever reads metrics waits ten seconds: less than a store is waited for.
    metrics.observe_reviews(partial(database.read_now, review_queue, waits=False))
    try:
        yield
    finally:
        metrics.observe_reviews(None)


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
