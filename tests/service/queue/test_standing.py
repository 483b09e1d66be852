"""What a job and its run say together."""

from __future__ import annotations

import pytest

from courseai.service.queue.standing import JobState, job_state
from courseai.service.queue.takeover import Deaths
from courseai.store.register import RunStatus


@pytest.mark.parametrize(
    ("job", "run", "state"),
    [
        ("todo", "unfinished", "queued"),
        ("todo", "waiting_for_review", "queued"),
        ("doing", "waiting_for_review", "working"),
        ("succeeded", "finished", "finished"),
        ("succeeded", "waiting_for_review", "waiting_for_review"),
        ("failed", "unfinished", "failed"),
        ("failed", "waiting_for_review", "failed"),
        ("failed", "budget_stop", "budget_stop"),
        ("failed", "insufficient_lessons", "insufficient_lessons"),
        ("failed", "finished", "finished"),
        ("failed", None, "failed"),
        ("aborted", "unfinished", "cancelled"),
        ("cancelled", "unfinished", "cancelled"),
    ],
)
def test_the_state_of_a_course(job: str, run: RunStatus | None, state: JobState) -> None:
    assert job_state(job, run, is_set_aside=False) == state


def test_a_failed_job_that_killed_its_workers_is_set_aside() -> None:
    assert job_state("failed", "unfinished", is_set_aside=True) == "set_aside"


def test_five_workers_that_die_before_a_course_comes_further_are_too_many() -> None:
    deaths = Deaths()
    for _ in range(4):
        deaths = deaths.once_more(calls=7)
    assert not deaths.are_too_many
    assert deaths.once_more(calls=7).are_too_many


def test_deaths_between_which_a_course_came_further_do_not_add_up() -> None:
    deaths = Deaths()
    for calls in range(100):
        deaths = deaths.once_more(calls)
    assert deaths.count == 1
