"""Keeps strangers out of the review page: other hosts' names, other sites' forms, and who has no token.

On this machine alone (loopback) there is no sign-in, and only the machine's own names are answered, so that
no web page can reach it under a name of its own (DNS rebinding). With tokens everybody signs in
(sign_in.py); what is asked under another name comes without the cookie.
"""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from courseai.service.web.sign_in import TOKEN_VARIABLE, Reviewers

SESSION_COOKIE = "courseai_session"
FORM_COOKIE = "courseai_form"
FORM_FIELD = "form_token"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SIGN_IN = "/sign-in"

_SIGNED_IN = "courseai.signed_in"
"""Key of the request's scope under which the guard says who asks."""
_LARGEST_FORM = 2 * 1024 * 1024
"""Bytes; a whole section has a tenth of it."""
_MOST_FIELDS = 5000
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """In front of every page. `reviewers` have to sign in; without them only this machine is answered."""

    def __init__(self, app: ASGIApp, reviewers: Reviewers | None) -> None:
        self._app = app
        self._reviewers = reviewers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if self._reviewers is not None:
            scope[_SIGNED_IN] = self._reviewers.name_in(request.cookies.get(SESSION_COOKIE, ""))
        app = self._refusal(request) or self._app

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await app(scope, receive, send_guarded)

    def _refusal(self, request: Request) -> Response | None:
        if self._reviewers is None and request.url.hostname not in LOOPBACK:
            return PlainTextResponse(
                f"This page answers on this machine only. To open it to others, set {TOKEN_VARIABLE}.\n", 421
            )
        if request.method not in ("GET", "HEAD") and not _is_own_form(request):
            return PlainTextResponse("The form was sent from another site.\n", 403)
        if self._reviewers is not None and not _may_pass(request):
            return RedirectResponse(f"{request.scope.get('root_path', '')}{SIGN_IN}", 303)
        return None


def signed_in_as(request: Request) -> str | None:
    """The name of whoever signed in; None where nobody has to, or has."""
    name: str | None = request.scope.get(_SIGNED_IN)
    return name


def form_token(request: Request) -> str:
    """What every form of this browser has to bring back: its cookie's value, or a new one."""
    return request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)


async def read_checked_form(request: Request) -> dict[str, str]:
    """The fields of a form that came from one of our own pages. Raises `HTTPException` for any other."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > _LARGEST_FORM:
        raise HTTPException(413, "The form is too large.")
    try:
        text = (await request.body()).decode()
        form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise HTTPException(400, "The form cannot be read.") from error
    cookie = request.cookies.get(FORM_COOKIE, "")
    if not cookie or not hmac.compare_digest(cookie.encode(), form.pop(FORM_FIELD, "").encode()):
        raise HTTPException(403, "The page was too old. Go back, reload it and send it again.")
    return form


def _may_pass(request: Request) -> bool:
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    return path == SIGN_IN or path.startswith("/static/") or signed_in_as(request) is not None


def _is_own_form(request: Request) -> bool:
    """Whether the browser says that the form came from this very host."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")
