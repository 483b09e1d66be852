"""What a provider takes in a minute, and the rule by which calls are spread so that it never gets more.

Calls are counted in the second that they were given leave for. A call gets the first second in which it fits,
not before any that was given out earlier: first come, first served, however large it is.

Why never more than the limit is sent in any 60 s, wherever they begin: leave for second s is good until
s + 2 (`GOOD_FOR_S`). So if a call with leave for second s is sent in some 60 s, every other call that is sent
in them with leave for a second up to s has leave for one after s - 62, and all of these were counted when
leave for s was given (`SPAN_S`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import floor
from typing import Protocol

from courseai.course.errors import SettingsError

GOOD_FOR_S = 2
"""Seconds from the beginning of a call's second in which it may be sent."""
SPAN_S = 60 + GOOD_FOR_S
"""Seconds that are counted together: a minute, and what calls may be late by."""


@dataclass(frozen=True)
class RateLimits:
    """What a provider takes in any 60 seconds; None where nothing is known."""

    requests: int | None = None
    tokens: int | None = None
    """Read and written."""

    @property
    def is_limited(self) -> bool:
        """Whether there is anything to keep to."""
        return self.requests is not None or self.tokens is not None

    def require_room(self, provider: str, tokens: int) -> None:
        """Raises `SettingsError` for a call that alone may be more than a minute takes."""
        if self.tokens is not None and tokens > self.tokens:
            raise SettingsError(
                f"A call may need {tokens:,} tokens, and {provider} is allowed {self.tokens:,} a minute. "
                "Raise COURSEAI_TOKENS_A_MINUTE, or shorten the answers in the policy (output)."
            )


NO_LIMITS = RateLimits()


@dataclass(frozen=True)
class Leave:
    """Leave to send one call in a second that begins in `wait_s` seconds."""

    second: int
    tokens: int
    wait_s: float


class RateLimit(Protocol):
    """Gives leave to all that call the same providers; safe for several event loops."""

    async def book(self, provider: str, limits: RateLimits, tokens: int) -> Leave:
        """Count a call of so many tokens in the first second in which it fits."""
        ...

    async def correct(self, provider: str, leave: Leave, *, tokens: int, sent: bool = True) -> None:
        """Count it for what it turned out to need; for nothing where it was not sent."""
        ...


class RateWindow:
    """The calls of one provider by second. No clock of its own; for one thread."""

    def __init__(self) -> None:
        self._counted: dict[int, tuple[int, int]] = {}
        """Second to requests and tokens."""

    def book(self, now: float, limits: RateLimits, tokens: int) -> int:
        """The second of a call; `tokens` are at most the limit."""
        second = max([floor(now), *self._counted])
        while not self._fits(second, limits, tokens):
            second += 1
        self._counted = {past: counts for past, counts in self._counted.items() if past > second - SPAN_S}
        self.add(second, 1, tokens)
        return second

    def add(self, second: int, requests: int, tokens: int) -> None:
        """Count that many more in a second, or fewer."""
        requests_before, tokens_before = self._counted.get(second, (0, 0))
        self._counted[second] = (requests_before + requests, tokens_before + tokens)

    def forget(self, second: int, requests: int, tokens: int) -> None:
        """Take that many out of a second again, where it still counts."""
        if second in self._counted:
            self.add(second, -requests, -tokens)

    def _fits(self, second: int, limits: RateLimits, tokens: int) -> bool:
        counts = [counts for past, counts in self._counted.items() if past > second - SPAN_S]
        requests_fit = limits.requests is None or sum(each for each, _ in counts) < limits.requests
        return requests_fit and (
            limits.tokens is None or sum(each for _, each in counts) + tokens <= limits.tokens
        )


class LocalRateLimit:
    """Holds over all gateways of one process that are given it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[str, RateWindow] = {}

    async def book(self, provider: str, limits: RateLimits, tokens: int) -> Leave:
        """See `RateLimit`."""
        limits.require_room(provider, tokens)
        with self._lock:
            now = self._clock()
            second = self._windows.setdefault(provider, RateWindow()).book(now, limits, tokens)
        return Leave(second, tokens, second - now)

    async def correct(self, provider: str, leave: Leave, *, tokens: int, sent: bool = True) -> None:
        """See `RateLimit`."""
        with self._lock:
            self._windows[provider].forget(leave.second, 0 if sent else 1, leave.tokens - tokens)


def rate_limits(env: Mapping[str, str]) -> RateLimits:
    """COURSEAI_REQUESTS_A_MINUTE and COURSEAI_TOKENS_A_MINUTE. Raises `SettingsError` for no whole number."""
    return RateLimits(_number(env, "COURSEAI_REQUESTS_A_MINUTE"), _number(env, "COURSEAI_TOKENS_A_MINUTE"))


def _number(env: Mapping[str, str], variable: str) -> int | None:
    text = env.get(variable, "").strip().replace("_", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text)):
        raise SettingsError(f"{variable} has to be a whole number above 0; leave it out for no limit.")
    return int(text)
