"""USD for people. An unknown cost is never shown as zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def usd(amount: float | None, *, unknown_calls: int = 0, calls: int = 1) -> str:
    """`$0.0012`; `unknown` for None and where no call's cost is known, `at least ...` where some are not."""
    if amount is None or (unknown_calls and unknown_calls >= calls):
        return "unknown"
    shown = f"${amount:,.4f}" if amount < 1 else f"${amount:,.2f}"
    return f"at least {shown}" if unknown_calls else shown


def total_usd(totals: Mapping[str, Any]) -> str:
    """The cost of a report's totals, or of a part of them."""
    return usd(totals["cost_usd"], unknown_calls=totals["calls_of_unknown_cost"], calls=totals["calls"])


def section_usd(report: Mapping[str, Any], section_id: str) -> str:
    """What the drafts of one section cost."""
    own = [c for c in report["calls"] if c["phase"] == "sections" and c["subject"] == section_id]
    return calls_usd(own)


def calls_usd(calls: Iterable[Mapping[str, Any]]) -> str:
    """The sum over call records."""
    costs = [call["cost_usd"] for call in calls]
    known = [cost for cost in costs if cost is not None]
    return usd(sum(known), unknown_calls=len(costs) - len(known), calls=len(costs))
