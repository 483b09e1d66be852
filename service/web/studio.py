"""The review page as `http.app` of studio/langgraph.json: the server's own threads, under /review."""

from __future__ import annotations

import os

from starlette.applications import Starlette
from starlette.routing import Mount

from courseai.service.web.app import review_app
from courseai.service.web.guard import review_token
from courseai.service.web.server_threads import ServerThreads
from courseai.service.web.unsent import unsent_decisions

app = Starlette(
    routes=[
        Mount("/review", review_app(ServerThreads(), unsent_decisions(os.environ), review_token(os.environ)))
    ]
)
