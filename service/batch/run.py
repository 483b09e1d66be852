"""A whole batch in this process: open the store, make the courses, keep the manifest up to date."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from courseai.course.errors import CourseAIError
from courseai.graph.run import Stop
from courseai.ops.watch import Watcher
from courseai.service.batch.local import LocalBatch
from courseai.service.batch.plan import BatchPlan
from courseai.service.batch.progress import BatchView
from courseai.service.batch.queued import QueuedBatch, Turn
from courseai.service.batch.summary import write_manifest
from courseai.service.queue.course_queue import open_queue
from courseai.service.workbench import open_workbench

_log = logging.getLogger(__name__)

_MANIFEST_EVERY_S = 10.0


async def make_batch(
    plan: BatchPlan,
    view: BatchView,
    stop: Stop,
    watchers: Sequence[Watcher] = (),
    *,
    concurrency: int,
    budget_usd: float | None = None,
) -> CourseAIError | None:
    """Make what is not made yet; gives the outage that ended it early, if one did.

    What became of each input is noted on the plan's items. Raises `RunInUseError` where another process works
    on the same batch, `StoreUnavailableError` where the store cannot be opened.
    """
    async with open_workbench(watchers=watchers) as bench:
        batch = LocalBatch(
            plan, bench, stop, concurrency=concurrency, budget_usd=budget_usd, notice=view.ended
        )
        with view:
            async with _manifest_kept(plan):
                await batch.run()
    return batch.outage


async def make_queued_batch(
    plan: BatchPlan, view: BatchView, stop: Stop, place: str | None, turn: Turn, *, follows: bool
) -> None:
    """Give what is not made yet to the queue in the store at `place`, by default the environment's.

    What became of each input is noted on the plan's items; only that of bad ones where it `follows` nothing.
    Raises what `make_batch` does, and `SettingsError` for a store without a queue.
    """
    async with open_workbench(place) as bench, open_queue(bench.store) as queue:
        batch = QueuedBatch(plan, bench, queue, turn=turn, stop=stop, notice=view.ended)
        with view:
            async with _manifest_kept(plan):
                await batch.enqueue()
                if follows:
                    await batch.follow()


@asynccontextmanager
async def _manifest_kept(plan: BatchPlan) -> AsyncIterator[None]:
    """Write the manifest now and again, for those who look on and for a process that is killed."""
    keeping = asyncio.create_task(_keep_manifest(plan))
    try:
        yield
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


async def _keep_manifest(plan: BatchPlan) -> None:
    while True:
        try:
            await asyncio.to_thread(write_manifest, plan)
        except CourseAIError as error:
            _log.warning("%s", error)
        await asyncio.sleep(_MANIFEST_EVERY_S)
