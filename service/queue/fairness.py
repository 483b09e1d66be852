"""In which order waiting courses are begun: by priority, and within one the tenants take turns.

The n-th waiting course of a tenant has its turn with the n-th of every other, and a tenant that comes later
begins at the turn that is on: start-time fair queueing with equal weights and costs (P. Goyal, H. M. Vin and
H. Cheng, SIGCOMM 1996). So a tenant with a thousand courses never keeps one with three waiting. Procrastinate
orders by one number, highest first, and equal ones by age; turns count down in it.
"""

from __future__ import annotations

LOWEST, HIGHEST = -10, 10
"""Priorities that a course can be given; 0 is the usual one."""
_SPAN = 100_000_000
"""Turns of one priority: with 21 priorities they fit into PostgreSQL's integer."""


def rank(priority: int, turn: int) -> int:
    """Procrastinate's number for a turn within a priority."""
    return priority * _SPAN - min(turn, _SPAN - 1)


def ranks_of(priority: int) -> tuple[int, int]:
    """The lowest and the highest number of a priority, for finding its jobs."""
    return rank(priority, _SPAN), rank(priority, 0)


def turn_of(number: int, priority: int) -> int:
    """The turn that a number stands for."""
    return priority * _SPAN - number


def first_turn(front: int | None, last_own: int | None) -> int:
    """The turn of a tenant's next course; those after it have one more each.

    `front` is the lowest turn that waits within the priority, `last_own` the tenant's highest; None where
    nothing waits.
    """
    after_own = 0 if last_own is None else last_own + 1
    return max(front or 0, after_own)
