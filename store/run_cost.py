"""What many runs have cost so far, read from the journal at once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from courseai.store.database import in_portions
from courseai.store.tables import CALL


@dataclass
class RunCost:
    """Of all calls of one run."""

    charged_usd: float = 0.0
    """What counts against its ceiling, calls in flight at their worst case."""
    usd: float | None = None
    """What is known to have been paid; None where no call's cost is known."""


def run_costs(connection: Connection, run_ids: Iterable[str]) -> dict[str, RunCost]:
    """Costs of those of the runs that have asked a model."""
    costs: dict[str, RunCost] = {}
    for some in in_portions(run_ids):
        query = select(CALL.c.run_id, CALL.c.charged_usd, CALL.c.record).where(CALL.c.run_id.in_(some))
        for run_id, charged_usd, record in connection.execute(query):
            cost = costs.setdefault(run_id, RunCost())
            cost.charged_usd += charged_usd
            paid_usd = json.loads(record)["cost_usd"] if record else None
            if paid_usd is not None:
                cost.usd = (cost.usd or 0.0) + paid_usd
    return costs
