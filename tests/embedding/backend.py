"""A FastAPI backend around the course graph: start, follow, list what waits, decide, cancel.

uvicorn --factory backend:create_backend
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Header, HTTPException
from fastapi.sse import EventSourceResponse, ServerSentEvent
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command
from pydantic import BaseModel

from courseai.course.errors import CourseAIError
from courseai.graph import (
    CourseGraph,
    RunContext,
    build_graph,
    make_services,
    new_run_id,
    open_run_store,
)

_log = logging.getLogger(__name__)

Event = dict[str, Any]
"""A progress event (course/event.py), or `error` where a run failed."""


class Order(BaseModel):
    """What a client sends to start a course."""

    analysis_result: dict[str, Any]
    language: str | None = None
    review: Literal["ask", "flag", "auto"] = "ask"


class Work:
    """What this process does on one run, and the events of it so far."""

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self.events: list[Event] = []
        self.is_over = True
        self._changed = asyncio.Condition()

    async def note(self, event: Event) -> None:
        """Keep an event and wake whoever follows."""
        async with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    async def end(self) -> None:
        """The run has ended, waits for a person, failed or was cancelled."""
        async with self._changed:
            self.is_over = True
            self._changed.notify_all()

    async def follow(self, after: int) -> AsyncIterator[tuple[int, Event]]:
        """The events from number `after` on with their numbers, until the work is over."""
        number = after
        while await self._has(number):
            yield number, self.events[number]
            number += 1

    async def _has(self, number: int) -> bool:
        """Whether there is such an event; waits for it while the work goes on."""
        async with self._changed:
            await self._changed.wait_for(lambda: number < len(self.events) or self.is_over)
        return number < len(self.events)


class Courses:
    """The runs of this backend. Where they stand is in the checkpointer, for another process to go on."""

    def __init__(self, graph: CourseGraph) -> None:
        self._graph = graph
        self._works: dict[str, Work] = {}

    def work(self, run_id: str) -> Work:
        """The work on a run; nothing has been done on one that this process does not know."""
        return self._works.get(run_id, Work())

    def drive(self, run_id: str, given: Any, context: RunContext | None = None) -> None:
        """Start a run, or go on with it, in the background; one thing at a time."""
        work = self._works.setdefault(run_id, Work())
        if not work.is_over:
            raise HTTPException(409, f"Run {run_id} is being worked on.")
        work.is_over = False
        work.task = asyncio.create_task(self._stream(run_id, work, given, context))

    async def _stream(self, run_id: str, work: Work, given: Any, context: RunContext | None) -> None:
        try:
            async for part in self._graph.astream(
                given, _thread(run_id), context=context, stream_mode="custom", subgraphs=True, version="v2"
            ):
                if part["type"] == "custom":
                    await work.note(part["data"])
        except CourseAIError as error:
            await work.note({"kind": "error", "run_id": run_id, "message": str(error)})
        except Exception:
            _log.exception("Run %s failed", run_id)
            await work.note({"kind": "error", "run_id": run_id, "message": "Something went wrong here."})
        finally:
            await work.end()

    async def standing(self, run_id: str) -> dict[str, Any]:
        """Where a run stands: status, what is wrong with its input, what it asks a person, its course."""
        snapshot = await self._graph.aget_state(_thread(run_id))
        if not snapshot.values:
            raise HTTPException(404, f"There is no run {run_id}.")
        is_over = self.work(run_id).is_over
        asked = snapshot.interrupts[0].value if snapshot.interrupts and is_over else None
        status = "waiting_for_review" if asked else snapshot.values.get("status", "running")
        if status == "running" and is_over:
            status = "stopped"
        return {
            "run_id": run_id,
            "status": status,
            "problems": snapshot.values.get("problems", []),
            "review": asked,
            "course": snapshot.values.get("course") or None,
        }

    async def waiting(self) -> list[dict[str, Any]]:
        """What waits for a person. A real backend would have the ids from its own table of orders."""
        standings = [await self.standing(run_id) for run_id, work in self._works.items() if work.is_over]
        return [standing for standing in standings if standing["review"]]

    async def cancel(self, run_id: str) -> None:
        """Stop working on a run. What was done is kept, and `drive(run_id, None)` would go on from there."""
        task = self.work(run_id).task
        if task and task.cancel():
            await asyncio.wait([task])

    async def aclose(self) -> None:
        """Stop everything."""
        for run_id in self._works:
            await self.cancel(run_id)


def create_backend() -> FastAPI:
    """The application. Runs are kept where COURSEAI_HOME or COURSEAI_DATABASE_URL says."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_run_store() as store:
            services = make_services(journal=store.journal, drafts=store.drafts)
            app.state.courses = courses = Courses(build_graph(services, store.saver))
            yield
            await courses.aclose()
            await services.aclose()

    app = FastAPI(title="Courses", lifespan=lifespan)

    @app.post("/courses", status_code=202)
    async def start(order: Order) -> dict[str, str]:
        run_id = new_run_id()
        wanted = {"analysis_result": order.analysis_result, "language": order.language}
        app.state.courses.drive(run_id, wanted, RunContext(review=order.review))
        return {"run_id": run_id}

    @app.get("/courses/{run_id}/events", response_class=EventSourceResponse)
    async def events(
        run_id: str, last_event_id: Annotated[int | None, Header(ge=0)] = None
    ) -> AsyncIterator[ServerSentEvent]:
        after = 0 if last_event_id is None else last_event_id + 1
        async for number, event in app.state.courses.work(run_id).follow(after):
            yield ServerSentEvent(data=event, event=event["kind"], id=str(number))

    @app.get("/courses/{run_id}")
    async def standing(run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = await app.state.courses.standing(run_id)
        return found

    @app.get("/reviews")
    async def reviews() -> list[dict[str, Any]]:
        waiting: list[dict[str, Any]] = await app.state.courses.waiting()
        return waiting

    @app.post("/courses/{run_id}/decisions", status_code=202)
    async def decide(run_id: str, decisions: dict[str, Any]) -> dict[str, str]:
        if not (await app.state.courses.standing(run_id))["review"]:
            raise HTTPException(409, f"Run {run_id} does not wait for decisions.")
        app.state.courses.drive(run_id, Command(resume=decisions))
        return {"run_id": run_id}

    @app.delete("/courses/{run_id}", status_code=204)
    async def cancel(run_id: str) -> None:
        await app.state.courses.cancel(run_id)

    return app


def _thread(run_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": run_id}}
