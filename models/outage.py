"""What a person is told when no model could be reached, or no money is left to ask one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from courseai.course.errors import BudgetExceededError
from courseai.models.attempt import Target, Try
from courseai.models.call import ModelRequest, Outcome
from courseai.models.provider import Provider

_WORDS = {
    Outcome.RATE_LIMITED: "too many requests",
    Outcome.TIMEOUT: "timed out",
    Outcome.SERVER_ERROR: "failed on its side",
    Outcome.CONNECTION_ERROR: "could not be reached",
    Outcome.BAD_REQUEST: "refused the request",
    Outcome.FORBIDDEN: "forbade the request",
    Outcome.BAD_RESPONSE: "sent something that is no answer",
    Outcome.OVER_BUDGET: "was not asked",
}

_OF_THE_REQUEST = frozenset({Outcome.BAD_REQUEST, Outcome.FORBIDDEN, Outcome.OVER_BUDGET})


def explanation(provider: Provider, tier: str, tried: Sequence[tuple[Target, Try[Any]]]) -> str:
    """Which tier failed, which models were tried and why each brought nothing, and what to do."""
    last = tried[-1][1]
    if last.outcome is Outcome.OUT_OF_CREDIT:
        return (
            f"{provider.name} says that the account is out of credit (HTTP 402), so tier {tier} was not "
            "answered. Add credit to the account, then run the same command again."
        )
    if last.outcome is Outcome.UNAUTHORIZED:
        return (
            f"{provider.name} did not accept the API key (HTTP 401), so tier {tier} was not answered. "
            f"Check {provider.key_variable}, then run the same command again."
        )
    reasons = "; ".join(f"{target.model} {_reason(provider, last)}" for target, last in tried)
    return f"No model at {provider.name} answered for tier {tier}: {reasons}. {_advice(tried)}"


def may_pass(tried: Sequence[tuple[Target, Try[Any]]]) -> bool:
    """Whether the same request may be answered later: not where every model that was asked refused it."""
    return any(last.outcome not in _OF_THE_REQUEST for _, last in tried)


def budget_exceeded(
    request: ModelRequest[Any], charged_usd: float, ceiling_usd: float, worst_usd: float
) -> BudgetExceededError:
    """How much is gone, what the next call may cost, and how high the ceiling has to be for it."""
    missing_usd = charged_usd + worst_usd - ceiling_usd
    return BudgetExceededError(
        f"The budget of run {request.run_id} is used up: ${charged_usd:.4f} of ${ceiling_usd:.4f} "
        f"are charged. The next call ({request.purpose} of {request.subject}) may cost up to "
        f"${worst_usd:.4f}; ${missing_usd:.4f} are missing.",
        run_id=request.run_id,
        charged_usd=charged_usd,
        ceiling_usd=ceiling_usd,
        enough_usd=charged_usd + worst_usd,
    )


def _reason(provider: Provider, last: Try[Any]) -> str:
    words = _WORDS.get(last.outcome, last.outcome)
    return f"{words} ({provider.without_key(last.detail)})"


def _advice(tried: Sequence[tuple[Target, Try[Any]]]) -> str:
    outcomes = {last.outcome for _, last in tried}
    if outcomes <= {Outcome.BAD_REQUEST, Outcome.FORBIDDEN, Outcome.BAD_RESPONSE}:
        return "Check the server's URL and the model's name."
    if outcomes <= {Outcome.CONNECTION_ERROR}:
        return "Check that the server runs at that address and that the network reaches it."
    return "Wait a minute or check the provider's status page, then run the same command again."
