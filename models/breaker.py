"""A circuit breaker: a model that keeps failing is left alone for a while, then tried with one call.

closed ──N failures in a row, or a refused account──> open ──cooldown──> half_open
  ^                                                     ^                   │
  └──────────────── the probe is answered ──────────────┼───────────────────┤
                                                        └── the probe fails ┘

It stops requests, not the retries of those that were under way when it opened: a request gets all the tries
that the policy gives it. What comes of them changes nothing here any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from courseai.models.call import Outcome
from courseai.models.retry import ACCOUNT_REFUSALS, UNAVAILABLE


class BreakerState(StrEnum):
    """Whether calls are let through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True)
class BreakerChange:
    """One transition, for hooks."""

    provider: str
    model: str
    state: BreakerState
    reason: Outcome
    """The outcome that caused it; for half_open, what had opened the breaker."""
    adopted: bool = False
    """Another worker found it out, and this one follows."""


@dataclass(frozen=True)
class Permit:
    """Leave to make one call. Its outcome counts only while the breaker is in the epoch that gave it."""

    epoch: int
    probe: bool


class Breaker:
    """One breaker for one model of one provider. No I/O, no clock of its own; for one thread."""

    def __init__(
        self,
        failures: int,
        cooldown_s: float,
        clock: Callable[[], float],
        on_change: Callable[[BreakerState, Outcome, bool], None],
    ) -> None:
        self._limit = failures
        self._cooldown_s = cooldown_s
        self._clock = clock
        self._on_change = on_change
        self.epoch = 0
        """Counts the transitions."""
        self._failures = 0
        self._opened_at = 0.0
        self.state = BreakerState.CLOSED
        self.reason = Outcome.OK
        """The outcome behind the last transition."""

    @property
    def ready(self) -> bool:
        """Whether `admit` would give a permit now."""
        if self.state is BreakerState.OPEN:
            return self._clock() - self._opened_at >= self._cooldown_s
        return self.state is BreakerState.CLOSED

    def admits_retry(self, earlier: Permit) -> bool:
        """Whether a request whose last call had that permit may call again.

        Not after a probe, which is one call, and not where the account was refused: no retry can mend that.
        """
        return self.ready or not (earlier.probe or self.reason in ACCOUNT_REFUSALS)

    def admit(self, earlier: Permit | None = None) -> Permit | None:
        """A permit for one call, or None: do not call now. After the cooldown the one permit is a probe.

        `earlier` is the permit of the request's last call, where this one is its retry.
        """
        if not self.ready:
            return earlier if earlier and self.admits_retry(earlier) else None
        if self.state is BreakerState.OPEN:
            self._move(BreakerState.HALF_OPEN, self.reason)
        return Permit(self.epoch, probe=self.state is BreakerState.HALF_OPEN)

    def record(self, permit: Permit, outcome: Outcome) -> None:
        """Take note of how a permitted call ended. Late outcomes of an earlier epoch change nothing."""
        if permit.epoch != self.epoch:
            return
        if outcome in UNAVAILABLE or outcome in ACCOUNT_REFUSALS:
            self._fail(permit, outcome)
        else:
            self._failures = 0
            if permit.probe:
                self._move(BreakerState.CLOSED, outcome)

    def release(self, permit: Permit) -> None:
        """The call was cancelled and says nothing; when it was the probe, the next call is the probe."""
        if permit.probe and permit.epoch == self.epoch:
            self._move(BreakerState.OPEN, self.reason)

    def adopt(self, state: BreakerState, reason: Outcome, opened_s_ago: float) -> None:
        """Follow what another worker found out: `opened_s_ago` seconds ago its breaker opened."""
        self._opened_at = self._clock() - opened_s_ago
        if state is not self.state:
            self._move(state, reason, adopted=True)

    def _fail(self, permit: Permit, outcome: Outcome) -> None:
        self._failures += 1
        if permit.probe or outcome in ACCOUNT_REFUSALS or self._failures >= self._limit:
            self._opened_at = self._clock()
            self._move(BreakerState.OPEN, outcome)

    def _move(self, state: BreakerState, reason: Outcome, *, adopted: bool = False) -> None:
        self.epoch += 1
        self._failures = 0
        self.state, self.reason = state, reason
        self._on_change(state, reason, adopted)
