"""What is asked of a model, and the record that every attempt leaves."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

from courseai.course.policy import SpendingPhase

Phase = SpendingPhase
MovedBy = Literal["budget", "outage"]
Purpose = Literal["metadata", "draft", "sample", "fill", "judge", "rewrite", "regenerate"]

T = TypeVar("T", bound=BaseModel)


class Outcome(StrEnum):
    """How one attempt ended."""

    OK = "ok"
    SCHEMA_FAILURE = "schema_failure"
    TRUNCATED = "truncated"
    RATE_LIMITED = "rate_limited"
    TIMEOUT = "timeout"
    SERVER_ERROR = "server_error"
    CONNECTION_ERROR = "connection_error"
    BAD_REQUEST = "bad_request"
    UNAUTHORIZED = "unauthorized"
    OUT_OF_CREDIT = "out_of_credit"
    FORBIDDEN = "forbidden"
    BAD_RESPONSE = "bad_response"
    OVER_BUDGET = "over_budget"
    """Not sent: its worst case does not fit under the run's ceiling."""


@dataclass(frozen=True)
class Prompt:
    """A filled prompt. `version` identifies the template's text, not its filling."""

    name: str
    version: str
    system: str
    user: str


@dataclass(frozen=True)
class ModelRequest(Generic[T]):
    """One question to one tier. `schema_name` is what response_format calls `answer_type`."""

    run_id: str
    phase: Phase
    purpose: Purpose
    subject: str
    """Section or lesson id; "course" for metadata."""
    tier: str
    attempt: int
    """Counts the drafts of this subject and purpose from 1, over all tiers."""
    prompt: Prompt
    schema_name: str
    answer_type: type[T]
    max_output_tokens: int
    temperature: float = 0.3
    seed: int | None = None
    avoid: tuple[str, ...] = ()
    """Tiers whose models are asked only when no other is there, whichever tier they would stand in for: the
    one that wrote what is judged, and judges that have spoken. The least welcome last."""
    ceiling_usd: float | None = None
    """The run's ceiling as it was started with; the first request of a run makes it known."""


@dataclass(frozen=True)
class Call:
    """One attempt at one model. Unknown figures are None, never 0."""

    call_id: str
    run_id: str
    phase: Phase
    purpose: Purpose
    subject: str
    tier: str
    """The tier that was asked for."""
    answering_tier: str
    """The tier that was called: another one when a fallback stood in."""
    provider: str
    model_requested: str
    model_answered: str | None
    attempt: int
    transport_attempt: int
    prompt_name: str
    prompt_version: str
    tokens_in: int | None
    tokens_out: int | None
    tokens_cached: int | None
    cost_usd: float | None
    seconds: float
    started_at: str
    """ISO 8601, UTC."""
    outcome: Outcome
    detail: str = ""
    """What went wrong, for a person; never content, never a key."""
    reserved_usd: float = 0.0
    """The most that it could cost by list price: the worst case that was reserved before it was sent."""
    charged_usd: float = 0.0
    """What it counts for against the run's ceiling: its cost, and its worst case where none is known."""
    budget_move: bool = False
    """A cheaper tier was called because the one that was asked for did not fit under the ceiling."""
    rate_wait_s: float | None = None
    """Seconds that it waited for the provider's rate limit before it was sent; None where there is none."""
    replayed: bool = False
    """Read from the journal, not paid again."""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self) | {"outcome": self.outcome.value}


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What came of a request after retries and fallbacks: a valid value, or why there is none."""

    value: T | None
    problems: tuple[str, ...]
    """What broke the schema, for the feedback of the next draft; empty when `value` is there."""
    call: Call
    """The last call, the one that answered."""

    @property
    def degraded(self) -> bool:
        """True when a fallback answered instead of the tier that was asked."""
        return self.call.answering_tier != self.call.tier

    @property
    def moved_by(self) -> MovedBy | None:
        """Why another tier answered than the one that was asked."""
        if not self.degraded:
            return None
        return "budget" if self.call.budget_move else "outage"
