"""How fast the sections of a run get done, and what those that are left will take if they go on like that."""

from __future__ import annotations

from collections.abc import Callable

DraftCost = Callable[[str], float | None]
"""USD of one draft on a tier; None where nothing is known of it."""

_DONE_BESIDE = 0.25


class Pace:
    """The sections of one run that this process works on. A run that is resumed starts counting anew."""

    def __init__(self, side_by_side: int, clock: Callable[[], float]) -> None:
        self._side_by_side = side_by_side
        self._clock = clock
        self._begun_at = 0.0
        self._open: set[str] = set()
        self._finished: set[str] = set()
        self._awaited: dict[str, str] = {}

    @property
    def left(self) -> int:
        """Sections under way or waiting for their turn; all branches begin at once, so all are known."""
        return len(self._open)

    def enter(self, section_id: str, tier: str) -> None:
        """A section is worked on; the first one starts the clock."""
        if not (self._open or self._finished):
            self._begun_at = self._clock()
        if section_id not in self._open:
            self.await_draft(section_id, tier)
        self._open.add(section_id)
        self._finished.discard(section_id)

    def finish(self, section_id: str) -> None:
        """A section was accepted or flagged."""
        self._open.discard(section_id)
        self._finished.add(section_id)

    def await_draft(self, section_id: str, tier: str) -> None:
        """A tier is asked for a draft."""
        self._awaited[section_id] = tier

    def receive_draft(self, section_id: str) -> None:
        """The draft is there."""
        self._awaited.pop(section_id, None)

    def rest_s(self) -> float | None:
        """Seconds until the last section is done; None before the first one is.

        The time so far for each section done, times the sections left. Those side by side with the last
        finished one count as partly done: without that, the first of seven to finish would promise six times
        its own time. They are those that need more drafts, so a quarter, and not a half, fits what was
        measured (docs/embedding.md).
        """
        if not self._finished:
            return None
        partly_done = min(self._side_by_side, self.left) * _DONE_BESIDE
        seconds = self._clock() - self._begun_at
        return round(seconds * (self.left - partly_done) / (len(self._finished) + partly_done), 1)

    def rest_usd(self, draft_cost: DraftCost) -> float | None:
        """USD of the drafts that are awaited, if each is good enough; None where a cost is not known.

        Further climbing cannot be foreseen, and judging, rewriting and exercises come later: it is a lower
        estimate.
        """
        costs = [draft_cost(tier) for tier in self._awaited.values()]
        known = [cost for cost in costs if cost is not None]
        return round(sum(known), 9) if len(known) == len(costs) else None
