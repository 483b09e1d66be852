"""Lessons among the other lessons of a course, made from the pairs of a chapter, for fitting the contrast.

A chapter stands for a course. Where a text has another section's objectives ("hard"), there are two cases:
"strict", in which what it really teaches is nowhere in the course, so that nothing gives it away, and
"in_course", in which it is another lesson's. For a fair comparison gold lacks one rival at random too. Two
more kinds only measure the worst that can happen, a course in which no other lesson is near: the hard pairs
again ("remote"), and those with the objectives of another book ("easy").
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from courseai.quality.contrast import FEWEST_RIVALS, FLOOR, contrast_features, limited, nearest, rivals

if TYPE_CHECKING:
    from calibrate_alignment import Pair

    from courseai.quality.embeddings import Vectors

FEATURES = ("own_logit", "own_minus_best_other")
WEIGHT = {"gold": 1.8, "strict": 1.0, "in_course": 0.5, "remote": 0.0, "easy": 0.0}
"""Chosen so that at most 4 % of strict cases pass 0.75 on books and chapters that the fit had not seen."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A pair, by number, and those of the same text with the rivals' objectives; none is near if empty."""

    kind: str
    pair: int
    rivals: tuple[int, ...]
    share: float
    """Of its text's weight: all hard cases of one text count as one."""


@dataclass(frozen=True)
class Cases:
    """All cases, and where each belongs."""

    items: list[Case]
    taught: NDArray[np.bool_]
    weight: Numbers

    def features(self, logits: Numbers) -> Numbers:
        """One row a case, from the mean logit of every pair."""
        rows = [
            contrast_features(
                limited(logits[case.pair]),
                [limited(logits[one]) for one in case.rivals] or [limited(-np.inf)],
            )
            for case in self.items
        ]
        return np.array([[row[name] for name in FEATURES] for row in rows])


def cases_of(pairs: Sequence[Pair], encode: Callable[[Sequence[str]], Vectors], seed: int = 0) -> Cases:
    """Every case of the texts whose chapter has rivals enough, and the easy ones of all."""
    chance = random.Random(seed)
    items = [case for group in _groups(pairs) for case in _of_one(group, pairs, encode, chance)]
    items += [Case("easy", number, (), 1.0) for number, pair in enumerate(pairs) if pair.kind == "easy"]
    weight = np.array([WEIGHT[case.kind] * case.share for case in items])
    return Cases(items, np.array([case.kind == "gold" for case in items]), weight)


def _groups(pairs: Sequence[Pair]) -> Iterator[list[int]]:
    """Numbers of each text's gold pair and hard pairs, gold first."""
    group: list[int] = []
    for number, pair in enumerate(pairs):
        if pair.kind == "gold" and group:
            yield group
            group = []
        if pair.kind in ("gold", "hard"):
            group.append(number)
    yield group


def _of_one(
    group: list[int],
    pairs: Sequence[Pair],
    encode: Callable[[Sequence[str]], Vectors],
    chance: random.Random,
) -> Iterator[Case]:
    gold, *hard = group
    if len(hard) <= FEWEST_RIVALS:
        return
    left_out = chance.choice(hard)
    wanted = [("gold", gold, [one for one in hard if one != left_out], 1.0)]
    for number in hard:
        others = [one for one in hard if one != number]
        wanted.append(("strict", number, others, 1 / len(hard)))
        wanted.append(("in_course", number, [*others, gold], 1 / len(hard)))
    for kind, number, others, share in wanted:
        numbers = {pairs[one].objectives: one for one in others}
        chosen = rivals(pairs[number].objectives, list(numbers))
        order = nearest(encode(pairs[number].objectives), [encode(each) for each in chosen])
        if kind == "strict":
            yield Case("remote", number, (), share)
        if len(order) >= FEWEST_RIVALS:
            yield Case(kind, number, tuple(numbers[chosen[place]] for place in order), share)


def scores_of(contrasted: Numbers, alone: Numbers, cases: Cases) -> Numbers:
    """The score of each case: the contrast's, or the lesson's own where that is below the floor."""
    own = alone[[case.pair for case in cases.items]]
    return np.where(own < FLOOR, own, contrasted)
