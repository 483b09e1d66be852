"""What each run has spent so far, kept up to date call by call, so that every progress event can say it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from statistics import fmean

from courseai.models.call import Call
from courseai.models.journal import Journal

_RUNS_KEPT = 256
"""The oldest go first; one that goes on is read from the journal again."""


class RunSpending:
    """Sums over the calls of one run, each call once. An unknown cost is not zero: it is in no sum."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._usd = 0.0
        self._known = False
        self._drafts: defaultdict[str, list[float]] = defaultdict(list)
        self.is_complete = False
        """Whether the calls of earlier processes are in it."""
        self.lock = asyncio.Lock()

    def add(self, call: Call) -> None:
        """Count a call; counting it twice changes nothing."""
        if call.call_id in self._seen:
            return
        self._seen.add(call.call_id)
        if call.cost_usd is None:
            return
        self._known = True
        self._usd += call.cost_usd
        if call.purpose in ("draft", "sample", "fill"):
            self._drafts[call.tier].append(call.cost_usd)

    @property
    def usd(self) -> float | None:
        """USD of all calls whose cost is known; None when there are calls and no cost is known."""
        return round(self._usd, 9) if self._known or not self._seen else None

    @property
    def draft_usd(self) -> dict[str, float]:
        """Mean USD of a section's draft by the tier that was asked, for tiers whose costs are known."""
        return {tier: fmean(costs) for tier, costs in self._drafts.items()}


class Spending:
    """The runs that one gateway pays for."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._runs: OrderedDict[str, RunSpending] = OrderedDict()

    async def of(self, run_id: str) -> RunSpending:
        """A run's sums, those of earlier processes included."""
        run = self._runs.setdefault(run_id, RunSpending())
        self._runs.move_to_end(run_id)
        while len(self._runs) > _RUNS_KEPT:
            self._runs.popitem(last=False)
        if not run.is_complete:
            # A run that is resumed wakes all its branches at once: one of them reads, the others wait.
            async with run.lock:
                await self._complete(run_id, run)
        return run

    async def _complete(self, run_id: str, run: RunSpending) -> None:
        if run.is_complete:
            return
        for call in await self._journal.calls(run_id):
            run.add(call)
        run.is_complete = True

    def add(self, call: Call) -> None:
        """Count a call of a run that is followed; the journal has those of the others."""
        if run := self._runs.get(call.run_id):
            run.add(call)
