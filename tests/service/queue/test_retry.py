"""Faults of the infrastructure are tried again, less and less often; nothing else is."""

from __future__ import annotations

import pytest

from courseai.course.errors import (
    BudgetExceededError,
    CourseAIError,
    FenceLostError,
    InputRejectedError,
    InsufficientLessonsError,
    ModelUnavailableError,
    RunInUseError,
    RunNotFoundError,
    SettingsError,
    StoreUnavailableError,
    WeightsUnavailableError,
)
from courseai.service.queue.retry import DrainedError, retry_in_s

OUT_OF_MONEY = BudgetExceededError("", run_id="r", charged_usd=1, ceiling_usd=1, enough_usd=2)


@pytest.mark.parametrize(
    "error",
    [
        ModelUnavailableError("no model"),
        StoreUnavailableError("no store"),
        WeightsUnavailableError("no weights"),
        RunInUseError("in use"),
        FenceLostError("taken over"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_fault_of_the_infrastructure_is_tried_again_less_and_less_often(error: CourseAIError) -> None:
    waits = [retry_in_s(error, attempts) for attempts in range(9)]
    assert waits == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    assert retry_in_s(error, 150) is None


@pytest.mark.parametrize(
    "error",
    [
        InputRejectedError("bad input"),
        InsufficientLessonsError("too few lessons"),
        OUT_OF_MONEY,
        SettingsError("bad settings"),
        RunNotFoundError("deleted"),
        ModelUnavailableError("refused by all", may_pass=False),
        ZeroDivisionError("our own fault"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_quality_budget_input_and_faults_of_our_own_are_not_tried_again(error: Exception) -> None:
    assert retry_in_s(error, 0) is None


def test_a_course_of_a_worker_that_drains_goes_on_at_once() -> None:
    assert retry_in_s(DrainedError(), 1000) == 0
