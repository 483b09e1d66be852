"""One request on its way to a model: where it goes, how each try ends, and the record that it leaves."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from courseai.models.breaker import Breaker, Permit
from courseai.models.budget import Budget
from courseai.models.call import Call, ModelRequest, Outcome
from courseai.models.client import Reply
from courseai.models.journal import Begun
from courseai.models.provider import Provider
from courseai.models.reply import parse_reply
from courseai.models.retry import REFUSED, Failure
from courseai.models.tiers import Tier
from courseai.models.worst_case import charged_usd

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class Question(Generic[T]):
    """A request, its key in the journal, and the count of tries made for it over all models."""

    request: ModelRequest[T]
    key: str
    tries: Iterator[int]
    budget: Budget


@dataclass(frozen=True)
class Target:
    """A model that may answer, and the tier whose price it has."""

    tier: Tier
    model: str
    breaker: Breaker
    budget_move: bool = False
    """It stands in for a dearer tier that the run cannot afford."""


@dataclass(frozen=True)
class Try(Generic[T]):
    """How one try ended. With no `call`, nothing was sent: no money was left, or the breaker was open."""

    outcome: Outcome
    detail: str
    call: Call | None = None
    value: T | None = None
    problems: tuple[str, ...] = ()
    status: int | None = None
    retry_after_s: float | None = None
    is_free: bool = False
    """It failed in a way that is not billed."""
    permit: Permit | None = None
    """The breaker's leave to send it; None where nothing was sent."""


def failed(failure: Failure) -> Try[Any]:
    """The try that brought no answer."""
    return Try(
        failure.outcome,
        failure.detail,
        status=failure.status,
        retry_after_s=failure.retry_after_s,
        is_free=failure.outcome in REFUSED or not failure.reached,
    )


def answered(reply: Reply, answer_type: type[T]) -> Try[T]:
    """The try whose answer is `reply`, valid or not."""
    if reply.finish_reason == "error":
        return Try(Outcome.SERVER_ERROR, "the model broke off with an error")
    value, problems = parse_reply(reply.text, answer_type)
    if value is not None:
        return Try(Outcome.OK, "", value=value)
    if reply.finish_reason == "length":
        problems = ("the answer was cut off at the token limit", *problems)
        return Try(Outcome.TRUNCATED, problems[0], problems=problems)
    return Try(Outcome.SCHEMA_FAILURE, problems[0], problems=problems)


def begin(question: Question[Any], target: Target, reserved_usd: float) -> Begun:
    """What the journal is told before the request is sent."""
    request = question.request
    return Begun(
        call_id=uuid.uuid4().hex,
        call_key=question.key,
        run_id=request.run_id,
        phase=request.phase,
        purpose=request.purpose,
        subject=request.subject,
        tier=target.tier.name,
        model=target.model,
        attempt=request.attempt,
        reserved_usd=reserved_usd,
        ceiling_usd=question.budget.ceiling_usd,
        started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )


def record(
    provider: Provider,
    question: Question[T],
    target: Target,
    *,
    begun: Begun,
    ended: Try[T],
    reply: Reply | None,
    seconds: float,
    rate_wait_s: float | None,
) -> Call:
    """The frozen record of one try. Its cost is the provider's own figure, else the list price."""
    request = question.request
    tokens_in, tokens_out = (reply.tokens_in, reply.tokens_out) if reply else (None, None)
    listed_usd = provider.cost_usd(target.tier, tokens_in, tokens_out)
    cost_usd = reply.cost_usd if reply and reply.cost_usd is not None else listed_usd
    return Call(
        call_id=begun.call_id,
        run_id=request.run_id,
        phase=request.phase,
        purpose=request.purpose,
        subject=request.subject,
        tier=request.tier,
        answering_tier=target.tier.name,
        provider=provider.name,
        model_requested=target.model,
        model_answered=reply.model if reply else None,
        attempt=request.attempt,
        transport_attempt=next(question.tries),
        prompt_name=request.prompt.name,
        prompt_version=request.prompt.version,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        tokens_cached=reply.tokens_cached if reply else None,
        cost_usd=cost_usd,
        seconds=seconds,
        started_at=begun.started_at,
        outcome=ended.outcome,
        detail=provider.without_key(ended.detail),
        reserved_usd=begun.reserved_usd,
        charged_usd=charged_usd(target.tier, reply, cost_usd, begun.reserved_usd, is_free=ended.is_free),
        budget_move=target.budget_move,
        rate_wait_s=rate_wait_s,
    )
