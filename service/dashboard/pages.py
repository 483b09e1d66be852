"""The pages of the dashboard: the overview, the list of courses, a course, a section, a call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from courseai.course.state import CourseState
from courseai.ops.alerts.alert_check import check_alerts
from courseai.ops.history.history import overview
from courseai.ops.history.run_history import (
    ORDERS,
    Order,
    Page,
    RunLine,
    call_view,
    calls_of_run,
    run_line,
    run_page,
)
from courseai.ops.history.window import last_days
from courseai.service.dashboard.alert_part import alert_part
from courseai.service.dashboard.call_page import call_facts
from courseai.service.dashboard.course_page import (
    course_facts,
    course_tables,
    course_tiles,
    section_lines,
)
from courseai.service.dashboard.overview_page import overview_parts
from courseai.service.dashboard.section_page import SectionView, draft_of_call, section_facts, section_view
from courseai.service.web.pages import page
from courseai.store.database import Database
from courseai.store.seal import Seal

OpenDatabase = Callable[[], Awaitable[Database]]
"""Gives the database of the store, which a server may only open once it runs."""
StateOf = Callable[[str], Awaitable[CourseState]]
"""The state of a run as far as it is kept; empty where it is not."""

AREA = "Dashboard"
T = TypeVar("T")
_WINDOWS = (7, 30, 90)
_LATEST, _PAGE, _CALLS = 8, 50, 100
_STATUSES = ("unfinished", "waiting_for_review", "budget_stop", "insufficient_lessons", "finished")
_ORDERS: dict[Order, str] = {
    "started_at": "start",
    "cost_usd": "cost",
    "alignment": "alignment",
    "lessons_flagged": "flagged lessons",
    "sections_escalated": "escalated sections",
    "seconds": "work",
}


class DashboardPages:
    """Handlers for the routes of service/web/app.py, over the figures in a database."""

    def __init__(self, database: OpenDatabase, state_of: StateOf) -> None:
        self._open = database
        self._state_of = state_of

    async def overview(self, request: Request) -> Response:
        """Everything at a glance."""
        days = _number(request, "days", 30)
        if days not in _WINDOWS:
            raise HTTPException(404, f"The dashboard shows {', '.join(map(str, _WINDOWS))} days.")

        def read(connection: Connection, seal: Seal) -> Mapping[str, Any]:
            found = run_page(connection, seal, limit=_LATEST)
            alerts = alert_part(check_alerts(connection))
            return overview_parts(overview(connection, last_days(days))) | {"runs": found, "alerts": alerts}

        parts = await self._read(read)
        return page(request, "dashboard.html.j2", area=AREA, windows=_WINDOWS, chosen=days, **parts)

    async def runs(self, request: Request) -> Response:
        """All courses, page by page."""
        asked = {name: request.query_params.get(name, "") for name in ("status", "order", "beginning")}
        if asked["status"] not in ("", *_STATUSES):
            raise HTTPException(404, f"There is no status {asked['status']!r}.")
        order = cast(Order, asked["order"] if asked["order"] in ORDERS else "started_at")
        offset = _number(request, "offset", 0)
        wanted: dict[str, Any] = {"order": order, "status": asked["status"], "beginning": asked["beginning"]}
        found: Page = await self._read(partial(run_page, offset=offset, limit=_PAGE, **wanted))
        earlier, later = _around(offset, _PAGE, found.count)
        return page(
            request,
            "dashboard_runs.html.j2",
            area=AREA,
            found=found,
            statuses=_STATUSES,
            orders=_ORDERS,
            asked=wanted | {"offset": offset},
            earlier=None if earlier is None else urlencode(wanted | {"offset": earlier}),
            later=None if later is None else urlencode(wanted | {"offset": later}),
        )

    async def run(self, request: Request) -> Response:
        """A course: its figures, its sections, its calls."""
        run_id, offset = request.path_params["run_id"], _number(request, "offset", 0)
        run = await self._run(run_id)
        state = await self._state_of(run_id)

        def read(connection: Connection, _seal: Seal) -> Mapping[str, Any]:
            lines = calls_of_run(connection, run_id)
            return {
                "sections": section_lines(state, lines),
                "tables": course_tables(connection, run_id),
                "calls": lines[offset : offset + _CALLS],
            }

        earlier, later = _around(offset, _CALLS, run.calls)
        return page(
            request,
            "dashboard_run.html.j2",
            area=AREA,
            run=run,
            tiles=course_tiles(run),
            facts=course_facts(run),
            earlier=earlier,
            later=later,
            **await self._read(read),
        )

    async def section(self, request: Request) -> Response:
        """A section: why it started where it did, every draft, every verdict, every call."""
        run_id, section_id = request.path_params["run_id"], request.path_params["section_id"]
        run = await self._run(run_id)
        view: SectionView | None = section_view(await self._state_of(run_id), section_id)
        if view is None:
            raise HTTPException(404, "The run has no such section, or its state is no longer kept.")
        calls = await self._read(lambda connection, _seal: calls_of_run(connection, run_id, section_id))
        return page(
            request,
            "dashboard_section.html.j2",
            area=AREA,
            run=run,
            section=view,
            facts=section_facts(view, calls),
            calls=calls,
        )

    async def call(self, request: Request) -> Response:
        """A call: what was asked, what was answered, and what came of it."""
        call_id = request.path_params["call_id"]
        found = await self._read(partial(call_view, call_id=call_id))
        if found is None:
            raise HTTPException(404, "There is no such call.")
        call = call_facts(found)
        run = await self._read(partial(run_line, run_id=call.run_id))
        title = run.title if run else ""
        draft = draft_of_call(await self._state_of(call.run_id), call.section_id, call_id)
        shown: dict[str, Any] = {"call": call, "draft": draft, "run_title": title or call.run_id}
        return page(request, "dashboard_call.html.j2", area=AREA, **shown)

    async def _read(self, work: Callable[[Connection, Seal], T]) -> T:
        database = await self._open()
        return await database.read(lambda connection: work(connection, database.seal))

    async def _run(self, run_id: str) -> RunLine:
        run = await self._read(partial(run_line, run_id=run_id))
        if run is None:
            raise HTTPException(404, f"There is no run {run_id!r} here.")
        return run


def _number(request: Request, name: str, default: int) -> int:
    """A number of the address, from 0."""
    given = request.query_params.get(name, "")
    if not given:
        return default
    if not given.isascii() or not given.isdecimal() or len(given) > 9:
        raise HTTPException(404, f"{name} has to be a number.")
    return int(given)


def _around(offset: int, size: int, count: int) -> tuple[int | None, int | None]:
    """Where the page before and the page after begin; None where there is none."""
    earlier = max(0, offset - size) if offset else None
    return earlier, offset + size if offset + size < count else None
