"""The review page and the dashboard as one application, for our own server and for mounting in another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from courseai.course.errors import CourseAIError, RunInUseError, RunNotFoundError
from courseai.service.dashboard.pages import DashboardPages
from courseai.service.web.desk import RunDesk
from courseai.service.web.guard import SESSION_COOKIE, SIGN_IN, Guard, read_checked_form
from courseai.service.web.pages import ReviewPages, page, set_cookie
from courseai.service.web.sign_in import Reviewers
from courseai.service.web.template import load_templates, static_file
from courseai.service.web.unsent import UnsentDecisions

_CSS, _JS = "text/css; charset=utf-8", "text/javascript; charset=utf-8"
_MEDIA_TYPES = {
    "review.css": _CSS,
    "review.js": _JS,
    "dashboard.css": _CSS,
    "dashboard.js": _JS,
    "chart.umd.min.js": _JS,
}


def review_app(
    desk: RunDesk, unsent: UnsentDecisions, dashboard: DashboardPages, reviewers: Reviewers | None = None
) -> Starlette:
    """The review pages over a desk, and the dashboard.

    `reviewers` have to sign in; without them only this machine is answered (guard.py).
    """
    load_templates()
    pages = ReviewPages(desk, unsent)
    run, item = "/runs/{run_id}", "/runs/{run_id}/items/{item_id}"
    return Starlette(
        routes=[
            _page("/", pages.runs),
            _page(run, pages.run),
            _page(f"{run}/approve", pages.approve, "POST"),
            _page(f"{run}/send", pages.send, "POST"),
            _page(f"{run}/resume", pages.resume, "POST"),
            _page(f"{run}/events", pages.events),
            _page(f"{run}/course.html", pages.course),
            _page(item, pages.item),
            _page(item, pages.decide, "POST"),
            _page(f"{item}/edit", pages.edit),
            _page(f"{item}/edit", pages.keep_edit, "POST"),
            _page("/dashboard", dashboard.overview),
            _page("/dashboard/runs", dashboard.runs),
            _page("/dashboard/runs/{run_id}", dashboard.run),
            _page("/dashboard/runs/{run_id}/sections/{section_id}", dashboard.section),
            _page("/dashboard/calls/{call_id}", dashboard.call),
            _page("/static/{name}", _static),
            *([_sign_in_route(reviewers)] if reviewers else []),
        ],
        middleware=[Middleware(Guard, reviewers=reviewers)],
        exception_handlers={HTTPException: _refused, CourseAIError: _failed},
    )


def _page(path: str, show: Callable[[Request], Awaitable[Response]], *methods: str) -> Route:
    """A page. It is for people: a LangGraph server, which describes routes to programs, passes over it."""
    return Route(path, show, methods=methods or ["GET"], include_in_schema=False)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _MEDIA_TYPES:
        raise HTTPException(404)
    return Response(static_file(name), media_type=_MEDIA_TYPES[name], headers={"Cache-Control": "no-cache"})


def _sign_in_route(reviewers: Reviewers) -> Route:
    async def sign_in(request: Request) -> Response:
        shown: dict[str, Any] = {"asks_for_name": reviewers.share_a_token}
        if request.method == "GET":
            return page(request, "sign_in.html.j2", **shown)
        form = await read_checked_form(request)
        name = form.get("by", "")
        try:
            session = reviewers.session(form.get("token", ""), name)
        except ValueError as error:
            return page(request, "sign_in.html.j2", 403, problem=str(error), given={"by": name}, **shown)
        response = RedirectResponse(f"{request.scope.get('root_path', '')}/", 303)
        set_cookie(request, response, SESSION_COOKIE, session)
        return response

    return _page(SIGN_IN, sign_in, "GET", "POST")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    return page(request, "refused.html.j2", error.status_code, title=phrase, problem=error.detail)


async def _failed(request: Request, error: Exception) -> Response:
    """What our own errors say is written for people."""
    status = 404 if isinstance(error, RunNotFoundError) else 409 if isinstance(error, RunInUseError) else 503
    return page(request, "refused.html.j2", status, title=HTTPStatus(status).phrase, problem=str(error))
