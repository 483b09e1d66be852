"""The parts of a call's page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from courseai.course.state import Json
from courseai.ops.history.run_history import CallLine, CallView
from courseai.service.measure import amount, count, duration


@dataclass(frozen=True)
class CallPage:
    """A call as it is shown."""

    title: str
    run_id: str
    section_id: str | None
    outcome: str
    detail: str
    facts: list[tuple[str, Any]]
    prompt: Json | None
    answer: str | None
    tries: list[CallLine]


def call_facts(view: CallView) -> CallPage:
    """A call that is in flight, or that its process died over, has no more than what was asked."""
    begun, record = view.begun, view.record or {}
    subject = begun["subject"]
    return CallPage(
        title=f"{begun['purpose'].capitalize()} of {subject}",
        run_id=begun["run_id"],
        section_id=None if subject == "course" else subject.partition("-")[0],
        outcome=record.get("outcome", "in flight"),
        detail=record.get("detail", "") if record else "Sent, and its end was never noted: it may be paid.",
        facts=[
            ("Tier asked", record.get("tier", begun["tier"])),
            ("Tier that answered", record.get("answering_tier")),
            ("Model", record.get("model_answered") or begun["model"]),
            ("Provider", record.get("provider")),
            ("Phase", begun["phase"]),
            ("Draft", count(begun["attempt"])),
            ("Try", count(record.get("transport_attempt"))),
            ("Sent (UTC)", begun["started_at"][:19].replace("T", " ")),
            ("Time", duration(record.get("seconds"))),
            ("Tokens in", count(record.get("tokens_in"))),
            ("Tokens out", count(record.get("tokens_out"))),
            ("From the cache", count(record.get("tokens_cached"))),
            ("Cost", amount(record.get("cost_usd")) if record.get("cost_usd") is not None else "unknown"),
            ("Reserved at worst", amount(begun["reserved_usd"])),
            ("Counted for the ceiling", amount(record.get("charged_usd"))),
        ],
        prompt=view.prompt,
        answer=None if view.answer is None else _indented(view.answer),
        tries=view.tries,
    )


def _indented(answer: str) -> str:
    """JSON as people read it; anything else as it came."""
    try:
        return json.dumps(json.loads(answer), indent=2, ensure_ascii=False)
    except ValueError:
        return answer
