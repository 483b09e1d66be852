"""The runs of our own store, as the command line makes and resumes them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from courseai.course.errors import CourseAIError, RunNotFoundError
from courseai.course.state import CourseState, Json
from courseai.graph.run import Standing, Stop, standing
from courseai.ops.watch import Watcher
from courseai.service.api import resume_course
from courseai.service.page import render_page
from courseai.service.queue.answer import followed
from courseai.service.queue.course_queue import CourseQueue
from courseai.service.web.activity import Activities, Activity
from courseai.service.web.desk import Progress, RunLine, RunView
from courseai.store.database import Database
from courseai.store.register import RunEntry
from courseai.store.run_store import RunStore

_SHOWN = 50
"""Latest runs that are looked at."""


class StoredRuns:
    """A `RunDesk` over a store. `grace_s`: seconds that calls in flight get when the server stops."""

    def __init__(
        self,
        store: RunStore,
        grace_s: float,
        watchers: Sequence[Watcher] = (),
        queue: CourseQueue | None = None,
    ) -> None:
        self._store = store
        self._queue = queue
        self._grace_s = grace_s
        self._watchers = watchers
        self._activities = Activities()

    async def check(self) -> None:
        """Ask the store something. Raises `StoreUnavailableError` where it does not answer."""
        await asyncio.to_thread(self._store.register.latest, 1)

    async def runs(self) -> list[RunLine]:
        """See `RunDesk`."""
        entries = await asyncio.to_thread(self._store.register.latest, _SHOWN)
        with_workers = await self._with_workers([entry.run_id for entry in entries])
        lines = [await self._line(entry, entry.run_id in with_workers) for entry in entries]
        return sorted(lines, key=lambda line: line.progress not in ("waiting", "working"))

    async def view(self, run_id: str) -> RunView:
        """See `RunDesk`."""
        settings = await asyncio.to_thread(self._store.register.settings, run_id)
        now = await standing(self._store.saver, run_id)
        title = now.state.get("metadata", {}).get("value", {}).get("title")
        topic = settings.document.get("topic_analysis", {}).get("determined_topic")
        view = RunView(
            run_id,
            title or topic or run_id,
            self._progress(run_id, now, is_with_workers=bool(await self._with_workers([run_id]))),
            language=settings.language,
            decisions=now.state.get("decisions", []),
        )
        activity = self.activity(run_id)
        if view.progress == "working":
            return view
        return replace(view, request=now.request, problem=activity.problem if activity else "")

    async def proceed(self, run_id: str, answer: Json | None) -> None:
        """See `RunDesk`. The run writes its files where it was told to when it began."""
        await asyncio.to_thread(self._store.register.settings, run_id)
        stop = Stop(self._grace_s)

        async def work(activity: Activity) -> None:
            if self._queue and answer is not None and await self._queue.find([run_id]):
                await self._through_queue(self._queue, run_id, answer, stop)
            else:
                watchers = self._watchers
                await resume_course(run_id, answer, on_event=activity.note, stop=stop, watchers=watchers)

        self._activities.begin(run_id, work, stop)

    def activity(self, run_id: str) -> Activity | None:
        """See `RunDesk`."""
        return self._activities.of(run_id)

    async def course_page(self, run_id: str) -> str:
        """See `RunDesk`."""
        settings = await asyncio.to_thread(self._store.register.settings, run_id)
        now = await standing(self._store.saver, run_id)
        if not now.is_finished:
            raise RunNotFoundError(f"Run {run_id} has no course yet.")
        return await asyncio.to_thread(render_page, now.state["course"], now.state["report"], settings.author)

    async def database(self) -> Database:
        """Where the figures are."""
        return self._store.database

    async def state(self, run_id: str) -> CourseState:
        """As its last checkpoint has it, with the branches that ended since; empty where none is kept."""
        return (await standing(self._store.saver, run_id)).so_far

    def request_stop(self) -> None:
        """See `RunDesk`."""
        self._activities.request_stop()

    async def aclose(self) -> None:
        """See `RunDesk`."""
        await self._activities.aclose()

    async def _through_queue(self, queue: CourseQueue, run_id: str, answer: Json, stop: Stop) -> None:
        """Have a worker go on with it, and wait for that."""
        await queue.answer(run_id, answer)
        job = await followed(queue, run_id, stop)
        if job.problem and not job.is_under_way:
            raise CourseAIError(job.problem)

    async def _with_workers(self, run_ids: Sequence[str]) -> set[str]:
        """Those of the runs that the queue has under way."""
        jobs = await self._queue.find(run_ids) if self._queue else {}
        return {run_id for run_id, job in jobs.items() if job.is_under_way}

    async def _line(self, entry: RunEntry, is_with_workers: bool) -> RunLine:
        if entry.status == "finished":
            return RunLine(entry.run_id, entry.topic, "finished", None, entry.started_at)
        now = await standing(self._store.saver, entry.run_id)
        progress = self._progress(entry.run_id, now, is_with_workers=is_with_workers)
        waiting = len(now.request["action_requests"]) if now.request and progress == "waiting" else None
        return RunLine(entry.run_id, entry.topic, progress, waiting, entry.started_at)

    def _progress(self, run_id: str, now: Standing, *, is_with_workers: bool) -> Progress:
        activity = self.activity(run_id)
        if is_with_workers:
            return "working"
        if activity is not None and not activity.is_done:
            return "working"
        if now.request is not None:
            return "waiting"
        return "finished" if now.is_finished else "stopped"
