"""When a job that failed is tried again: for faults of the infrastructure only, less and less often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from courseai.course.errors import (
    ModelUnavailableError,
    RunInUseError,
    StoreUnavailableError,
    WeightsUnavailableError,
)

_FIRST_S, _LONGEST_S = 5.0, 600.0
_ATTEMPTS = 150
"""At one every ten minutes about a day."""


class DrainedError(Exception):
    """The worker was asked to stop: the course goes on from here in another one."""


def retry_in_s(error: BaseException, attempts: int) -> float | None:
    """Seconds until a job is tried again that ended with this error; None where that changes nothing.

    `attempts` were made before this one. What quality, budget, settings or input ended stays ended, and so
    does a request that every model refused.
    """
    if isinstance(error, DrainedError):
        return 0.0
    if attempts >= _ATTEMPTS or not _may_pass(error):
        return None
    return min(_LONGEST_S, _FIRST_S * 2.0 ** min(attempts, 10))


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, ModelUnavailableError):
        return error.may_pass
    return isinstance(error, StoreUnavailableError | WeightsUnavailableError | RunInUseError)


class CourseRetry(BaseRetryStrategy):
    """`retry_in_s` for Procrastinate."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """See `BaseRetryStrategy`."""
        seconds = retry_in_s(exception, job.attempts)
        if seconds is None:
            return None
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=seconds))
