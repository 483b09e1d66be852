"""How fast the sections of a run get done, and what those that are left will take if they go on like that."""

from __future__ import annotations

from collections.abc import Callable
from statistics import fmean

SectionCost = Callable[[str], float | None]


class Pace:
    """The sections of one run that this process works on. A run that is resumed starts counting anew."""

    def __init__(self, side_by_side: int, clock: Callable[[], float]) -> None:
        self._side_by_side = side_by_side
        self._clock = clock
        self._begun_at = 0.0
        self._open: set[str] = set()
        self._finished: set[str] = set()

    @property
    def left(self) -> int:
        """Sections under way or waiting for their turn; all branches begin at once, so all are known."""
        return len(self._open)

    def enter(self, section_id: str) -> None:
        """A section is worked on; the first one starts the clock."""
        if not (self._open or self._finished):
            self._begun_at = self._clock()
        self._open.add(section_id)
        self._finished.discard(section_id)

    def finish(self, section_id: str) -> None:
        """A section was accepted or flagged."""
        self._open.discard(section_id)
        self._finished.add(section_id)

    def rest_s(self) -> float | None:
        """Seconds until the last section is done; None before the first one is.

        The time so far for each section done, times the sections left. Those side by side with the last
        finished one are taken as half done: without that, the first of seven to finish would promise six
        times its own time for six that are nearly ready.
        """
        if not self._finished:
            return None
        half_done = min(self._side_by_side, self.left) / 2
        seconds = self._clock() - self._begun_at
        return round(seconds * (self.left - half_done) / (len(self._finished) + half_done), 1)

    def rest_usd(self, cost: SectionCost) -> float | None:
        """USD for the drafts of the sections left, at the mean of the finished ones, less what they have had.

        None before the first section is done or where no cost is known. Judging, rewriting and exercises
        come later and are not in it.
        """
        costs = [usd for usd in map(cost, self._finished) if usd is not None]
        if not costs:
            return None
        mean = fmean(costs)
        return round(sum(max(0.0, mean - (cost(section_id) or 0.0)) for section_id in self._open), 9)
