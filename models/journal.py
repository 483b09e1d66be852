"""The durable record of paid calls: what was begun, what came of it, and the answers, so none is paid twice.

An entry is begun before its request is sent and finished with the call's record. A process that dies in
between leaves an entry in flight: it may have been paid, and nothing can tell.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from courseai.models.call import Call, ModelRequest, Phase, Prompt, Purpose
from courseai.models.reply import response_format


@dataclass(frozen=True)
class Begun:
    """The facts of a request about to be sent."""

    call_id: str
    call_key: str
    run_id: str
    phase: Phase
    purpose: Purpose
    subject: str
    tier: str
    """The tier that is called."""
    model: str
    attempt: int
    reserved_usd: float
    """The most that it can cost: what it counts for until its record says what it did cost."""
    ceiling_usd: float | None
    """The ceiling of the run under which it was let through."""
    started_at: str
    """ISO 8601, UTC."""


@dataclass(frozen=True)
class Charges:
    """What the calls of a run count for against its ceiling, in USD: see `Call.charged_usd`."""

    by_phase: Mapping[str, float]
    """A finished call counts for what it was charged, one in flight for what was reserved."""
    ceiling_usd: float | None
    """The ceiling under which the last call was let through; None before the first."""

    @property
    def usd(self) -> float:
        """All phases together."""
        return math.fsum(self.by_phase.values())


@dataclass(frozen=True)
class Stored:
    """An answer that was paid for: its record and the model's text."""

    call: Call
    text: str


def call_key(request: ModelRequest[Any]) -> str:
    """sha256 of everything that makes a request the same request: place, draft, words, schema and length."""
    facts = (
        request.run_id,
        request.phase,
        request.purpose,
        request.subject,
        request.tier,
        request.attempt,
        request.prompt.system,
        request.prompt.user,
        response_format(request.schema_name, request.answer_type),
        request.max_output_tokens,
    )
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


class Journal(Protocol):
    """Where calls are kept. A text is given only for calls that were answered, well or badly."""

    async def begin(self, begun: Begun, prompt: Prompt) -> None:
        """Note that a request is about to be sent, and what it asks."""

    async def finish(self, call_key: str, call: Call, text: str | None) -> None:
        """Note what came of it."""

    async def find(self, call_key: str) -> Stored | None:
        """The answer to the same request, if one was ever received."""

    async def calls(self, run_id: str) -> list[Call]:
        """Every finished call of a run, oldest first."""

    async def in_flight(self, run_id: str) -> list[Begun]:
        """The requests of a run that were begun and not finished, oldest first."""

    async def charges(self, run_id: str) -> Charges:
        """What a run's calls count for against its ceiling. Asked often: sums, not records."""

    async def aclose(self) -> None:
        """Let go of what the journal itself has opened."""


class MemoryJournal:
    """Keeps calls for as long as the object lives."""

    def __init__(self) -> None:
        self._begun: dict[str, Begun] = {}
        self._calls: dict[str, Call] = {}
        self._answers: dict[str, Stored] = {}
        self._ceilings: dict[str, float | None] = {}

    async def begin(self, begun: Begun, _prompt: Prompt) -> None:
        self._begun[begun.call_id] = begun
        self._ceilings[begun.run_id] = begun.ceiling_usd

    async def finish(self, call_key: str, call: Call, text: str | None) -> None:
        self._begun.pop(call.call_id, None)
        self._calls[call.call_id] = call
        if text is not None:
            self._answers[call_key] = Stored(call, text)

    async def find(self, call_key: str) -> Stored | None:
        return self._answers.get(call_key)

    async def calls(self, run_id: str) -> list[Call]:
        return [call for call in self._calls.values() if call.run_id == run_id]

    async def in_flight(self, run_id: str) -> list[Begun]:
        return [begun for begun in self._begun.values() if begun.run_id == run_id]

    async def charges(self, run_id: str) -> Charges:
        by_phase: defaultdict[str, float] = defaultdict(float)
        for call in await self.calls(run_id):
            by_phase[call.phase] += call.charged_usd
        for begun in await self.in_flight(run_id):
            by_phase[begun.phase] += begun.reserved_usd
        return Charges(dict(by_phase), self._ceilings.get(run_id))

    async def aclose(self) -> None:
        """Nothing to let go of."""
