"""The threads of the LangGraph server that the review page is mounted in, reached without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import httpx
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.schema import Thread

from courseai.course.errors import CourseAIError, RunNotFoundError
from courseai.course.event import ProgressEvent
from courseai.course.state import CourseState, Json
from courseai.graph.run import Stop
from courseai.ops.history.operation_history import ReviewQueue
from courseai.service.page import render_page
from courseai.service.web.activity import Activities, Activity
from courseai.service.web.desk import Progress, RunLine, RunView

_GRAPH = "course"
_SHOWN = 50
_COUNTED = 1000
_STATUSES: dict[str, Progress] = {"interrupted": "waiting", "busy": "working", "error": "stopped"}


class ServerThreads:
    """A `RunDesk` over a server's threads. A run goes on in the server's own workers."""

    def __init__(self) -> None:
        self._client: LangGraphClient | None = None
        self._activities = Activities()

    @property
    def _server(self) -> LangGraphClient:
        """Made at first use: the server this module is imported by does not stand yet."""
        if self._client is None:
            self._client = get_client(url=None)
        return self._client

    async def runs(self) -> list[RunLine]:
        """See `RunDesk`; only those that wait."""
        threads = await self._server.threads.search(
            status="interrupted", limit=_SHOWN, select=["thread_id", "created_at", "status", "interrupts"]
        )
        return [_line(thread) for thread in threads if _request(thread) is not None]

    async def review_queue(self) -> ReviewQueue:
        """What waits for people now; a thread waits since it was last changed."""
        threads = await self._server.threads.search(
            status="interrupted", limit=_COUNTED, select=["thread_id", "updated_at", "interrupts"]
        )
        waiting = [(thread, request) for thread in threads if (request := _request(thread))]
        items = sum(len(request["action_requests"]) for _, request in waiting)
        since = [datetime.fromisoformat(str(thread["updated_at"])) for thread, _ in waiting]
        oldest_s = (datetime.now(UTC) - min(since)).total_seconds() if since else None
        return ReviewQueue(len(waiting), items, oldest_s)

    async def view(self, run_id: str) -> RunView:
        """See `RunDesk`."""
        thread = await self._thread(run_id)
        values = cast(Json, thread.get("values") or {})
        activity = self.activity(run_id)
        is_here = activity is not None and not activity.is_done
        progress = "working" if is_here else _progress(thread, values)
        return RunView(
            run_id,
            _title(values) or run_id,
            progress,
            request=_request(thread) if progress == "waiting" else None,
            problem=activity.problem if activity else "",
            language=values.get("language") or "en",
            decisions=values.get("decisions") or [],
        )

    async def proceed(self, run_id: str, answer: Json | None) -> None:
        """See `RunDesk`."""
        thread = await self._thread(run_id)
        question = _interrupt(thread)
        command = {"resume": {question["id"]: answer}} if question and answer is not None else None

        async def work(activity: Activity) -> None:
            parts = self._server.runs.stream(
                run_id,
                (thread.get("metadata") or {}).get("assistant_id") or _GRAPH,
                command=cast(Any, command),
                stream_mode=["custom"],
                stream_subgraphs=True,
                on_disconnect="continue",
            )
            async for part in parts:
                _tell(part.event, part.data, activity)
            await self._check_refusal(run_id)

        self._activities.begin(run_id, work, Stop())

    def activity(self, run_id: str) -> Activity | None:
        """See `RunDesk`."""
        return self._activities.of(run_id)

    async def course_page(self, run_id: str) -> str:
        """See `RunDesk`."""
        values = cast(Json, (await self._thread(run_id)).get("values") or {})
        if values.get("status") != "finished":
            raise RunNotFoundError(f"Thread {run_id} has no course yet.")
        course, report = values["course"], values["report"]
        return await asyncio.to_thread(render_page, course, report, course["author"])

    async def state(self, run_id: str) -> CourseState:
        """Of the thread; empty where the server has none of that id, so that its calls can still be seen."""
        try:
            return cast(CourseState, (await self._thread(run_id)).get("values") or {})
        except RunNotFoundError:
            return {}

    def request_stop(self) -> None:
        """See `RunDesk`."""
        self._activities.request_stop()

    async def aclose(self) -> None:
        """Nothing to wait for: the server ends its own runs."""
        self.request_stop()

    async def _thread(self, thread_id: str) -> Thread:
        try:
            return await self._server.threads.get(thread_id)
        except httpx.HTTPStatusError as error:
            raise RunNotFoundError(f"There is no thread {thread_id!r} on this server.") from error

    async def _check_refusal(self, run_id: str) -> None:
        request = _request(await self._thread(run_id)) or {}
        if problem := request.get("error"):
            raise CourseAIError(f"The decisions cannot be used: {problem}")


def _tell(event: str, data: Any, activity: Activity) -> None:
    if event.startswith("custom"):
        activity.note(cast(ProgressEvent, data))
    elif event.startswith("error"):
        raise CourseAIError(str(data.get("message") or data.get("error") or data))


def _interrupt(thread: Thread) -> Mapping[str, Any] | None:
    """The question that a thread waits with: its id and value."""
    by_task = cast(Mapping[str, list[Mapping[str, Any]]], thread.get("interrupts") or {})
    return next((interrupt for interrupts in by_task.values() for interrupt in interrupts), None)


def _request(thread: Thread) -> Json | None:
    """What is asked; None where the question is not one of reviews."""
    value = (_interrupt(thread) or {}).get("value")
    return value if isinstance(value, dict) and "action_requests" in value else None


def _line(thread: Thread) -> RunLine:
    request = _request(thread) or {}
    title = request.get("review", {}).get("title") or thread["thread_id"]
    count = len(request["action_requests"])
    return RunLine(thread["thread_id"], title, "waiting", count, str(thread["created_at"]))


def _progress(thread: Thread, values: Json) -> Progress:
    if thread["status"] == "interrupted" and _request(thread) is None:
        return "stopped"
    finished: Progress = "finished" if values.get("status") == "finished" else "stopped"
    return _STATUSES.get(thread["status"], finished)


def _title(values: Json) -> str:
    return str(values.get("metadata", {}).get("value", {}).get("title") or "")
