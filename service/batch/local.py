"""Make the courses of a batch in this process: some at a time, over one gateway and one store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

from courseai.course.errors import (
    CourseAIError,
    ModelUnavailableError,
    RunInUseError,
    StoreUnavailableError,
    WeightsUnavailableError,
)
from courseai.course.event import ProgressEvent
from courseai.course.policy import default_policy
from courseai.course.state import Json
from courseai.graph.run import Stop
from courseai.models.budget import Budget
from courseai.service.batch.item import ENDED, BatchItem
from courseai.service.batch.plan import BatchPlan, begin, check, look_up
from courseai.service.course_run import resume_run, start_run
from courseai.service.money import usd
from courseai.service.progress import QuietView, RunProgress
from courseai.service.run_outcome import RunOutcome
from courseai.service.workbench import Workbench
from courseai.store.run_store import RunStore

_log = logging.getLogger(__name__)

_INFRASTRUCTURE = (ModelUnavailableError, StoreUnavailableError, WeightsUnavailableError)
_OUTAGE = 3
"""So many courses that fail one after another for want of models or of the store end the batch."""

Notice = Callable[[BatchItem], None]


class LocalBatch:
    """Brings each item of a plan to its end, `concurrency` at a time. `notice` is told of each that ended."""

    def __init__(
        self,
        plan: BatchPlan,
        bench: Workbench,
        stop: Stop,
        *,
        concurrency: int,
        budget_usd: float | None = None,
        notice: Notice = lambda _item: None,
    ) -> None:
        self._plan = plan
        self._bench = bench
        self._stop = stop
        self._concurrency = concurrency
        self._budget_usd = budget_usd
        self._notice = notice
        self._ready: asyncio.Queue[BatchItem | None] = asyncio.Queue()
        self._money: Budget | None = None
        self._failed_in_a_row = 0
        self.outage: CourseAIError | None = None
        """Why no more courses are begun, where models or the store cannot be reached."""

    async def run(self) -> None:
        """Make what is not made yet. Raises `RunInUseError` where another process works on the batch."""
        async with held(self._plan, self._bench.store):
            await self._run()

    async def _run(self) -> None:
        charged_usd = await look_up(self._plan, self._bench.store)
        if self._budget_usd is not None:
            self._money = Budget(self._budget_usd, {"sections": charged_usd})
        for item in self._plan.items:
            self._open_again(item)
            if item.is_over and item.state != "finished":
                self._notice(item)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._feed())
            for _ in range(self._concurrency):
                group.create_task(self._work())

    def _open_again(self, item: BatchItem) -> None:
        """A course that its own ceiling stopped goes on when this command brings a ceiling."""
        if item.state == "budget_stop":
            if self._plan.options.budget_usd is not None:
                item.state = "queued"
            else:
                item.problem = "It was stopped by its ceiling; give a higher one with --budget."

    async def _feed(self) -> None:
        """Check the inputs ahead of their turn, so that what is wrong with them is said early."""
        for item in self._plan.items:
            if item.is_over:
                continue
            if self._stop.is_requested:
                break
            with self._told(item):
                if not item.is_begun:
                    await asyncio.to_thread(check, item, self._plan.options)
                self._ready.put_nowait(item)
        for _ in range(self._concurrency):
            self._ready.put_nowait(None)

    async def _work(self) -> None:
        while not (self._stop.is_requested or self.outage):
            item = await self._ready.get()
            if item is None:
                return
            with self._told(item):
                await self._make_within_budget(item)

    @contextmanager
    def _told(self, item: BatchItem) -> Iterator[None]:
        """Whatever goes wrong with one input is noted on it, and the others go on."""
        try:
            yield
        except CourseAIError as error:
            self._end(item, error)
        except Exception as error:
            _log.exception("The course of %s failed", item.input.place)
            self._end(item, error)

    async def _make_within_budget(self, item: BatchItem) -> None:
        """Begin a course once its ceiling fits under the batch's, beside those of the courses under way."""
        if self._money is None:
            return await self._make(item)
        charged_usd, ceiling_usd = await self._standing_usd(item)
        reservation = await self._money.reserve("sections", max(ceiling_usd - charged_usd, 0.0))
        if reservation is None:
            item.state = "not_afforded"
            item.problem = (
                f"The batch's budget of {usd(self._budget_usd)} has no room for its ceiling of "
                f"{usd(ceiling_usd)}: {usd(self._money.charged_usd)} are charged."
            )
            return self._notice(item)
        try:
            await self._make(item)
        finally:
            reservation.charge_usd = (await self._standing_usd(item))[0] - charged_usd
            self._money.settle(reservation)

    async def _standing_usd(self, item: BatchItem) -> tuple[float, float]:
        """What its run is charged so far, and its ceiling."""
        charges, options = await self._bench.store.journal.charges(item.run_id), self._plan.options
        policy = options.policy or default_policy()
        ceiling_usd = options.budget_usd or charges.ceiling_usd or policy.budget.ceiling_usd
        return charges.usd, ceiling_usd

    async def _make(self, item: BatchItem) -> None:
        item.state = "working"
        outcome = await self._brought_forward(item)
        item.state = ENDED[outcome.status]
        self._end(item)

    async def _brought_forward(self, item: BatchItem) -> RunOutcome:
        view, options = _ItemView(item), self._plan.options
        if item.is_begun:
            return await resume_run(
                item.run_id,
                None,
                item.folder,
                view,
                budget_usd=options.budget_usd,
                stop=self._stop,
                say=partial(_said, item),
                bench=self._bench,
            )
        new = await asyncio.to_thread(begin, item, options)
        item.is_begun = True
        return await start_run(new, view, stop=self._stop, bench=self._bench)

    def _end(self, item: BatchItem, error: Exception | None = None) -> None:
        """Note how it ended, tell of it, and see whether it is the outage of more than one course."""
        if error:
            item.fail(error)
        item.progress = RunProgress()
        if isinstance(error, _INFRASTRUCTURE):
            self._failed_in_a_row += 1
            if self._failed_in_a_row >= _OUTAGE:
                self.outage = error
        elif item.state in ("finished", "waiting_for_review"):
            item.is_made_now = True
            self._failed_in_a_row = 0
        self._notice(item)


class _ItemView(QuietView):
    """Keeps a run's progress and cost on its item."""

    def __init__(self, item: BatchItem) -> None:
        self._item = item

    def plan(self, plan: Json) -> None:
        """See `ProgressView`."""
        self._item.progress.plan(plan)

    def note(self, event: ProgressEvent) -> None:
        """See `ProgressView`."""
        self._item.progress.note(event)
        self._item.cost_usd = event.get("cost_usd", self._item.cost_usd)


@asynccontextmanager
async def held(plan: BatchPlan, store: RunStore) -> AsyncIterator[None]:
    """One command at a time works on a batch. Raises `RunInUseError` where another one does."""
    try:
        async with store.fence.hold(plan.batch_id):
            yield
    except RunInUseError as error:
        batch = f"Batch {plan.batch_id}"
        raise RunInUseError(str(error).replace(f"Run {plan.batch_id}", batch)) from error


def _said(item: BatchItem, notice: str) -> None:
    _log.warning("%s: %s", item.input.place, notice)
