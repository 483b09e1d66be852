"""One run's budget: what is set aside, who waits, and that the ceiling holds whatever happens."""

from __future__ import annotations

import asyncio
import random
import threading
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from courseai.models.budget import Budget, Reservation

USD = st.floats(0, 0.3, allow_nan=False)


async def reserved(budget: Budget, usd: float) -> Reservation:
    reservation = await budget.reserve("sections", usd)
    assert reservation is not None
    return reservation


async def settle(budget: Budget, reservation: Reservation, charge_usd: float) -> None:
    reservation.charge_usd = charge_usd
    budget.settle(reservation)


async def settled_down() -> None:
    """Let every task go as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_a_call_did_not_use_is_there_for_the_next_one() -> None:
    budget = Budget(0.10)
    await settle(budget, await reserved(budget, 0.10), 0.01)
    assert (budget.charged_usd, budget.reserved_usd) == (0.01, 0)
    await reserved(budget, 0.09)


async def test_a_ceiling_can_be_spent_to_the_last_cent() -> None:
    budget = Budget(0.03)
    for _ in range(3):
        await settle(budget, await reserved(budget, 0.01), 0.01)
    assert budget.charged_usd == budget.ceiling_usd
    assert await budget.reserve("sections", 1e-9) is None


@given(st.integers(1, 1_000_000))
def test_a_ceiling_is_the_one_that_was_written(cents: int) -> None:
    assert Budget(cents / 100).ceiling_usd == cents / 100


async def test_what_can_never_fit_is_refused_at_once() -> None:
    budget = Budget(0.10, {"metadata": 0.05})
    running = await reserved(budget, 0.05)
    assert await budget.reserve("sections", 0.06) is None
    await settle(budget, running, 0.0)


async def test_a_call_waits_while_only_calls_in_flight_stand_in_its_way() -> None:
    budget = Budget(0.10)
    running = await reserved(budget, 0.08)
    waiting = asyncio.create_task(reserved(budget, 0.05))
    await settled_down()
    assert not waiting.done()
    await settle(budget, running, 0.02)
    assert (await waiting).usd == 0.05


async def test_a_call_that_waited_in_vain_is_told() -> None:
    budget = Budget(0.10)
    running = await reserved(budget, 0.08)
    waiting = asyncio.create_task(budget.reserve("sections", 0.05))
    await settled_down()
    await settle(budget, running, 0.08)
    assert await waiting is None


async def test_a_dear_call_is_not_overtaken_by_cheap_ones() -> None:
    budget = Budget(0.10)
    running = await reserved(budget, 0.06)
    dear = asyncio.create_task(reserved(budget, 0.08))
    await settled_down()
    cheap = asyncio.create_task(reserved(budget, 0.01))
    await settled_down()
    assert not cheap.done()
    await settle(budget, running, 0.0)
    await asyncio.gather(dear, cheap)


async def test_a_waiting_call_that_is_cancelled_makes_room_for_the_others() -> None:
    budget = Budget(0.10)
    running = await reserved(budget, 0.06)
    dear = asyncio.create_task(reserved(budget, 0.08))
    await settled_down()
    cheap = asyncio.create_task(reserved(budget, 0.01))
    await settled_down()
    dear.cancel()
    assert (await cheap).usd == 0.01
    await settle(budget, running, 0.0)


async def test_a_call_that_is_cancelled_just_as_its_turn_comes_keeps_nothing() -> None:
    budget = Budget(0.10)
    running = await reserved(budget, 0.10)
    waiting = asyncio.create_task(budget.reserve("sections", 0.05))
    await settled_down()
    await settle(budget, running, 0.0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert budget.reserved_usd == 0


async def test_a_higher_ceiling_lets_waiting_calls_go() -> None:
    budget = Budget(0.10)
    await reserved(budget, 0.10)
    waiting = asyncio.create_task(reserved(budget, 0.05))
    await settled_down()
    budget.ceiling_usd = 0.15
    await waiting


async def test_it_is_quiet_when_nothing_is_in_flight_and_nobody_waits() -> None:
    budget = Budget(0.10)
    running = await reserved(budget, 0.08)
    waiting = asyncio.create_task(reserved(budget, 0.05))
    quiet = asyncio.create_task(budget.quiet())
    await settled_down()
    await settle(budget, running, 0.01)
    assert not quiet.done()
    await settle(budget, await waiting, 0.01)
    await quiet


async def test_a_call_that_costs_more_than_its_worst_case_counts_in_full_and_ends_the_spending() -> None:
    budget = Budget(0.10)
    await settle(budget, await reserved(budget, 0.05), 0.12)
    assert budget.charged_usd == 0.12
    assert await budget.reserve("sections", 0) is None


async def test_a_thousand_reservations_at_once_keep_to_the_ceiling_and_leave_no_call_unsent_that_fits() -> (
    None
):
    budget, chance = Budget(1.0), random.Random(0)
    most_usd = 0.0

    async def call(worst_usd: float, charge_usd: float, steps: int) -> float | None:
        nonlocal most_usd
        reservation = await budget.reserve("sections", worst_usd)
        most_usd = max(most_usd, budget.charged_usd + budget.reserved_usd)
        if reservation is None:
            return None
        for _ in range(steps):
            await asyncio.sleep(0)
        await settle(budget, reservation, charge_usd)
        return charge_usd

    worst = [chance.uniform(0.001, 0.01) for _ in range(1000)]
    calls = (call(usd, usd * chance.random(), chance.randrange(4)) for usd in worst)
    charges = await asyncio.gather(*calls)

    sent = [charge for charge in charges if charge is not None]
    assert 0 < len(sent) < 1000
    assert max(most_usd, budget.charged_usd) <= 1.0
    assert budget.charged_usd == pytest.approx(sum(sent))
    assert budget.reserved_usd == 0
    refused = [usd for usd, charge in zip(worst, charges, strict=True) if charge is None]
    assert min(refused) > 1.0 - budget.charged_usd


def test_event_loops_of_several_threads_share_one_ceiling() -> None:
    budget, granted = Budget(1.0), list[float]()

    async def spend() -> None:
        for _ in range(50):
            if reservation := await budget.reserve("sections", 0.02):
                await asyncio.sleep(0)
                granted.append(0.01)
                await settle(budget, reservation, 0.01)

    threads = [threading.Thread(target=asyncio.run, args=(spend(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0.97 <= budget.charged_usd <= 1.0
    assert len(granted) == round(budget.charged_usd / 0.01)


@dataclass
class _Call:
    """A call with its worst case, and what it will turn out to be charged."""

    worst_usd: float
    share: float
    steps: int
    fails: bool


@st.composite
def calls(draw: st.DrawFn) -> _Call:
    share = draw(st.floats(0, 1))
    return _Call(draw(USD), share, draw(st.integers(0, 4)), draw(st.booleans()))


@given(st.lists(calls(), max_size=30), st.floats(0.001, 1.0))
async def test_charged_and_reserved_never_pass_the_ceiling(planned: list[_Call], ceiling_usd: float) -> None:
    """Any interleaving, any answer sizes, calls that are cancelled half-way included."""
    budget = Budget(ceiling_usd)
    most = 0.0

    async def make(call: _Call) -> None:
        nonlocal most
        reservation = await budget.reserve("sections", call.worst_usd)
        if reservation is None:
            return
        try:
            for _ in range(call.steps):
                most = max(most, budget.charged_usd + budget.reserved_usd)
                await asyncio.sleep(0)
            reservation.charge_usd = call.worst_usd * (1 if call.fails else call.share)
        finally:
            budget.settle(reservation)

    tasks = [asyncio.create_task(make(call)) for call in planned]
    for task in tasks[::7]:
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    most = max(most, budget.charged_usd)
    assert most <= ceiling_usd
    assert budget.reserved_usd == 0
    await budget.quiet()


class BudgetMachine(RuleBasedStateMachine):
    """A run that is charged, interrupted, killed and resumed, in any order."""

    @initialize(ceiling_usd=st.floats(0.01, 1.0))
    def start(self, ceiling_usd: float) -> None:
        self.ceiling_usd = ceiling_usd
        self.spent_usd: list[float] = []
        self.held_usd: list[float] = []
        self.in_flight: list[Reservation] = []
        self.budget = Budget(ceiling_usd)

    @rule(usd=USD)
    def begin(self, usd: float) -> None:
        """A call that would have to wait is not made here: waiting has examples of its own."""
        if self.budget.charged_usd + self.budget.reserved_usd + usd <= self.ceiling_usd - 1e-6:
            self.in_flight.append(asyncio.run(reserved(self.budget, usd)))

    @rule(share=st.floats(0, 1))
    def answer(self, share: float) -> None:
        if self.in_flight:
            reservation = self.in_flight.pop(0)
            self.spent_usd.append(reservation.usd * share)
            asyncio.run(settle(self.budget, reservation, self.spent_usd[-1]))

    @rule()
    def fail_without_a_figure(self) -> None:
        if self.in_flight:
            reservation = self.in_flight.pop()
            self.held_usd.append(reservation.usd)
            asyncio.run(settle(self.budget, reservation, reservation.usd))

    @rule()
    def kill_and_resume(self) -> None:
        """The journal counts what was in flight at its worst case."""
        self.held_usd += [reservation.usd for reservation in self.in_flight]
        self.in_flight = []
        self.budget = Budget(self.ceiling_usd, {"sections": sum(self.spent_usd) + sum(self.held_usd)})

    @invariant()
    def the_ceiling_holds(self) -> None:
        if not hasattr(self, "budget"):
            return
        worst = sum(self.spent_usd) + sum(self.held_usd) + sum(one.usd for one in self.in_flight)
        assert worst <= self.ceiling_usd
        assert self.budget.charged_usd + self.budget.reserved_usd <= self.ceiling_usd


TestBudgetMachine = BudgetMachine.TestCase
