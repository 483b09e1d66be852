"""Give the courses of a batch to the queue, and follow what workers make of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from courseai.course.errors import CourseAIError
from courseai.graph.run import Stop
from courseai.service.batch.item import BatchItem
from courseai.service.batch.local import Notice, held
from courseai.service.batch.plan import BatchPlan, begin, look_up
from courseai.service.course_run import resume_run
from courseai.service.progress import QuietView
from courseai.service.queue.course_queue import CourseQueue
from courseai.service.queue.orders import DEFAULT_TENANT, Order
from courseai.service.queue.standing import JobStanding
from courseai.service.workbench import Workbench
from courseai.store.run_cost import RunCost, run_costs

_LOOK_S = 1.0
_STOP_LOOK_S = 0.1
_PORTION = 100
"""Inputs that are checked before those among them that are sound are given to the queue."""


@dataclass(frozen=True)
class Turn:
    """When the courses of a batch are begun; see service/queue/fairness.py."""

    tenant: str = DEFAULT_TENANT
    priority: int = 0


class QueuedBatch:
    """A plan and what the queue makes of it. `notice` is told of each item that has come to its end."""

    def __init__(
        self,
        plan: BatchPlan,
        bench: Workbench,
        queue: CourseQueue,
        *,
        turn: Turn,
        stop: Stop,
        notice: Notice,
    ) -> None:
        self._plan = plan
        self._bench = bench
        self._queue = queue
        self._turn = turn
        self._stop = stop
        self._notice = notice

    async def enqueue(self) -> None:
        """Add what is not made, not waiting and not under way; doing it again adds nothing.

        Raises `RunInUseError` where another process works on the same batch.
        """
        items = self._plan.items
        async with held(self._plan, self._bench.store):
            await look_up(self._plan, self._bench.store)
            known = await self._queue.find([item.run_id for item in items])
            for item in items:
                if item.state != "duplicate" and (job := known.get(item.run_id)):
                    _take(item, job)
            open_items = [item for item in items if self._is_to_be_enqueued(item, known)]
            for item in items:
                if item.is_over and item.state != "finished":
                    self._notice(item)
            for start in range(0, len(open_items), _PORTION):
                if not self._stop.is_requested:
                    await self._enqueue_portion(open_items[start : start + _PORTION])

    async def follow(self) -> None:
        """Note what becomes of them until nothing is under way any more, or the stop is asked for."""
        while not self._stop.is_requested:
            under_way = [item for item in self._plan.items if not item.is_over]
            if not under_way:
                return
            await self._look(under_way)
            for _ in range(round(_LOOK_S / _STOP_LOOK_S)):
                if not self._stop.is_requested:
                    await asyncio.sleep(_STOP_LOOK_S)

    def _is_to_be_enqueued(self, item: BatchItem, known: dict[str, JobStanding]) -> bool:
        """What failed is tried again; what its ceiling stopped, where there is a new one."""
        if item.state == "budget_stop" and self._plan.options.budget_usd is None:
            item.problem = "It was stopped by its ceiling; give a higher one with --budget."
            return False
        if item.state in ("failed", "insufficient_lessons", "budget_stop"):
            item.state, item.problem = "queued", ""
        job = known.get(item.run_id)
        return item.state == "queued" and not (job and job.is_under_way)

    async def _enqueue_portion(self, items: Sequence[BatchItem]) -> None:
        orders = []
        for item in items:
            try:
                if not item.is_begun:
                    await self._register(item)
            except CourseAIError as error:
                item.fail(error)
                self._notice(item)
            else:
                budget_usd = self._plan.options.budget_usd
                orders.append(Order(item.run_id, self._turn.tenant, self._turn.priority, budget_usd))
        await self._queue.enqueue(orders)

    async def _register(self, item: BatchItem) -> None:
        """From now on the store knows the run and its input: workers do not need this file."""
        new = await asyncio.to_thread(begin, item, self._plan.options)
        register = self._bench.store.register
        await self._bench.store.database.in_thread(register.add, new.run_id, new.topic, new.settings)
        item.is_begun = True

    async def _look(self, items: Sequence[BatchItem]) -> None:
        run_ids = [item.run_id for item in items]
        found = await self._queue.find(run_ids)
        costs = await self._bench.store.database.read(lambda connection: run_costs(connection, run_ids))
        for item in items:
            item.cost_usd = costs.get(item.run_id, RunCost()).usd
            _take(item, found[item.run_id])
            if item.is_over:
                item.is_made_now = item.state in ("finished", "waiting_for_review")
                await self._fetch(item)
                self._notice(item)

    async def _fetch(self, item: BatchItem) -> None:
        """Write the files of a course here that a worker wrote on its own machine."""
        if item.state != "finished" or (item.folder / "course.json").exists():
            return
        await resume_run(item.run_id, None, item.folder, QuietView(), bench=self._bench)


def _take(item: BatchItem, job: JobStanding) -> None:
    item.is_begun, item.state = True, job.state
    item.problem = job.problem if item.is_over and job.state != "finished" else ""
