"""`courseai serve`: the review page over the store of runs, until it is interrupted."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from courseai.course.errors import CourseAIError
from courseai.ops.watch import Watcher
from courseai.service.dashboard.pages import DashboardPages
from courseai.service.interruption import grace_s
from courseai.service.monitoring import metrics_of, reviews_observed
from courseai.service.queue.answer import queue_if_any
from courseai.service.web.app import review_app
from courseai.service.web.desk import RunDesk
from courseai.service.web.listening import address, listening, reviewers_for
from courseai.service.web.metrics import metrics_route
from courseai.service.web.sign_in import Reviewers
from courseai.service.web.stored_runs import StoredRuns
from courseai.service.web.unsent import unsent_decisions
from courseai.store.run_store import open_run_store

PREFIX = "/review"
_STREAM_END_S = 5
"""Seconds that pages which listen get to hear that the server stops."""


async def serve(host: str, port: int, say: Callable[[str], None], watchers: Sequence[Watcher] = ()) -> None:
    """Serve until SIGINT or SIGTERM; runs under way then end at their next step and can be resumed.

    Raises `SettingsError` for an address that cannot be used, or one that others can reach without a token.
    """
    reviewers = reviewers_for(host, os.environ)
    grace = grace_s(os.environ)
    async with open_run_store() as store, queue_if_any(store) as queue:
        desk = StoredRuns(store, grace, watchers, queue)
        app = _application(desk, reviewers, watchers)
        with listening(host, port, "--port") as listener:
            say(f"Review at {address(host, listener)}{PREFIX}/ (Ctrl-C ends it)")
            config = uvicorn.Config(
                app, log_level="warning", server_header=False, timeout_graceful_shutdown=_STREAM_END_S
            )
            await _Server(config, desk).serve(sockets=[listener])


def _application(desk: StoredRuns, reviewers: Reviewers | None, watchers: Sequence[Watcher]) -> Starlette:
    metrics = metrics_of(watchers)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        with reviews_observed(watchers, await desk.database()):
            yield
        await desk.aclose()

    async def home(_request: Request) -> Response:
        return RedirectResponse(f"{PREFIX}/")

    async def health(_request: Request) -> Response:
        """Whether the store of runs answers."""
        try:
            await desk.check()
        except CourseAIError as error:
            return JSONResponse({"status": "unavailable", "problem": str(error)}, 503)
        return JSONResponse({"status": "ok"})

    dashboard = DashboardPages(desk.database, desk.state)
    review = review_app(desk, unsent_decisions(os.environ), dashboard, reviewers)
    routes = [Route("/", home), Route("/health", health), Mount(PREFIX, review)]
    if metrics:
        routes.append(metrics_route(metrics, reviewers))
    return Starlette(routes=routes, lifespan=lifespan)


class _Server(uvicorn.Server):
    """Tells runs and pages at the first signal that the server stops; it waits for both."""

    def __init__(self, config: uvicorn.Config, desk: RunDesk) -> None:
        super().__init__(config)
        self._desk = desk

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """See `uvicorn.Server`."""
        self._desk.request_stop()
        super().handle_exit(sig, frame)
