"""Sends notices of alerts to a webhook. Any part of its URL may be a secret: only the host is ever said."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from courseai.course.errors import SettingsError, WebhookError

_TIMEOUT_S = 10.0


class Webhook:
    """Raises `SettingsError` for what is no URL of HTTP."""

    def __init__(self, url: str, timeout_s: float = _TIMEOUT_S) -> None:
        self._url = url
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._host = _host(url)

    async def send(self, notice: Mapping[str, Any]) -> None:
        """POST it as JSON. Raises `WebhookError` where it is not taken within the time."""
        try:
            # aiohttp logs no URLs at any level; redirects are refused because the secret would follow them.
            async with (
                aiohttp.ClientSession(timeout=self._timeout, trust_env=True) as session,
                session.post(self._url, json=notice, allow_redirects=False) as answer,
            ):
                status = answer.status
        except TimeoutError:
            raise self._error(f"did not answer within {self._timeout.total:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise self._error(f"cannot be reached ({_reason(error)})") from None
        if not 200 <= status < 300:
            raise self._error(f"answered {status} {_phrase(status)}")

    def _error(self, what: str) -> WebhookError:
        return WebhookError(
            f"The alerts were not sent: the webhook at {self._host} {what}. Check --webhook and the receiver."
        )


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in {"http", "https"}:
        raise SettingsError(
            "--webhook has to be a URL that begins with http:// or https:// and names a host."
        )
    return parts.netloc.rpartition("@")[2]


def _reason(error: Exception) -> str:
    """Of an error whose own words might repeat the URL."""
    cause = getattr(error, "os_error", error)
    return getattr(cause, "strerror", None) or type(error).__name__


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
