"""Live progress of a batch: how many courses are made, what they have cost, what the rest will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from statistics import fmean
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from courseai.course.problem import visible
from courseai.service.batch.item import BatchItem, ItemState, counts, total_usd
from courseai.service.money import usd
from courseai.service.progress import RunProgress, duration
from courseai.service.terminal.console import say

WORDS: dict[ItemState, str] = {
    "queued": "to be made",
    "working": "being made",
    "finished": "made",
    "waiting_for_review": "wait for review",
    "stopped": "interrupted",
    "rejected": "rejected",
    "insufficient_lessons": "with too few lessons",
    "budget_stop": "stopped by their ceiling",
    "failed": "failed",
    "set_aside": "set aside",
    "cancelled": "cancelled",
    "not_afforded": "not begun, for want of budget",
    "duplicate": "the same as another",
}
"""For people, after a number."""
_SHOWN = 16
"""Courses that are being made of which a terminal shows a row."""
_LINE = 300


class BatchProgress:
    """How far a batch has come. Reads its items; keeps nothing but the time."""

    def __init__(self, items: Sequence[BatchItem], clock: Callable[[], float] = time.monotonic) -> None:
        self.items = items
        self._clock = clock
        self._started_s = clock()

    @property
    def headline(self) -> str:
        """Counts, cost so far, and what is left of both."""
        found = counts(self.items)
        courses = len(self.items) - found.pop("duplicate", 0)
        made = found.pop("finished", 0)
        for state in ("queued", "working"):
            found.pop(state, None)
        others = [f"{count} {WORDS[state]}" for state, count in found.items()]  # type: ignore[index]
        spent = f"{usd(total_usd(self.items))} so far"
        return " · ".join([f"{made} of {courses} courses made", *others, spent, *self._rest()])

    def rest_usd(self) -> float | None:
        """Estimated USD of all that is still to be made; None where no cost or no input is known.

        List prices, times what the courses of this batch have cost so far for each dollar expected.
        """
        known = [item.expected_usd for item in self.items if item.expected_usd is not None]
        if total_usd(self.items) is None or not known:
            return None
        ended = [item for item in self.items if item.state == "finished" and item.expected_usd]
        expected = sum(item.expected_usd or 0.0 for item in ended)
        ratio = sum(item.cost_usd or 0.0 for item in ended) / expected if expected else 1.0
        usual = fmean(known)
        left = [item for item in self.items if not item.is_over]
        asked = [usual if item.expected_usd is None else item.expected_usd for item in left]
        spent = [item.cost_usd or 0.0 for item in left]
        return sum(max(0.0, listed * ratio - paid) for listed, paid in zip(asked, spent, strict=True))

    def rest_s(self) -> float | None:
        """Estimated seconds to the end, at the pace so far; None before the first course is made."""
        made = sum(item.is_made_now for item in self.items)
        if not made:
            return None
        left = sum({"queued": 1.0, "working": 0.5}.get(item.state, 0.0) for item in self.items)
        return left * (self._clock() - self._started_s) / made

    def _rest(self) -> list[str]:
        rest_s, rest_usd = self.rest_s(), self.rest_usd()
        if all(item.is_over for item in self.items):
            return []
        words = [duration(rest_s)] if rest_s is not None else []
        words += [usd(rest_usd)] if rest_usd is not None else []
        return [f"about {' and '.join(words)} more"] if words else []


class BatchView(AbstractContextManager["BatchView"]):
    """Where a batch's progress is shown; this one shows nothing."""

    def __exit__(self, *_error: object) -> None:
        """Nothing to end."""

    def ended(self, item: BatchItem) -> None:
        """Nothing more is done on one of its inputs."""


class PlainBatchView(BatchView):
    """One line for each input that came to its end: for pipes and logs."""

    def __init__(self, console: Console, progress: BatchProgress) -> None:
        self._console = console
        self._progress = progress

    def ended(self, item: BatchItem) -> None:
        """See `BatchView`."""
        cost = f", {usd(item.cost_usd)}" if item.is_begun else ""
        reason = f": {visible(item.problem, _LINE)}" if item.problem else ""
        say(self._console, f"{item.input.place}: {item.state.replace('_', ' ')}{cost}{reason}")
        say(self._console, f"  {self._progress.headline}")


class LiveBatchView(BatchView):
    """Counts, and a row for each course that is being made, drawn again as they go on."""

    def __init__(self, console: Console, progress: BatchProgress) -> None:
        self._progress = progress
        self._spinner = Spinner("dots")
        self._live = Live(console=console, get_renderable=self._draw, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._live.stop()

    def ended(self, item: BatchItem) -> None:
        """What went wrong stays on the screen, above the table."""
        if item.problem and item.state != "duplicate":
            say(self._live.console, f"{item.input.place}: {visible(item.problem, _LINE)}")

    def _draw(self) -> RenderableType:
        self._spinner.update(text=Text(self._progress.headline, style="bold"))
        working = [item for item in self._progress.items if item.state == "working"]
        return Group(self._spinner, _working_table(working[:_SHOWN]))


def _working_table(items: Sequence[BatchItem]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for item in items:
        row = (Text(visible(item.input.name, 40)), Text(item.progress.phase), _sections(item.progress))
        table.add_row(*row, usd(item.cost_usd))
    return table


def _sections(progress: RunProgress) -> str:
    if not progress.sections:
        return ""
    done = sum(row.state in ("accepted", "flagged") for row in progress.sections.values())
    return f"{done} of {len(progress.sections)} sections"
