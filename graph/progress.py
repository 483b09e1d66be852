"""Adds to the events of a run what only the whole of it knows: the cost so far, and an estimate of the rest.

The nodes say what happened (course/event.py); they are wrapped here, where the graph is built.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial, wraps
from statistics import fmean
from typing import Any

from courseai.graph.observation import Node
from courseai.graph.pace import Pace
from courseai.graph.services import Services
from courseai.models.spending import RunSpending

Event = dict[str, Any]

_RUNS_KEPT = 256
"""The oldest go first; one that goes on is estimated from its next finished section on."""
_DRAFT_AWAITED = ("section_started", "section_retried", "section_escalated")
_SECTION_ENDS = ("section_accepted", "section_flagged")


class Progress:
    """What one graph knows of the runs that it has under way."""

    def __init__(self, services: Services, clock: Callable[[], float] = time.monotonic) -> None:
        self._spending = services.gateway.spending
        self._tiers = services.gateway.tiers
        self._side_by_side = services.policy.availability.concurrency
        self._clock = clock
        self._paces: OrderedDict[str, Pace] = OrderedDict()

    def on(self, node: Node) -> Node:
        """The same node, whose events come with these figures. One that blocks runs in a thread."""
        if "writer" not in inspect.signature(node).parameters:
            return node
        blocks = not inspect.iscoroutinefunction(node)

        @wraps(node)
        async def told(state: Any, **given: Any) -> Any:
            given["writer"] = await self._writer(state, given["writer"])
            if blocks:
                return await asyncio.to_thread(node, state, **given)
            return await node(state, **given)

        return told

    async def _writer(self, state: Any, writer: Callable[[Event], None]) -> Callable[[Event], None]:
        facts = state if isinstance(state, Mapping) else {}
        run_id = facts.get("run_id")
        if run_id is None:
            return lambda event: writer(event | {"cost_usd": 0.0})
        pace = self._pace(run_id)
        if "lesson_numbers" in facts:
            pace.enter(facts["section_id"], facts["tier"])
        return partial(self._tell, writer, await self._spending.of(run_id), pace)

    def _pace(self, run_id: str) -> Pace:
        if run_id not in self._paces:
            self._paces[run_id] = Pace(self._side_by_side, self._clock)
        self._paces.move_to_end(run_id)
        while len(self._paces) > _RUNS_KEPT:
            self._paces.popitem(last=False)
        return self._paces[run_id]

    def _tell(self, writer: Callable[[Event], None], spending: RunSpending, pace: Pace, event: Event) -> None:
        figures: Event = {"cost_usd": spending.usd}
        if event["kind"].startswith("section_"):
            _follow(pace, event)
            figures |= {
                "sections_left": pace.left,
                "estimated_rest_usd": self._rest_usd(spending, pace),
                "estimated_rest_s": pace.rest_s(),
            }
        writer(event | figures)

    def _rest_usd(self, spending: RunSpending, pace: Pace) -> float | None:
        if spending.usd is None:
            return None
        return pace.rest_usd(partial(self._draft_usd, spending.draft_usd))

    def _draft_usd(self, seen: Mapping[str, float], tier: str) -> float | None:
        """What a draft cost on this tier so far; else on the others, by the ratio of list prices."""
        if tier in seen:
            return seen[tier]
        price = self._tiers[tier].price_usd(1, 1)
        prices = {other: self._tiers[other].price_usd(1, 1) for other in seen}
        scaled = [usd * price / prices[other] for other, usd in seen.items() if prices[other]]
        return fmean(scaled) if scaled else None


def _follow(pace: Pace, event: Event) -> None:
    section_id, kind = event["section_id"], event["kind"]
    if kind in _DRAFT_AWAITED:
        pace.await_draft(section_id, event["tier"])
    else:
        pace.receive_draft(section_id)
    if kind in _SECTION_ENDS:
        pace.finish(section_id)
