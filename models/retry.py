"""What an error means, whether trying again can help, and how long to wait: the one place that retries."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
import openai

from courseai.course.policy import AvailabilityPolicy
from courseai.models.call import Outcome
from courseai.models.client import BodyRefusedError

E = TypeVar("E", bound=BaseException)

logger = logging.getLogger(__name__)

TRANSIENT = frozenset({Outcome.RATE_LIMITED, Outcome.TIMEOUT, Outcome.SERVER_ERROR, Outcome.CONNECTION_ERROR})
"""Worth another try at the same model."""
UNAVAILABLE = TRANSIENT | {Outcome.BAD_RESPONSE}
"""Counted against a model's availability."""
ACCOUNT_REFUSALS = frozenset({Outcome.UNAUTHORIZED, Outcome.OUT_OF_CREDIT})
"""True of the key, so of every model behind it: only the operator can mend them."""
REFUSED = ACCOUNT_REFUSALS | {Outcome.RATE_LIMITED, Outcome.BAD_REQUEST, Outcome.FORBIDDEN}
"""Turned away before a model did any work, so nothing is billed."""
ANSWERED = frozenset({Outcome.OK, Outcome.SCHEMA_FAILURE, Outcome.TRUNCATED})
"""The model spoke; what it said is for routing to judge."""

MAX_SERVER_MESSAGE_CHARS = 120

_BY_STATUS: dict[int, Outcome] = {
    HTTPStatus.UNAUTHORIZED: Outcome.UNAUTHORIZED,
    HTTPStatus.PAYMENT_REQUIRED: Outcome.OUT_OF_CREDIT,
    HTTPStatus.FORBIDDEN: Outcome.FORBIDDEN,
    HTTPStatus.REQUEST_TIMEOUT: Outcome.TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS: Outcome.RATE_LIMITED,
}


@dataclass(frozen=True)
class Failure:
    """Why a call brought no answer. `detail` is for a person and holds no key."""

    outcome: Outcome
    detail: str
    status: int | None = None
    """HTTP status, where one came."""
    retry_after_s: float | None = None
    """How long the server asked to be left alone."""
    reached: bool = True
    """False when no connection was made, so that the server cannot have billed anything."""


def classify(error: Exception, now: datetime) -> Failure:
    """Say what an error of one call means. Anything unforeseen is a bad response, not a crash."""
    if isinstance(error, openai.APIStatusError):
        return _status_failure(error.status_code, error.body, retry_after_s(error.response.headers, now))
    if refused := _cause(error, BodyRefusedError):
        return Failure(Outcome.BAD_RESPONSE, str(refused))
    # openai's aiohttp transport calls a dropped connection a time-out, so the original error decides.
    dropped = _cause(error, aiohttp.ClientError)
    if isinstance(dropped or error, TimeoutError | openai.APITimeoutError):
        return Failure(Outcome.TIMEOUT, "no complete answer within the time-out")
    if dropped or isinstance(error, openai.APIConnectionError):
        name = type(dropped or error.__cause__ or error).__name__
        reached = not isinstance(dropped, aiohttp.ClientConnectorError)
        return Failure(Outcome.CONNECTION_ERROR, f"the connection failed ({name})", reached=reached)
    if isinstance(error, ValueError) and error.args and isinstance(error.args[0], dict):
        return _error_in_body(error.args[0])
    logger.debug("a call failed in an unforeseen way", exc_info=error)
    return Failure(Outcome.BAD_RESPONSE, f"the body is not a chat completion ({type(error).__name__})")


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds from now that a Retry-After header asks for, as seconds or HTTP date (RFC 9110, 10.2.3).

    Fractions of a second, which the RFC does not know, are sent by some servers and are taken.
    """
    value = headers.get("retry-after", "").strip()
    with suppress(ValueError):
        return seconds if 0 <= (seconds := float(value)) < math.inf else None
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def wait_s(policy: AvailabilityPolicy, retry: int, retry_after: float | None, chance: float) -> float:
    """Seconds before retry number `retry` (from 1): what the server asked for, else the policy's back-off.

    Up to `policy.jitter` of it is added, by `chance` in [0, 1), so that many clients do not return together.
    """
    backoff = policy.backoff_s[min(retry, len(policy.backoff_s)) - 1]
    return (backoff if retry_after is None else retry_after) * (1 + policy.jitter * chance)


def _status_failure(status: int, body: object, wait: float | None) -> Failure:
    error = body if isinstance(body, dict) else {}
    outcome = _status_outcome(status)
    if status == HTTPStatus.TOO_MANY_REQUESTS and error.get("code") == "insufficient_quota":
        outcome = Outcome.OUT_OF_CREDIT
    said = _server_message(error) if outcome is Outcome.BAD_REQUEST else ""
    return Failure(outcome, f"HTTP {status}{said}", status, wait)


def _status_outcome(status: int) -> Outcome:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Outcome.SERVER_ERROR
    otherwise = Outcome.BAD_REQUEST if status >= HTTPStatus.BAD_REQUEST else Outcome.BAD_RESPONSE
    return _BY_STATUS.get(status, otherwise)


def _server_message(error: dict[str, Any]) -> str:
    """The server's own words: only for refused requests, where they say what to change."""
    message = error.get("message")
    if not isinstance(message, str):
        return ""
    return ": " + "".join(c if c.isprintable() else " " for c in message[:MAX_SERVER_MESSAGE_CHARS])


def _error_in_body(error: dict[str, Any]) -> Failure:
    """OpenRouter reports an upstream's failure as {"error": {"code": status}} under HTTP 200."""
    code = error.get("code")
    if isinstance(code, int) and code >= HTTPStatus.BAD_REQUEST:
        return _status_failure(code, error, None)
    return Failure(Outcome.BAD_RESPONSE, "the body reports an error without a status")


def _cause(error: BaseException | None, kind: type[E]) -> E | None:
    """The error itself or the first of its causes that is of that kind."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__
    return error
