"""What became of each input of a batch, and what the batch comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from courseai.course.errors import (
    BudgetExceededError,
    CourseAIError,
    InputRejectedError,
    InsufficientLessonsError,
)
from courseai.course.state import Json
from courseai.service.batch.source import BatchInput
from courseai.service.progress import RunProgress
from courseai.store.register import RunStatus

ItemState = Literal[
    "queued",
    "working",
    "finished",
    "waiting_for_review",
    "stopped",
    "rejected",
    "insufficient_lessons",
    "budget_stop",
    "failed",
    "set_aside",
    "cancelled",
    "not_afforded",
    "duplicate",
]
"""Waits for its turn; is being made; is made; waits for a person; was interrupted and goes on next time; the
input breaks the contract; ended with too few lessons; reached its own ceiling; failed for another reason and
is tried again next time; killed one worker of the queue after another; was taken out of the queue; was not
begun because the batch's budget is used up; says the same as another input.
"""
PROBLEMS: tuple[ItemState, ...] = (
    "rejected",
    "insufficient_lessons",
    "budget_stop",
    "failed",
    "set_aside",
    "cancelled",
)
ENDED: dict[RunStatus, ItemState] = {
    "unfinished": "stopped",
    "waiting_for_review": "waiting_for_review",
    "insufficient_lessons": "insufficient_lessons",
    "budget_stop": "budget_stop",
    "finished": "finished",
}
_BEGUN = ENDED | {"unfinished": "queued", "insufficient_lessons": "queued"}
"""Where a run that an earlier command has begun stands in this one."""


@dataclass
class BatchItem:
    """One input and its run."""

    input: BatchInput
    run_id: str
    """The same whenever the same batch meets the same content."""
    folder: Path
    """Where its files go; absolute."""
    state: ItemState = "queued"
    is_begun: bool = False
    """Whether the store knows its run."""
    problem: str = ""
    """Why there is no course, for people; empty where all is well."""
    expected_usd: float | None = None
    """At list prices; None until the input was read."""
    cost_usd: float | None = 0.0
    """Of its calls so far; None where no call's cost is known."""
    is_made_now: bool = False
    """Whether this command has brought it to its end: the pace is measured by these."""
    progress: RunProgress = field(default_factory=RunProgress)
    """Of a run that is being made."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more is done on it by this command."""
        return self.state not in ("queued", "working")

    def take(self, status: RunStatus, cost_usd: float | None) -> None:
        """Begin where the store says that the run stands."""
        self.is_begun, self.cost_usd = True, cost_usd
        self.state = _BEGUN[status]

    def fail(self, error: Exception) -> None:
        """It ended without a course."""
        self.state = _state_of(error)
        said = str(error) if isinstance(error, CourseAIError) else f"{type(error).__name__}: {error}"
        self.problem = " ".join([said, *getattr(error, "__notes__", ())])

    def to_dict(self) -> Json:
        """For the manifest and for programs."""
        return {
            "input": self.input.place,
            "run_id": self.run_id,
            "state": self.state,
            "folder": str(self.folder),
            "cost_usd": self.cost_usd,
            "problem": self.problem or None,
        }


def _state_of(error: Exception) -> ItemState:
    match error:
        case InputRejectedError():
            return "rejected"
        case InsufficientLessonsError():
            return "insufficient_lessons"
        case BudgetExceededError():
            return "budget_stop"
        case _:
            return "failed"


def counts(items: Sequence[BatchItem]) -> dict[str, int]:
    """How many are in each state, in the order of `ItemState`; states that nothing is in are left out."""
    found = Counter(item.state for item in items)
    return {state: found[state] for state in get_args(ItemState) if found[state]}


def total_usd(items: Sequence[BatchItem]) -> float | None:
    """What the calls of all of them cost; None where none of these costs is known."""
    begun = [item for item in items if item.is_begun]
    known = [item.cost_usd for item in begun if item.cost_usd is not None]
    return None if begun and not known else sum(known)
