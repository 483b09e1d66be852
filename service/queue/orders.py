"""What a job is told to do, as Procrastinate keeps it: ids, amounts, and an answer under the store's seal."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from courseai.course.errors import SettingsError
from courseai.course.state import Json
from courseai.service.queue.fairness import HIGHEST, LOWEST
from courseai.store.run_store import check_run_id
from courseai.store.seal import Seal

DEFAULT_TENANT = "default"


@dataclass(frozen=True)
class Answer:
    """A person's decisions, and the question that they answer."""

    question_id: str
    """LangGraph's; a run that has gone on since has another one, or none."""
    decisions: Any


@dataclass(frozen=True)
class Order:
    """Bring a run forward. Raises `SettingsError` for a tenant or a priority that cannot be."""

    run_id: str
    tenant: str = DEFAULT_TENANT
    priority: int = 0
    """From -10 to 10; higher ones are begun first."""
    budget_usd: float | None = None
    """A new ceiling."""
    answer: Answer | None = None

    def __post_init__(self) -> None:
        check_run_id(self.tenant)
        if not LOWEST <= self.priority <= HIGHEST:
            raise SettingsError(f"The priority {self.priority} has to be from {LOWEST} to {HIGHEST}.")

    def arguments(self, seal: Seal) -> Json:
        """For the job."""
        told: Json = {"run_id": self.run_id, "tenant": self.tenant, "priority": self.priority}
        if self.budget_usd is not None:
            told["budget_usd"] = self.budget_usd
        if self.answer is not None:
            closed = seal.close_text(json.dumps([self.answer.question_id, self.answer.decisions]))
            told["sealed_answer"] = base64.b64encode(closed).decode("ascii")
        return told


def order_of(arguments: Json, seal: Seal) -> Order:
    """The order that a job was given."""
    told = dict(arguments)
    answer = None
    if sealed := told.pop("sealed_answer", None):
        answer = Answer(*json.loads(seal.open_text(base64.b64decode(sealed))))
    return Order(**told, answer=answer)
