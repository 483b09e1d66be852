"""Every error this project raises on purpose. Catch `CourseAIError` for all of them.

    CourseAIError
    ├── InputRejectedError          the analysis_result breaks the contract (exit code 2)
    ├── SettingsError               a setting, a policy file or a tier table is wrong (exit code 2)
    │   └── WeightsUnavailableError no verified embedding weights were found (exit code 4)
    ├── InsufficientLessonsError    fewer lessons than the policy's minimum, after filling (exit code 3)
    ├── ModelUnavailableError       a tier and all of its fallbacks failed (exit code 4)
    ├── BudgetExceededError         the next call does not fit under the run's ceiling (exit code 5)
    ├── RunInUseError               another process works on the run (exit code 6)
    │   └── FenceLostError          another process has taken the run from this one (exit code 6)
    ├── StoreUnavailableError       the store of runs cannot be read or written just now (exit code 4)
    ├── WebhookError                alerts could not be sent to the webhook (exit code 4)
    ├── UploadError                 an experiment could not be sent to LangSmith (exit code 4)
    └── RunNotFoundError            no run of that name can be resumed (exit code 2)

Each message is one sentence or two for a person: what is wrong, where, and what to do.
"""

from __future__ import annotations


class CourseAIError(Exception):
    """Base of the tree. `exit_code` is what the command line returns for it."""

    exit_code = 1


class InputRejectedError(CourseAIError):
    """The analysis_result breaks the contract; no model was called."""

    exit_code = 2


class SettingsError(CourseAIError):
    """A setting, a policy file or a tier table cannot be used."""

    exit_code = 2


class WeightsUnavailableError(SettingsError):
    """No embedding weights with the pinned hash were found; there is no substitute."""

    exit_code = 4


class InsufficientLessonsError(CourseAIError):
    """The course has fewer lessons than the policy's minimum after short sections were filled."""

    exit_code = 3


class ModelUnavailableError(CourseAIError):
    """A tier and every fallback of it failed, or was refused for a reason that retrying cannot mend."""

    exit_code = 4

    def __init__(self, message: str, *, may_pass: bool = True) -> None:
        super().__init__(message)
        self.may_pass = may_pass
        """False where every model refused this very request, which no waiting changes."""


class BudgetExceededError(CourseAIError):
    """The next call could take the run over its ceiling, so it was not sent. Amounts are USD."""

    exit_code = 5

    def __init__(
        self, message: str, *, run_id: str, charged_usd: float, ceiling_usd: float, enough_usd: float
    ) -> None:
        super().__init__(message)
        self.run_id = run_id
        self.charged_usd = charged_usd
        """Spent, and held for calls that may have been paid."""
        self.ceiling_usd = ceiling_usd
        self.enough_usd = enough_usd
        """The least ceiling under which the next call fits."""


class RunInUseError(CourseAIError):
    """Another process works on the run; two would pay for the same calls."""

    exit_code = 6


class FenceLostError(RunInUseError):
    """This process stood still so long that another one took its run; it may write nothing more."""


class StoreUnavailableError(CourseAIError):
    """The store of runs cannot be read or written just now: disk full, read-only, database gone."""

    exit_code = 4


class WebhookError(CourseAIError):
    """Alerts could not be sent to the webhook. The message names its host, and no more of its URL."""

    exit_code = 4


class UploadError(CourseAIError):
    """An experiment could not be sent to LangSmith. The courses behind it are made and kept."""

    exit_code = 4


class RunNotFoundError(CourseAIError):
    """No run with that id is stored here."""

    exit_code = 2
