"""Charts as data: dashboard.js draws them, and the page has each as a table and in a sentence too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from courseai.service.measure import Value, amount, count, duration, score, share

Unit = Literal["usd", "share", "seconds", "count", "score"]
Kind = Literal["bar", "line", "limit"]


COLOURS = ("one", "two", "three", "four", "five")
"""Of series, as dashboard.css has them in light and in dark."""


@dataclass(frozen=True)
class Series:
    """One row of values, one for each label."""

    name: str
    values: Sequence[Value]
    kind: Kind = "line"
    """A limit is a line that stands for a rule; the table leaves it out, the sentence names it."""
    colour: str = "one"
    """A variable of dashboard.css: `--chart-one` and so on."""


@dataclass(frozen=True)
class Band:
    """Where values should lie."""

    low: float
    high: float
    name: str


@dataclass(frozen=True)
class Chart:
    """One chart."""

    name: str
    """Of its place in the page: letters and dashes."""
    title: str
    sentence: str
    """What it shows, for whoever does not see it."""
    labels: Sequence[str]
    series: Sequence[Series]
    unit: Unit
    label_title: str = "day"
    bands: Sequence[Band] = ()
    is_stacked: bool = False
    is_horizontal: bool = False
    is_logarithmic: bool = False
    lowest: float | None = None
    highest: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw but rules."""
        drawn = [each for each in self.series if each.kind != "limit"]
        return not any(value for each in drawn for value in each.values)

    @property
    def columns(self) -> list[Series]:
        """What the table shows."""
        return [each for each in self.series if each.kind != "limit"]

    def shown(self, value: Value) -> str:
        """A value of it in words."""
        return FORMATS[self.unit](value)

    def drawing(self) -> dict[str, Any]:
        """What dashboard.js draws, as plain JSON."""
        return {
            "labels": list(self.labels),
            "series": [
                {"name": each.name, "values": list(each.values), "kind": each.kind, "colour": each.colour}
                for each in self.series
            ],
            "bands": [{"low": band.low, "high": band.high} for band in self.bands],
            "unit": self.unit,
            "stacked": self.is_stacked,
            "horizontal": self.is_horizontal,
            "logarithmic": self.is_logarithmic,
            "lowest": self.lowest,
            "highest": self.highest,
        }


FORMATS: dict[Unit, Callable[[Value], str]] = {
    "usd": amount,
    "share": share,
    "seconds": duration,
    "count": count,
    "score": score,
}


@dataclass(frozen=True)
class Table:
    """A table beside the charts. Cells are text; all columns but `text_columns` hold numbers."""

    name: str
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    empty: str = "Nothing yet."
    note: str = ""
    text_columns: frozenset[int] = field(default_factory=lambda: frozenset({0}))
    is_wide: bool = False
