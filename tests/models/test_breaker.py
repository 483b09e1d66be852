"""The circuit breaker as a pure state machine."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from courseai.models.breaker import Breaker, BreakerState, Permit
from courseai.models.call import Outcome
from courseai.models.retry import ACCOUNT_REFUSALS, ANSWERED, UNAVAILABLE

FAILURES, COOLDOWN_S = 3, 60.0
NEUTRAL = set(Outcome) - UNAVAILABLE - ACCOUNT_REFUSALS


class Machine(RuleBasedStateMachine):
    """Any order of calls, outcomes, cancellations and waits."""

    permits = Bundle("permits")

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.changes: list[BreakerState] = []
        self.was = "closed"
        self.own: set[tuple[str, str]] = set()
        self.breaker = Breaker(FAILURES, COOLDOWN_S, lambda: self.now, self.note)

    def note(self, state: BreakerState, _reason: Outcome, adopted: bool) -> None:
        self.changes.append(state)
        if not adopted:
            self.own.add((self.was, state.value))
        self.was = state.value

    @rule(seconds=st.floats(0, 100))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=permits)
    def admit(self) -> Permit | None:
        was_ready, was = self.breaker.ready, self.breaker.state
        permit = self.breaker.admit()
        assert (permit is not None) == was_ready
        assert was is not BreakerState.HALF_OPEN or permit is None
        if permit is not None:
            assert permit.probe == (was is BreakerState.OPEN)
        return permit

    @rule(target=permits, earlier=permits)
    def admit_retry(self, earlier: Permit | None) -> Permit | None:
        if earlier is None:
            return None
        was_ready, was = self.breaker.ready, len(self.changes)
        permit = self.breaker.admit(earlier)
        assert (permit is not None) == self.breaker.admits_retry(earlier) or was_ready
        if was_ready:
            return permit
        assert len(self.changes) == was
        assert permit is None or (permit == earlier and not permit.probe)
        assert permit is None or self.breaker.reason not in ACCOUNT_REFUSALS
        return permit

    @rule(permit=permits, outcome=st.sampled_from(sorted(UNAVAILABLE | ACCOUNT_REFUSALS)))
    def fail(self, permit: Permit | None, outcome: Outcome) -> None:
        if permit is None:
            return
        was = len(self.changes)
        self.breaker.record(permit, outcome)
        if len(self.changes) > was:
            assert self.changes[was:] == [BreakerState.OPEN]
            assert not self.breaker.ready

    @rule(permit=permits, outcome=st.sampled_from(sorted(NEUTRAL)))
    def answer(self, permit: Permit | None, outcome: Outcome) -> None:
        if permit is None:
            return
        was = self.breaker.state
        self.breaker.record(permit, outcome)
        assert self.breaker.state in {was, BreakerState.CLOSED}
        assert permit.probe or self.breaker.state is was

    @rule(permit=permits)
    def cancel(self, permit: Permit | None) -> None:
        if permit is None:
            return
        was_probing = self.breaker.state is BreakerState.HALF_OPEN
        self.breaker.release(permit)
        if was_probing and self.breaker.state is not BreakerState.HALF_OPEN:
            assert self.breaker.ready

    @rule(state=st.sampled_from(BreakerState), seconds=st.floats(0, 100))
    def follow_another_worker(self, state: BreakerState, seconds: float) -> None:
        self.breaker.adopt(state, Outcome.TIMEOUT, seconds)
        assert self.breaker.state is state
        is_over = state is BreakerState.OPEN and seconds >= COOLDOWN_S
        # The clock's own rounding may move the end of the cooldown.
        is_close = abs(seconds - COOLDOWN_S) < 1e-6
        assert is_close or self.breaker.ready == (is_over or state is BreakerState.CLOSED)

    @invariant()
    def only_drawn_transitions_happen(self) -> None:
        drawn = {("closed", "open"), ("open", "half_open"), ("half_open", "closed"), ("half_open", "open")}
        assert self.own <= drawn


TestBreaker = Machine.TestCase


def breaker() -> Breaker:
    return Breaker(FAILURES, COOLDOWN_S, lambda: 0.0, lambda _state, _reason, _adopted: None)


def test_failures_must_be_consecutive() -> None:
    machine = breaker()
    for outcome in (Outcome.TIMEOUT, Outcome.TIMEOUT, Outcome.SCHEMA_FAILURE, Outcome.TIMEOUT):
        permit = machine.admit()
        assert permit
        machine.record(permit, outcome)
    assert machine.state is BreakerState.CLOSED


def test_a_late_outcome_of_an_earlier_epoch_changes_nothing() -> None:
    machine = breaker()
    late, refused = machine.admit(), machine.admit()
    assert late
    assert refused
    machine.record(refused, Outcome.OUT_OF_CREDIT)
    machine.record(late, Outcome.OK)
    assert machine.state is BreakerState.OPEN


def test_every_outcome_is_of_exactly_one_kind() -> None:
    refused, never_sent = {Outcome.BAD_REQUEST, Outcome.FORBIDDEN}, {Outcome.OVER_BUDGET}
    kinds = [UNAVAILABLE, ACCOUNT_REFUSALS, ANSWERED, refused, never_sent]
    assert sorted(outcome for kind in kinds for outcome in kind) == sorted(Outcome)
