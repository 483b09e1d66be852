"""The way from the production client to the offline author in the same process."""

from __future__ import annotations

import asyncio

import httpx

from courseai.models.offline.app import create_app
from courseai.models.offline.settings import OfflineSettings


class OfflineTransport(httpx.AsyncBaseTransport):
    """httpx's in-process transport with the read timeout that it lacks, so that a hanging model times out."""

    def __init__(self, settings: OfflineSettings | None = None) -> None:
        self._inner = httpx.ASGITransport(create_app(settings))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer from the app. Raises httpx.ReadTimeout after the request's read timeout in seconds."""
        limit_s = request.extensions.get("timeout", {}).get("read")
        try:
            async with asyncio.timeout(limit_s):
                return await self._inner.handle_async_request(request)
        except TimeoutError as failure:
            raise httpx.ReadTimeout(f"no answer in {limit_s:g} s", request=request) from failure
