"""Keeps strangers out of the review page: other hosts' names, other sites' forms, and who has no token.

On this machine alone (loopback) there is no sign-in, and only the machine's own names are answered, so that
no web page can reach it under a name of its own (DNS rebinding). With a token everybody signs in, and
whoever does so under another name has nothing to send along.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from courseai.course.errors import SettingsError

TOKEN_VARIABLE = "COURSEAI_REVIEW_TOKEN"
SESSION_COOKIE = "courseai_session"
FORM_COOKIE = "courseai_form"
FORM_FIELD = "form_token"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SIGN_IN = "/sign-in"

_SHORTEST_TOKEN = 16
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


def review_token(env: Mapping[str, str]) -> str | None:
    """The token that reviewers sign in with, if there is one. Raises `SettingsError` for a short one."""
    token = env.get(TOKEN_VARIABLE, "").strip()
    if token and len(token) < _SHORTEST_TOKEN:
        raise SettingsError(f"{TOKEN_VARIABLE} has {len(token)} characters; take at least {_SHORTEST_TOKEN}.")
    return token or None


class Guard:
    """In front of every page. `token` makes everybody sign in; without one only this machine is answered."""

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        app = self._refusal(request) or self._app

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await app(scope, receive, send_guarded)

    def _refusal(self, request: Request) -> Response | None:
        if self._token is None and request.url.hostname not in LOOPBACK:
            return PlainTextResponse(
                f"This page answers on this machine only. To open it to others, set {TOKEN_VARIABLE}.\n", 421
            )
        if request.method not in ("GET", "HEAD") and not _is_own_form(request):
            return PlainTextResponse("The form was sent from another site.\n", 403)
        if self._token is not None and not self._may_pass(request, self._token):
            return RedirectResponse(f"{request.scope.get('root_path', '')}{SIGN_IN}", 303)
        return None

    def _may_pass(self, request: Request, token: str) -> bool:
        path = request.url.path.removeprefix(request.scope.get("root_path", ""))
        if path == SIGN_IN or path.startswith("/static/"):
            return True
        return hmac.compare_digest(
            request.cookies.get(SESSION_COOKIE, "").encode(), session_of(token).encode()
        )


def session_of(token: str) -> str:
    """What the cookie of somebody who signed in holds: it proves the token without being it."""
    return hmac.new(token.encode(), b"courseai review", hashlib.sha256).hexdigest()


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


def _is_own_form(request: Request) -> bool:
    """Whether the browser says that the form came from this very host."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")
