"""Where a run's calls go out: those in flight are counted, and those of a closed run held back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Door:
    """One for a gateway; see `Gateway.close_door`."""

    def __init__(self) -> None:
        self._closed_to: set[str] = set()
        self._in_flight: Counter[str] = Counter()

    def close(self, run_id: str) -> None:
        """Let no more calls of a run out."""
        self._closed_to.add(run_id)

    def open(self, run_id: str) -> None:
        """Let them out again."""
        self._closed_to.discard(run_id)

    def in_flight(self, run_id: str) -> int:
        """Calls of a run that are out."""
        return self._in_flight[run_id]

    async def pass_through(self, run_id: str) -> None:
        """Where it is closed to the run, wait until cancelled."""
        if run_id in self._closed_to:
            await asyncio.Event().wait()

    @contextmanager
    def counted(self, run_id: str) -> Iterator[None]:
        """A call that is out."""
        self._in_flight[run_id] += 1
        try:
            yield
        finally:
            self._in_flight[run_id] -= 1
            if not self._in_flight[run_id]:
                del self._in_flight[run_id]
