"""Runs that go on behind the page. What each tells is kept for pages that are opened later."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from courseai.course.errors import CourseAIError, RunInUseError
from courseai.course.event import ProgressEvent
from courseai.graph.run import Stop

_log = logging.getLogger(__name__)


class Activity:
    """One run on its way: its events so far, and how it ended. For one event loop."""

    def __init__(self, stop: Stop) -> None:
        self.stop = stop
        self.events: list[ProgressEvent] = []
        self.problem = ""
        """Why it ended, in words for a person; empty where all went well."""
        self.is_done = False
        self._is_closed = False
        self._news = asyncio.Event()

    def note(self, event: ProgressEvent) -> None:
        """Keep an event and tell it."""
        self.events.append(event)
        self._wake()

    def end(self, problem: str = "") -> None:
        """The run has come to rest."""
        self.problem, self.is_done = problem, True
        self._wake()

    def close(self) -> None:
        """End all listening, so that a server can stop."""
        self._is_closed = True
        self._wake()

    async def follow(self, start: int) -> AsyncIterator[tuple[int, ProgressEvent]]:
        """Events from number `start` on with their numbers, until the run rests or listening ends."""
        place = start
        while True:
            news = self._news
            for event in self.events[place:]:
                yield place, event
                place += 1
            if place == len(self.events) and (self.is_done or self._is_closed):
                return
            if place == len(self.events):
                await news.wait()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class Activities:
    """The runs that this process brings forward, one task each."""

    def __init__(self) -> None:
        self._known: dict[str, Activity] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, run_id: str) -> Activity | None:
        """The latest activity of a run in this process."""
        return self._known.get(run_id)

    def begin(self, run_id: str, work: Callable[[Activity], Awaitable[None]], stop: Stop) -> None:
        """Start work on a run; raises `RunInUseError` where it is under way here already."""
        earlier = self.of(run_id)
        if earlier is not None and not earlier.is_done:
            raise RunInUseError(f"Run {run_id} is under way already. Wait until it comes back.")
        activity = self._known[run_id] = Activity(stop)
        task = asyncio.create_task(_ended(run_id, work, activity))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def request_stop(self) -> None:
        """Ask every run to end at its next step, a second time at once, and end all listening."""
        for activity in self._known.values():
            if not activity.is_done:
                activity.stop.request()
            activity.close()

    async def aclose(self) -> None:
        """Stop what is under way, if nobody has asked for that yet, and wait for it."""
        if not any(activity.stop.is_requested for activity in self._known.values()):
            self.request_stop()
        await asyncio.gather(*self._tasks)


async def _ended(run_id: str, work: Callable[[Activity], Awaitable[None]], activity: Activity) -> None:
    """Do the work; whatever becomes of it, the activity ends."""
    try:
        await work(activity)
    except CourseAIError as error:
        activity.end(" ".join([str(error), *getattr(error, "__notes__", ())]))
    except asyncio.CancelledError:
        activity.end("It was stopped.")
        raise
    except Exception as error:
        _log.exception("Run %s failed", run_id)
        activity.end(f"Unexpected error: {type(error).__name__}: {error}")
    else:
        activity.end()
