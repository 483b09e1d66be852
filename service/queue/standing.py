"""Where an enqueued course stands: read from its last job, the list of runs, and what went wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from courseai.store.register import RunStatus

JobState = Literal[
    "queued",
    "working",
    "finished",
    "waiting_for_review",
    "insufficient_lessons",
    "budget_stop",
    "failed",
    "set_aside",
    "cancelled",
]
"""Waits for a worker or for its next try; is being made; is made; waits for a person; ended with too few
lessons; reached its ceiling; failed for another reason; killed one worker after another; was taken out."""
STATES: tuple[JobState, ...] = get_args(JobState)
_UNDER_WAY: dict[str, JobState] = {"todo": "queued", "doing": "working"}
_QUALITY: dict[RunStatus, JobState] = {
    "insufficient_lessons": "insufficient_lessons",
    "budget_stop": "budget_stop",
}


@dataclass(frozen=True)
class JobStanding:
    """One enqueued course."""

    run_id: str
    job_id: int
    state: JobState
    tenant: str
    priority: int
    attempts: int
    """Tries of its job that ended."""
    enqueued_at: str
    """ISO 8601, UTC."""
    next_try_at: str | None
    """ISO 8601, UTC; of a course that waits for its next try."""
    problem: str
    """Why it failed last, for people; empty where nothing went wrong."""

    @property
    def is_under_way(self) -> bool:
        """Whether workers still have to do with it."""
        return self.state in ("queued", "working")


def job_state(job_status: str, run_status: RunStatus | None, *, is_set_aside: bool) -> JobState:
    """`job_status` is Procrastinate's word on the last job of a run."""
    if state := _UNDER_WAY.get(job_status):
        return state
    if run_status == "finished":
        return "finished"
    if job_status == "succeeded":
        return "waiting_for_review"
    if job_status == "failed":
        stopped = _QUALITY.get(run_status) if run_status else None
        return "set_aside" if is_set_aside else stopped or "failed"
    return "cancelled"
