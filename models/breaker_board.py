"""Keeps the circuit breakers of one gateway in step with those of all other workers.

The rules are those of breaker.py. A board says in which state others have left each model's breaker: an
opening stops all workers within `LOOK_S`, and one of them all gets leave to probe. Without a board, and
whenever it cannot be reached, each gateway's breakers work alone.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from courseai.course.errors import StoreUnavailableError
from courseai.course.policy import AvailabilityPolicy
from courseai.models.attempt import Target
from courseai.models.breaker import BreakerState, Permit
from courseai.models.call import Outcome

LOOK_S = 1.0
"""Seconds between two looks at the board."""
_PATIENCE_S = 0.5
"""Seconds that a call waits for the board at most."""
_PROBE_SPARE_S = 30.0
"""Seconds beyond a call's time-out after which a worker that has leave to probe is held for dead."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Notice:
    """What the board says of one model."""

    number: int
    """Counts the changes."""
    state: BreakerState
    """Open where a probe has been out for too long."""
    reason: Outcome
    opened_s_ago: float


class BreakerBoard(Protocol):
    """What all workers know of each model's breaker. Every method may raise `StoreUnavailableError`."""

    async def read(self, provider: str) -> Mapping[str, Notice]:
        """The notices by model."""
        ...

    async def post_open(self, provider: str, model: str, reason: Outcome) -> int:
        """Say that it opened just now; gives the notice's number."""
        ...

    async def post_closed(self, provider: str, model: str) -> int | None:
        """Say that it closed; gives the notice's number, None where it was closed."""
        ...

    async def claim_probe(self, provider: str, model: str, cooldown_s: float, probe_s: float) -> int | None:
        """Take the one probe, for `probe_s` at most; gives the notice's number.

        None where it is not to be had: another worker has it, or the cooldown is not over.
        """
        ...

    async def return_probe(self, provider: str, model: str) -> None:
        """Leave the probe to the next worker that asks for it."""
        ...


class SharedBreakers:
    """For one provider's breakers."""

    def __init__(
        self,
        provider: str,
        policy: AvailabilityPolicy,
        board: BreakerBoard | None,
        clock: Callable[[], float],
    ) -> None:
        self._provider = provider
        self._cooldown_s = policy.breaker_cooldown_s
        self._probe_s = policy.timeout_s + _PROBE_SPARE_S
        self._board = board
        self._clock = clock
        self._looked_at = -math.inf
        self._notices: Mapping[str, Notice] = {}
        self._numbers: dict[str, int] = {}
        """The newest notice of each model that its breaker follows."""
        self._has_failed = False

    async def admit(self, target: Target, earlier: Permit | None) -> Permit | None:
        """`Breaker.admit`, once its breaker follows the board."""
        if self._board:
            if self._clock() - self._looked_at >= LOOK_S:
                await self._look(self._board)
            self._follow(target)
            notice = self._notices.get(target.model)
            is_shared = notice is not None and notice.state is not BreakerState.CLOSED
            if is_shared and target.breaker.state is BreakerState.OPEN and target.breaker.ready:
                await self._claim(self._board, target)
        return target.breaker.admit(earlier)

    async def record(self, target: Target, permit: Permit, outcome: Outcome) -> None:
        """`Breaker.record`, and tell the others what it changed."""
        epoch = target.breaker.epoch
        target.breaker.record(permit, outcome)
        if self._board and target.breaker.epoch != epoch:
            await self._tell(self._board, target, permit)

    async def release(self, target: Target, permit: Permit) -> None:
        """`Breaker.release`, for the others too."""
        target.breaker.release(permit)
        if self._board and permit.probe:
            async with self._reaching():
                await self._board.return_probe(self._provider, target.model)

    async def _tell(self, board: BreakerBoard, target: Target, permit: Permit) -> None:
        model, breaker, number = target.model, target.breaker, None
        self._looked_at = -math.inf
        async with self._reaching():
            if breaker.state is BreakerState.CLOSED:
                number = await board.post_closed(self._provider, model)
            elif breaker.reason is not Outcome.CONNECTION_ERROR:
                number = await board.post_open(self._provider, model, breaker.reason)
            elif permit.probe:
                # It may be this machine's network, so another worker tries before all wait again.
                await board.return_probe(self._provider, model)
        self._note(model, number)

    async def _look(self, board: BreakerBoard) -> None:
        self._looked_at, notices = self._clock(), dict[str, Notice]()
        async with self._reaching():
            notices = dict(await board.read(self._provider))
        self._notices = notices

    def _follow(self, target: Target) -> None:
        notice, breaker = self._notices.get(target.model), target.breaker
        if notice is None:
            return
        known = self._numbers.get(target.model, 0)
        is_open_again = notice.state is BreakerState.OPEN and breaker.state is not BreakerState.CLOSED
        if notice.number > known or (notice.number == known and is_open_again):
            self._note(target.model, notice.number)
            breaker.adopt(notice.state, notice.reason, notice.opened_s_ago)

    async def _claim(self, board: BreakerBoard, target: Target) -> None:
        """Where another worker was first, the breaker follows that one; without the board it probes alone."""
        is_known, number = False, None
        async with self._reaching():
            number = await board.claim_probe(self._provider, target.model, self._cooldown_s, self._probe_s)
            is_known = True
        if is_known and number is None:
            await self._look(board)
            self._follow(target)
        self._note(target.model, number)

    def _note(self, model: str, number: int | None) -> None:
        self._numbers[model] = max(number or 0, self._numbers.get(model, 0))

    @asynccontextmanager
    async def _reaching(self) -> AsyncIterator[None]:
        """What goes wrong with the board is logged once, and no call fails or waits long for it."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                yield
        except (StoreUnavailableError, TimeoutError) as error:
            if not self._has_failed:
                self._has_failed = True
                _log.warning("circuit breakers are not shared with other workers for now: %s", error)
