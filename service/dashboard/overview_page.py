"""The parts of the overview, made from a history."""

from __future__ import annotations

from typing import Any

from courseai.ops.history.history import Operations, Overview
from courseai.service.dashboard.cost_view import cost_charts, cost_table
from courseai.service.dashboard.operation_view import operation_charts, operation_tables
from courseai.service.dashboard.quality_view import quality_charts, quality_table
from courseai.service.dashboard.tile import tiles
from courseai.service.measure import count, share


def overview_parts(history: Overview) -> dict[str, Any]:
    """What dashboard.html.j2 shows."""
    charts = {
        "cost_charts": cost_charts(history.costs),
        "quality_charts": quality_charts(history.quality),
        "operation_charts": operation_charts(history.operations, history.quality),
    }
    drawn = [chart for group in charts.values() for chart in group if not chart.is_empty]
    return {
        **charts,
        "tiles": tiles(history),
        "cost_table": cost_table(history.costs),
        "quality_table": quality_table(history.quality),
        "operation_tables": operation_tables(history.operations),
        "remarks": _remarks(history.operations),
        "drawings": {chart.name: chart.drawing() for chart in drawn},
    }


def _remarks(operations: Operations) -> list[str]:
    cache = operations.cache
    stops = operations.budget_stops
    said = [f"Budgets stopped runs {count(stops)} times." if stops else "No budget stopped a run."]
    if cache.share is not None:
        said.append(f"Providers read {share(cache.share)} of prompt tokens from their caches.")
    return said
