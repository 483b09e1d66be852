"""What a run was charged against its ceiling, by phase, and what of it nobody can be sure of."""

from __future__ import annotations

from collections.abc import Sequence

from courseai.course.policy import BudgetPolicy
from courseai.course.state import Json
from courseai.models.call import Call
from courseai.models.journal import Begun, Charges, Journal


async def budget_report(journal: Journal, run_id: str, policy: BudgetPolicy) -> Json:
    """`report.json`, part `budget`. Amounts are USD. To be made when none of the run's calls is in flight."""
    charges = await journal.charges(run_id)
    calls, lost = await journal.calls(run_id), await journal.in_flight(run_id)
    ceiling_usd = charges.ceiling_usd or policy.ceiling_usd
    return {
        "ceiling_usd": ceiling_usd,
        "target_usd": policy.target_usd,
        "charged_usd": _rounded(charges.usd),
        "uncertain_usd": _rounded(_uncertain_usd(calls, lost)),
        "by_phase": _by_phase(charges, ceiling_usd, policy),
        "moved_to_a_cheaper_tier": sum(call.budget_move for call in calls),
        "above_worst_case": [_excess(call) for call in calls if _is_above_worst_case(call)],
        "in_flight_at_crash": [_lost(begun) for begun in lost],
    }


def _uncertain_usd(calls: Sequence[Call], lost: Sequence[Begun]) -> float:
    """Counted for calls whose cost nobody named: they broke off, or the server states no prices."""
    unnamed = sum(call.charged_usd for call in calls if call.cost_usd is None)
    return unnamed + sum(begun.reserved_usd for begun in lost)


def _by_phase(charges: Charges, ceiling_usd: float, policy: BudgetPolicy) -> Json:
    return {
        phase: {
            "charged_usd": _rounded(charges.by_phase.get(phase, 0.0)),
            "share_usd": _rounded(share * ceiling_usd),
        }
        for phase, share in policy.shares.items()
    }


def _is_above_worst_case(call: Call) -> bool:
    return call.cost_usd is not None and call.cost_usd > call.reserved_usd > 0


def _excess(call: Call) -> Json:
    return {
        "call_id": call.call_id,
        "model": call.model_requested,
        "cost_usd": call.cost_usd,
        "reserved_usd": call.reserved_usd,
    }


def _lost(begun: Begun) -> Json:
    """A call that a process died over: it may have been paid, and its answer is lost."""
    return {
        "call_id": begun.call_id,
        "subject": begun.subject,
        "purpose": begun.purpose,
        "model": begun.model,
        "started_at": begun.started_at,
        "reserved_usd": begun.reserved_usd,
    }


def _rounded(usd: float) -> float:
    return round(usd, 9)
