"""What so many courses a month need, reckoned from measured figures (capacity_figures.json), and what gives.

Everything is of the busiest hour, but storage and money, which are of a month.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FIGURES_FILE = Path(__file__).with_name("capacity_figures.json")
_DAYS_A_MONTH = 30
_HOURS_A_MONTH = _DAYS_A_MONTH * 24
_CONNECTIONS_A_WORKER = 18
"""At most, beside one for each course at once (docs/scale.md)."""
_LEAST_WORKERS = 2
"""So that one can die or be replaced."""


class Figure(BaseModel):
    """A number and where it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float
    unit: str
    about: str
    command: str | None = None
    """What measured it; None for an assumption."""
    date: str | None = None


class Bound(BaseModel):
    """What is there before anybody asks for more, and what to do when it does not suffice."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float
    about: str
    change: str


class Figures(BaseModel):
    """All that is reckoned with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    machine: str
    measured: Mapping[str, Figure]
    """Each of one course, or of one worker."""
    assumed: Mapping[str, Figure]
    at_hand: Mapping[str, Bound]


@dataclass(frozen=True)
class Assumptions:
    """What the operator knows better."""

    busiest_hour: float
    courses_at_once: int
    retention_days: int


@dataclass(frozen=True)
class Need:
    """How much of one thing is needed."""

    name: str
    words: str
    value: float
    unit: str
    bound: Bound | None = None
    """None for what can be had at any number."""

    @property
    def load(self) -> float:
        """The need over what is at hand."""
        return self.value / self.bound.value if self.bound else 0.0


@cache
def shipped_figures() -> Figures:
    """Those in the file."""
    return Figures.model_validate_json(FIGURES_FILE.read_text("utf-8"))


def shipped_assumptions() -> Assumptions:
    """Those in the file."""
    assumed = {name: figure.value for name, figure in shipped_figures().assumed.items()}
    return Assumptions(
        assumed["busiest_hour"], int(assumed["courses_at_once"]), int(assumed["retention_days"])
    )


def needs(courses_a_month: int, assumed: Assumptions) -> list[Need]:
    """What that many courses need, in the order of the page."""
    figures = shipped_figures()
    one = {name: figure.value for name, figure in figures.measured.items()}
    planned_load = figures.assumed["planned_load"].value
    an_hour = courses_a_month / _HOURS_A_MONTH * assumed.busiest_hour
    a_second = an_hour / 3600
    at_once = a_second * one["seconds"]
    cores = a_second * one["worker_cpu_s"] / planned_load
    # Python runs on one processor at a time, so a worker is not planned to use more than one.
    workers = max(_LEAST_WORKERS, math.ceil(at_once / assumed.courses_at_once), math.ceil(cores))
    each = min(assumed.courses_at_once, max(1, math.ceil(at_once / workers)))
    stored = courses_a_month * assumed.retention_days / _DAYS_A_MONTH * one["stored_bytes"]
    values = [
        ("courses", "courses in the busiest hour", an_hour, "courses"),
        ("at_once", "courses under way at once", at_once, "courses"),
        ("workers", "workers", workers, "processes"),
        ("worker_cores", "their processors", cores, "cores"),
        ("worker_memory", "their memory", workers * one["resident_bytes"], "bytes"),
        ("connections", "PostgreSQL connections", workers * (_CONNECTIONS_A_WORKER + each), "connections"),
        (
            "database_cores",
            "PostgreSQL's processors",
            a_second * one["database_cpu_s"] / planned_load,
            "cores",
        ),
        ("transactions", "its transactions", a_second * one["transactions"], "a second"),
        ("storage", f"storage, kept {assumed.retention_days} days", stored, "bytes"),
        ("requests", "requests to the provider", 60 * a_second * one["calls"], "a minute"),
        ("tokens", "tokens at the provider", 60 * a_second * one["tokens"], "a minute"),
        ("money", "money", courses_a_month * one["usd"], "USD a month"),
    ]
    return [Need(*value, figures.at_hand.get(value[0])) for value in values]


def first_to_give(needed: Sequence[Need]) -> list[Need]:
    """What does not suffice, the scarcest first; where all does, what is nearest to it."""
    by_load = sorted((need for need in needed if need.bound), key=lambda need: -need.load)
    return [need for need in by_load if need.load > 1] or by_load[:1]
