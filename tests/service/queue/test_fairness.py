"""Priorities first, and within one the tenants take turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from courseai.service.queue.fairness import first_turn, rank, ranks_of, turn_of


@dataclass
class Line:
    """What waits, in Procrastinate's order: the highest number first, equal ones by age."""

    waiting: list[tuple[int, int, str]] = field(default_factory=list)
    age: int = 0

    def add(self, tenant: str, count: int = 1, priority: int = 0) -> None:
        lowest, highest = ranks_of(priority)
        turns = [
            (turn_of(-number, priority), owner)
            for number, _age, owner in self.waiting
            if lowest <= -number <= highest
        ]
        own = [turn for turn, owner in turns if owner == tenant]
        first = first_turn(min((turn for turn, _ in turns), default=None), max(own, default=None))
        for place in range(count):
            self.age += 1
            self.waiting.append((-rank(priority, first + place), self.age, tenant))
        self.waiting.sort()

    def take(self, count: int = 1) -> list[str]:
        taken, self.waiting = self.waiting[:count], self.waiting[count:]
        return [tenant for _number, _age, tenant in taken]


def test_a_tenant_with_a_thousand_courses_does_not_keep_one_with_three_waiting() -> None:
    line = Line()
    line.add("large", 1000)
    line.take(400)
    line.add("small", 3)
    assert line.take(6).count("small") == 3


def test_a_tenant_that_comes_back_has_no_turns_saved_up() -> None:
    line = Line()
    line.add("early")
    line.take()
    line.add("late", 100)
    line.take(50)
    line.add("early", 10)
    assert line.take(6).count("late") == 3


def test_a_higher_priority_is_begun_first_whatever_its_turn() -> None:
    line = Line()
    line.add("one", 3)
    line.add("two", 200, priority=1)
    assert line.take(200) == ["two"] * 200


Orders = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 20)), min_size=1, max_size=8)


@given(Orders, st.integers(0, 60), st.integers(1, 60))
def test_tenants_that_keep_waiting_are_served_equally_often_but_for_the_turns_at_both_ends(
    orders: Sequence[tuple[str, int]], before: int, then: int
) -> None:
    line = Line()
    for tenant, count in orders:
        line.add(tenant, count)
    line.take(before)
    waiting = {tenant for _number, _age, tenant in line.waiting}
    served = line.take(then)
    kept_waiting = waiting & {tenant for _number, _age, tenant in line.waiting}
    counts = [served.count(tenant) for tenant in kept_waiting]
    assert max(counts, default=0) - min(counts, default=0) <= 2


@given(st.integers(-10, 10), st.integers(0, 10**12))
def test_every_turn_stays_within_its_priority_and_the_databases_integer(priority: int, turn: int) -> None:
    lowest, highest = ranks_of(priority)
    assert lowest <= rank(priority, turn) <= highest
    assert -(2**31) <= rank(priority, turn) < 2**31
