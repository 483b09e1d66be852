"""Determinism: the same parts always give the same draw, on every machine and Python version."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import TypeVar

Item = TypeVar("Item")

_LESSONS_A_SECTION = 5


def generator(*parts: object) -> Random:
    """A random generator that depends on nothing but the parts."""
    text = "\x1f".join(str(part) for part in parts)
    return Random(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())


def share(*parts: object) -> float:
    """A uniform draw in [0, 1) that depends on nothing but the parts."""
    return generator(*parts).random()


@lru_cache(maxsize=4096)
def shuffled(seed: int, name: str, size: int) -> tuple[int, ...]:
    """The numbers below `size` in an order of their own for each seed and name."""
    indices = list(range(size))
    generator(seed, name, size).shuffle(indices)
    return tuple(indices)


@lru_cache(maxsize=4096)
def _offset(seed: int, name: str, attempt: int) -> int:
    """Where a wording starts in a pool. Pools move independently, so no two wordings are alike."""
    return generator(seed, name, "attempt", attempt).randrange(1, 10_000) if attempt else 0


class Deck:
    """Deals from named pools so that lessons near each other in a course get different cards.

    A request shows one section only, so the deck cannot remember what other lessons were dealt.
    Instead each pool is shuffled once per seed, and a lesson starts dealing where its section and
    number put it: two lessons share a card only if they lie a whole turn of that pool apart. The
    distance between sections differs from pool to pool, so that two lessons that meet in one pool do
    not meet in the others.
    """

    def __init__(self, seed: int, section: int, lesson: int, attempt: int = 0) -> None:
        self.seed = seed
        self._section = section
        self._lesson = lesson
        self._attempt = attempt
        self._dealt: defaultdict[str, int] = defaultdict(int)

    def deal(self, pool_name: str, pool: Sequence[Item], count: int, stride: int) -> list[Item]:
        """`count` different cards (fewer if the pool is smaller); `stride` is what a lesson usually takes."""
        order = shuffled(self.seed, pool_name, len(pool))
        start = self._place(pool_name) * stride + self._dealt[pool_name]
        self._dealt[pool_name] += count
        return [pool[order[(start + turn) % len(order)]] for turn in range(min(count, len(order)))]

    def pick(self, pool_name: str, pool: Sequence[Item]) -> Item:
        """One card."""
        return self.deal(pool_name, pool, 1, 1)[0]

    def slot(self, name: str, slots: int) -> int:
        """A place in range(slots), spread evenly over the lessons of a course in no visible pattern."""
        turn = self._section * _LESSONS_A_SECTION + self._lesson + self._dealt[name]
        self._dealt[name] += 1
        block, place = divmod(turn, slots)
        return shuffled(self.seed, f"{name} {block}", slots)[place]

    def _place(self, pool_name: str) -> int:
        spread = _LESSONS_A_SECTION + generator(pool_name).randrange(3)
        return self._lesson + spread * self._section + _offset(self.seed, pool_name, self._attempt)
