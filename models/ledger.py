"""What the calls of a run cost, by phase and by tier."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from courseai.models.call import Call


def totals(calls: Iterable[Call]) -> dict[str, Any]:
    """Calls, tokens, seconds and USD in all, by phase and by answering tier.

    Unknown figures are left out of the sums and counted, because an unknown cost is not zero.
    """
    paid = list(calls)
    return {
        **_sum(paid),
        "by_phase": _grouped(paid, "phase"),
        "by_tier": _grouped(paid, "answering_tier"),
    }


def _grouped(calls: list[Call], key: str) -> dict[str, Any]:
    names = dict.fromkeys(getattr(call, key) for call in calls)
    return {name: _sum([call for call in calls if getattr(call, key) == name]) for name in names}


def _sum(calls: list[Call]) -> dict[str, Any]:
    return {
        "calls": len(calls),
        "failed_calls": sum(call.outcome != "ok" for call in calls),
        "cost_usd": round(sum(call.cost_usd or 0.0 for call in calls), 9),
        "calls_of_unknown_cost": sum(call.cost_usd is None for call in calls),
        "tokens_in": sum(call.tokens_in or 0 for call in calls),
        "tokens_out": sum(call.tokens_out or 0 for call in calls),
        "tokens_cached": sum(call.tokens_cached or 0 for call in calls),
        "seconds": round(sum(call.seconds for call in calls), 3),
    }
