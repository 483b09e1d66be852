"""The review page as `http.app` of studio/langgraph.json: the server's own threads, under /review."""

from __future__ import annotations

import os

from starlette.applications import Starlette
from starlette.routing import Mount

from courseai.graph.checkpoints import runs_folder
from courseai.service.web.app import review_app
from courseai.service.web.guard import review_token
from courseai.service.web.server_threads import ServerThreads

app = Starlette(
    routes=[
        Mount(
            "/review",
            review_app(ServerThreads(), runs_folder(os.environ) / "review", review_token(os.environ)),
        )
    ]
)
