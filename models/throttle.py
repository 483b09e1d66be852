"""Lets the calls of one gateway wait for the provider's rate limit (rate_limit.py)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from courseai.models.provider import Provider
from courseai.models.rate_limit import GOOD_FOR_S, Leave, RateLimit


@dataclass
class Turn:
    """One call's turn."""

    tokens: int
    """What it counts for: its worst case, until the caller knows better."""
    sent: bool = False
    """Whether anything was sent, or may have been."""
    wait_s: float | None = None
    """Seconds that it waited; None where there is no limit."""
    leave: Leave | None = None
    good_until: float = 0.0


class Throttle:
    """One for a gateway. Calls of an event loop wait in one line, and only the first of them asks for leave:
    so what ended calls did not need is there for those behind it.
    """

    def __init__(
        self,
        provider: Provider,
        limit: RateLimit,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._provider = provider
        self._limit = limit
        self._clock = clock
        self._sleep = sleep
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    @asynccontextmanager
    async def turn(self, tokens: int) -> AsyncIterator[Turn]:
        """Wait until a call of at most so many tokens may be sent; count it afterwards for what it was.

        Raises `SettingsError` for a call that never may, and `StoreUnavailableError`.
        """
        turn = Turn(tokens)
        if not self._provider.rate_limits.is_limited:
            yield turn
            return
        try:
            await self._wait(turn)
            yield turn
        finally:
            await self._correct(turn)

    async def renew(self, turn: Turn) -> None:
        """To be awaited just before sending: waits anew where the process stood still for too long."""
        while turn.leave and self._clock() > turn.good_until:
            await self._correct(turn)
            await self._wait(turn)

    async def _wait(self, turn: Turn) -> None:
        since = self._clock()
        line = self._lines.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        async with line:
            asked = self._clock()
            leave = await self._limit.book(self._provider.name, self._provider.rate_limits, turn.tokens)
            turn.leave, turn.good_until = leave, asked + leave.wait_s + GOOD_FOR_S
            if leave.wait_s > 0:
                await self._sleep(leave.wait_s)
        turn.wait_s = (turn.wait_s or 0.0) + self._clock() - since

    async def _correct(self, turn: Turn) -> None:
        leave, turn.leave = turn.leave, None
        if leave and not (turn.sent and turn.tokens == leave.tokens):
            tokens = turn.tokens if turn.sent else 0
            await self._limit.correct(self._provider.name, leave, tokens=tokens, sent=turn.sent)
