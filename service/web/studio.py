"""The review page and the dashboard as `http.app` of studio/langgraph.json: the server's own threads."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route

from courseai.ops.watch import close_all
from courseai.service.dashboard.pages import DashboardPages
from courseai.service.monitoring import metrics_of
from courseai.service.studio import server_database, server_watchers
from courseai.service.web.app import review_app
from courseai.service.web.metrics import metrics_route
from courseai.service.web.server_threads import ServerThreads
from courseai.service.web.sign_in import reviewers
from courseai.service.web.unsent import unsent_decisions

METRICS_PATH = "/courseai/metrics"
"""The server has a `/metrics` of its own."""
_REVIEWS_WITHIN_S = 5.0


async def _with_slash(request: Request) -> RedirectResponse:
    """Done by hand: the server's own routes take every address that nobody else wants."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/review/")


_threads = ServerThreads()
_dashboard = DashboardPages(server_database, _threads.state)


@asynccontextmanager
async def _lifespan(_app: Starlette) -> AsyncIterator[None]:
    if _metrics:
        loop = asyncio.get_running_loop()
        # Metrics are read in other threads than the loop's.
        _metrics.observe_reviews(
            lambda: asyncio.run_coroutine_threadsafe(_threads.review_queue(), loop).result(_REVIEWS_WITHIN_S)
        )
    yield
    await asyncio.to_thread(close_all, server_watchers())


_reviewers = reviewers(os.environ)
_metrics = metrics_of(server_watchers())

app = Starlette(
    routes=[
        Route("/review", _with_slash, include_in_schema=False),
        Mount("/review", review_app(_threads, unsent_decisions(os.environ), _dashboard, _reviewers)),
        *([metrics_route(_metrics, _reviewers, METRICS_PATH)] if _metrics else []),
    ],
    lifespan=_lifespan,
)
