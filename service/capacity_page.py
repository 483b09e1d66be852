"""Capacity in words: what `courseai capacity` prints, and what docs/capacity.md holds of it.

The page is made anew by `python -m courseai.service.capacity_page`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from courseai.ops.monitoring_page import with_table
from courseai.service.capacity import (
    Assumptions,
    Figure,
    Need,
    first_to_give,
    needs,
    shipped_assumptions,
    shipped_figures,
)

PAGE = Path(__file__).parent.parent / "docs" / "capacity.md"
SIZES = (1_000, 100_000, 10_000_000)
"""Courses a month that the page is about."""
_BYTES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "KB"))


def capacity_lines(sizes: Sequence[int], assumed: Assumptions) -> list[str]:
    """Tables in Markdown: what is needed, what gives first, and what to change then."""
    needed = {size: needs(size, assumed) for size in sizes}
    return [*_need_rows(needed), "", *_first_rows(needed), "", *_change_rows(needed)]


def figure_lines() -> list[str]:
    """What is reckoned with, as a table in Markdown."""
    figures = shipped_figures()
    head = ["| figure | value | what | from |", "|---|---|---|---|"]
    both = [*figures.measured.items(), *figures.assumed.items()]
    return head + [_figure_row(name, figure) for name, figure in both]


def with_capacity(page: str) -> str:
    """The page with its tables as they are now."""
    page = with_table(page, "capacity", capacity_lines(SIZES, shipped_assumptions()))
    return with_table(page, "figures", figure_lines())


def _need_rows(needed: dict[int, list[Need]]) -> list[str]:
    head = [
        "| needed for | " + " | ".join(f"{size:,} courses a month" for size in needed) + " |",
        "|---" * (len(needed) + 1) + "|",
    ]
    rows = zip(*needed.values(), strict=True)
    return head + [
        f"| {row[0].words} | " + " | ".join(_amount(need.value, need.unit) for need in row) + " |"
        for row in rows
    ]


def _first_rows(needed: dict[int, list[Need]]) -> list[str]:
    rows = ["| courses a month | gives first | needed | at hand |", "|---|---|---|---|"]
    for size, all_needs in needed.items():
        for need in first_to_give(all_needs):
            assert need.bound
            words = need.words if need.load > 1 else f"nothing; nearest to it are {need.words}"
            bound = _amount(need.bound.value, need.unit)
            rows.append(f"| {size:,} | {words} | {_amount(need.value, need.unit)} | {bound} |")
    return rows


def _change_rows(needed: dict[int, list[Need]]) -> list[str]:
    rows = ["| what gives | at hand | what to change then |", "|---|---|---|"]
    given = {each.name: each for size in needed.values() for each in first_to_give(size) if each.load > 1}
    for need in given.values():
        assert need.bound
        rows.append(f"| {need.words} | {need.bound.about} | {need.bound.change} |")
    return rows if given else []


def _figure_row(name: str, figure: Figure) -> str:
    source = f"`{figure.command}`, {figure.date}" if figure.command else "assumed"
    return f"| `{name}` | {_amount(figure.value, figure.unit)} | {figure.about} | {source} |"


def _amount(value: float, unit: str) -> str:
    """Three digits and the unit."""
    for size, name in _BYTES if unit == "bytes" else ():
        if value >= size:
            value, unit = value / size, name
            break
    digits = max(0, 2 - math.floor(math.log10(value))) if value else 0
    number = f"{round(value, digits):,.{digits}f}"
    return f"{number.rstrip('0').rstrip('.') if digits else number} {unit}"


if __name__ == "__main__":
    PAGE.write_text(with_capacity(PAGE.read_text("utf-8")), encoding="utf-8")
