"""One run's money, shared by all of its calls: what was charged, what calls in flight may cost, who waits.

Before a call is sent its worst case is reserved; when it has ended the reservation gives way to what it is
charged. So charged + reserved never passes the ceiling, in whatever order calls end, as long as none costs
more than its worst case. One that does counts in full, and nothing more is sent above the ceiling.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import get_args

from courseai.models.call import Phase

_NANO = 1_000_000_000
"""Sums are whole billionths of a dollar, charges rounded up: no order of adding changes them."""


@dataclass(eq=False)
class Reservation:
    """Leave for one call to cost up to `usd`."""

    phase: Phase
    usd: float
    charge_usd: float = 0.0
    """What it will be charged when it is settled; nothing until it is sent."""


class _Fit(Enum):
    NOW = "now"
    LATER = "when calls in flight have ended"
    NEVER = "never under this ceiling"


@dataclass(eq=False)
class _Waiter:
    reservation: Reservation
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    fit: _Fit = _Fit.LATER

    def __post_init__(self) -> None:
        self.served = self.loop.create_future()

    def serve(self, fit: _Fit) -> None:
        self.fit = fit
        self.loop.call_soon_threadsafe(_wake, self.served)


class Budget:
    """Safe for calls of several event loops. Amounts are USD."""

    def __init__(self, ceiling_usd: float, charged_usd: Mapping[str, float] | None = None) -> None:
        self._lock = threading.Lock()
        self._ceiling = _whole(ceiling_usd)
        # With every phase from the start, so that it can be read without the lock.
        self._charged: Counter[str] = Counter(dict.fromkeys(get_args(Phase), 0))
        self._charged.update({phase: _nano(usd) for phase, usd in (charged_usd or {}).items()})
        self._reserved = 0
        self._in_flight = 0
        self._queue: deque[_Waiter] = deque()
        self._until_quiet: list[_Waiter] = []

    @property
    def ceiling_usd(self) -> float:
        """The most that may be charged."""
        return self._ceiling / _NANO

    @ceiling_usd.setter
    def ceiling_usd(self, usd: float) -> None:
        with self._lock:
            self._ceiling = _whole(usd)
            self._serve()

    @property
    def charged_usd(self) -> float:
        """What ended calls count for."""
        return self._charged.total() / _NANO

    @property
    def reserved_usd(self) -> float:
        """What calls in flight may cost."""
        return self._reserved / _NANO

    def phase_usd(self, phase: Phase) -> float:
        """What the ended calls of a phase count for."""
        return self._charged[phase] / _NANO

    async def reserve(self, phase: Phase, usd: float) -> Reservation | None:
        """Set `usd` aside, or give None where it cannot fit even when nothing is in flight any more.

        Waits while it is only calls in flight that stand in the way, first come, first served: a dear call
        is not overtaken for ever by cheap ones.
        """
        waiter = _Waiter(Reservation(phase, usd))
        with self._lock:
            self._queue.append(waiter)
            self._serve()
        if waiter.fit is _Fit.LATER:
            await self._wait(waiter, self._queue)
        return waiter.reservation if waiter.fit is _Fit.NOW else None

    def settle(self, reservation: Reservation) -> None:
        """Return what was set aside, and count what the call is charged."""
        with self._lock:
            self._reserved -= _nano(reservation.usd)
            self._in_flight -= 1
            self._charged[reservation.phase] += _nano(reservation.charge_usd)
            self._serve()

    async def quiet(self) -> None:
        """Wait until no call is in flight and none waits to be: what can still be done has been done."""
        waiter = _Waiter(Reservation("metadata", 0.0))
        with self._lock:
            self._until_quiet.append(waiter)
            self._serve()
        await self._wait(waiter, self._until_quiet)

    async def _wait(self, waiter: _Waiter, line: deque[_Waiter] | list[_Waiter]) -> None:
        try:
            await waiter.served
        except asyncio.CancelledError:
            with self._lock:
                if waiter in line:
                    line.remove(waiter)
                    self._serve()
            if line is self._queue and waiter.fit is _Fit.NOW:
                self.settle(waiter.reservation)
            raise

    def _serve(self) -> None:
        while self._queue and (fit := self._fit(self._queue[0].reservation.usd)) is not _Fit.LATER:
            waiter = self._queue.popleft()
            if fit is _Fit.NOW:
                self._reserved += _nano(waiter.reservation.usd)
                self._in_flight += 1
            waiter.serve(fit)
        if not self._queue and not self._in_flight:
            for waiter in self._until_quiet:
                waiter.serve(_Fit.NOW)
            self._until_quiet.clear()

    def _fit(self, usd: float) -> _Fit:
        left = self._ceiling - self._charged.total() - _nano(usd)
        if left < 0:
            return _Fit.NEVER
        return _Fit.NOW if left >= self._reserved else _Fit.LATER


def _nano(usd: float) -> int:
    """Rounded up. By way of the decimal that people see: 0.57 * 10**9 is less than 570,000,000."""
    return math.ceil(Decimal(str(usd)) * _NANO)


def _whole(usd: float) -> int:
    """Rounded down."""
    return math.floor(Decimal(str(usd)) * _NANO)


def _wake(served: asyncio.Future[None]) -> None:
    if not served.done():
        served.set_result(None)
