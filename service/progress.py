"""Live progress of a run: a table that changes in a terminal, plain lines everywhere else.

What happened is kept in `RunProgress`, which only reads events; the views only draw it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from courseai.course.event import ProgressEvent
from courseai.course.problem import visible
from courseai.course.state import Json
from courseai.service.money import usd

_PHASES = {
    "planned": "writing the metadata",
    "metadata_written": "writing the sections",
    "lessons_rewritten": "judging the rewritten lessons",
    "lessons_judged": "counting the lessons",
    "lessons_counted": "putting the course together",
    "review_needed": "putting the course together",
    "review_decided": "carrying out the decisions",
    "item_regenerated": "checking what was written anew",
    "finished": "done",
}
_STATES = {
    "section_started": "writing",
    "section_drafted": "checking",
    "section_retried": "trying again",
    "section_escalated": "escalated",
    "section_accepted": "accepted",
    "section_flagged": "flagged",
}
_STYLES = {
    "accepted": "green",
    "flagged": "yellow",
    "escalated": "magenta",
    "trying again": "magenta",
    "waiting": "dim",
}
_LINE = 200


@dataclass
class SectionRow:
    """One section on its way."""

    title: str
    tier: str = ""
    alignment: float | None = None
    state: str = "waiting"


@dataclass
class RunProgress:
    """How far a run has come."""

    phase: str = "reading the input"
    sections: dict[str, SectionRow] = field(default_factory=dict)
    cost_usd: float | None = None
    """Spent so far; None before the first figure."""
    ceiling_usd: float | None = None
    target_usd: float | None = None
    rest_s: float | None = None
    rest_usd: float | None = None
    """Estimates for the sections that are left; None where there is none."""

    @property
    def headline(self) -> str:
        """What is going on, what it has cost, and what the sections will still take."""
        spent = None if self.cost_usd is None else f"{usd(self.cost_usd)} so far{self._limits()}"
        return " · ".join(filter(None, [self.phase, spent, self._rest()]))

    def _limits(self) -> str:
        if self.ceiling_usd is None or self.target_usd is None:
            return ""
        return f" (target {usd(self.target_usd)}, ceiling {usd(self.ceiling_usd)})"

    def _rest(self) -> str | None:
        if self.rest_s is None:
            return None
        cost = "" if self.rest_usd is None else f" and {usd(self.rest_usd)}"
        return f"sections need about {duration(self.rest_s)}{cost} more"

    def plan(self, plan: Json) -> None:
        """Rows for the sections that are planned."""
        self.sections = {s["section_id"]: SectionRow(visible(s["area"], 60)) for s in plan["sections"]}

    def note(self, event: ProgressEvent) -> None:
        """Take in one event; unknown ones change nothing."""
        kind = event["kind"]
        self.phase = _PHASES.get(kind, self.phase)
        self.cost_usd = event.get("cost_usd", self.cost_usd)
        left = event.get("sections_left")
        self.rest_s = event.get("estimated_rest_s") if left else None
        self.rest_usd = event.get("estimated_rest_usd") if left else None
        row = self.sections.get(event.get("section_id", ""))
        if row is None or kind not in _STATES:
            return
        row.state = _STATES[kind]
        row.tier = event.get("tier", row.tier)
        if kind in ("section_drafted", "section_accepted", "section_flagged"):
            row.alignment = event.get("alignment")


class ProgressView(Protocol):
    """Where a run's progress is shown."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def limits(self, ceiling_usd: float, target_usd: float) -> None:
        """The most that the run may cost, and what it should."""

    def plan(self, plan: Json) -> None:
        """The sections to come."""

    def note(self, event: ProgressEvent) -> None:
        """One thing that happened."""


class QuietView:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to end."""

    def limits(self, ceiling_usd: float, target_usd: float) -> None:
        """See `ProgressView`."""

    def plan(self, plan: Json) -> None:
        """See `ProgressView`."""

    def note(self, event: ProgressEvent) -> None:
        """See `ProgressView`."""


class PlainView(QuietView):
    """One line for each event: for pipes and logs."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def note(self, event: ProgressEvent) -> None:
        """See `ProgressView`."""
        self._console.print(visible(event["message"], _LINE), markup=False, highlight=False, soft_wrap=True)


class LiveView(QuietView):
    """A table that is drawn again as the run goes on."""

    def __init__(self, console: Console) -> None:
        self._progress = RunProgress()
        self._spinner = Spinner("dots")
        self._live = Live(console=console, get_renderable=self._draw, refresh_per_second=8, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def limits(self, ceiling_usd: float, target_usd: float) -> None:
        """See `ProgressView`."""
        self._progress.ceiling_usd, self._progress.target_usd = ceiling_usd, target_usd

    def plan(self, plan: Json) -> None:
        """See `ProgressView`."""
        self._progress.plan(plan)

    def note(self, event: ProgressEvent) -> None:
        """See `ProgressView`."""
        self._progress.note(event)

    def _draw(self) -> RenderableType:
        self._spinner.update(text=Text(self._progress.headline, style="bold"))
        return Group(self._spinner, sections_table(self._progress.sections))


def duration(seconds: float) -> str:
    """`42 s`, `12 min`, `3.5 h`."""
    if seconds >= 5400:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def sections_table(sections: Mapping[str, SectionRow]) -> Table:
    """One row for each section."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=bool(sections))
    for title in ("section", "", "tier", "alignment", "state"):
        table.add_column(title, justify="right" if title == "alignment" else "left", header_style="dim")
    for section_id, row in sections.items():
        state = Text(row.state, style=_STYLES.get(row.state, "cyan"))
        table.add_row(Text(section_id), Text(row.title), row.tier, alignment_text(row.alignment, ""), state)
    return table


def alignment_text(alignment: float | None, missing: Any = "unverified") -> str:
    """Two decimals; a word where there is no calibrated score."""
    return str(missing) if alignment is None else f"{alignment:.2f}"
