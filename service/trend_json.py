"""Trends for programs: amounts are USD, durations seconds, shares and scores lie in [0, 1]."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from courseai.ops.history.history import Overview


def trends_json(found: Overview) -> dict[str, Any]:
    """What is not known is null, never 0."""
    costs, quality, operations = found.costs, found.quality, found.operations
    return {
        "since": found.window.since.isoformat(),
        "until": found.window.until.isoformat(),
        "cost_by_day": [asdict(day) for day in costs.days],
        "cost_by_week": [asdict(week) for week in costs.weeks],
        "quality_by_day": [asdict(day) for day in quality.days],
        "performance": [
            asdict(one) | {"accepted_share": one.accepted_share} for one in operations.performance
        ],
        "escalation_rates": [asdict(one) | {"rate": one.rate} for one in operations.escalation_rates],
        "escalations": [asdict(one) for one in operations.escalations],
        "call_latency": asdict(operations.calls) if operations.calls else None,
        "call_latency_by_model": [asdict(one) for one in operations.calls_by_model],
        "course_latency": asdict(operations.courses) if operations.courses else None,
    }
