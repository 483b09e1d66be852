"""The pages of the review: what each address shows and does. Everything works without JavaScript."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from courseai.course.review import BORDERLINE
from courseai.course.review_answer import read_answer
from courseai.course.review_content import edited_content
from courseai.course.state import Json
from courseai.service.progress import RunProgress
from courseai.service.review_words import RISKS
from courseai.service.web.content_form import form_fields, read_form
from courseai.service.web.desk import RunDesk, RunView
from courseai.service.web.guard import FORM_COOKIE, form_token, read_checked_form, signed_in_as
from courseai.service.web.item_view import ItemView, Queue, queue_of
from courseai.service.web.template import render
from courseai.service.web.unsent import UnsentDecisions

AREAS = {"Review": "/", "Dashboard": "/dashboard"}
"""What the header leads to: name and address, in the order in which they stand."""
_NAME_COOKIE = "courseai_reviewer"
_YEAR_S = 365 * 24 * 3600
_LOOK_S = 2.0
"""Seconds between two looks at a run that another process brings forward."""


class ReviewPages:
    """Handlers for the routes of app.py."""

    def __init__(self, desk: RunDesk, unsent: UnsentDecisions) -> None:
        self._desk = desk
        self._unsent = unsent

    async def runs(self, request: Request) -> Response:
        """All runs."""
        return page(request, "runs.html.j2", runs=await self._desk.runs())

    async def run(self, request: Request) -> Response:
        """One run: its queue, its progress, or what became of it."""
        view, queue = await self._look(request)
        template = "queue.html.j2" if view.progress == "waiting" else "run.html.j2"
        return page(request, template, run=view, queue=queue)

    async def item(self, request: Request) -> Response:
        """One item, with everything that helps to decide."""
        view, queue, item = await self._find(request)
        return page(request, "item.html.j2", run=view, queue=queue, item=item)

    async def decide(self, request: Request) -> Response:
        """Keep a decision and go on to the next item; one that cannot be used is shown with the reason."""
        form = await read_checked_form(request)
        view, queue, item = await self._find(request)
        if form.get("type") == "take_back":
            await self._unsent.take_back(view.run_id, item.item_id)
            return _to(request, f"/runs/{view.run_id}/items/{item.item_id}")
        decision = {"type": form.get("type", "").strip(), **_words(request, form)}
        if problem := _problem(item, decision):
            shown: Json = {"run": view, "queue": queue, "item": item, "problem": problem, "given": decision}
            return page(request, "item.html.j2", 422, **shown)
        return await self._kept(request, view, queue, item, decision)

    async def edit(self, request: Request) -> Response:
        """The form with the content of an item."""
        view, queue, item = await self._find(request)
        fields = form_fields(item.content)
        return page(request, "edit.html.j2", run=view, queue=queue, item=item, fields=fields)

    async def keep_edit(self, request: Request) -> Response:
        """Keep an edit; one that breaks the schema comes back with the reason and all that was typed."""
        form = await read_checked_form(request)
        view, queue, item = await self._find(request)
        content = read_form(item.content, form)
        decision: Json = {"type": "edit", "content_json": content, **_words(request, form)}
        if problem := _problem(item, decision):
            fields = form_fields(read_form(item.content, form, leave_out=False))
            place = problem.partition(": ")[0]
            shown: Json = {"run": view, "queue": queue, "item": item, "problem": problem, "given": decision}
            return page(request, "edit.html.j2", 422, fields=fields, place=place, **shown)
        return await self._kept(request, view, queue, item, decision)

    async def approve(self, request: Request) -> Response:
        """Approve at once what passed narrowly and is undecided, in the name that this browser has."""
        await read_checked_form(request)
        view, queue = await self._look(request)
        for item in queue.approvable(RISKS[BORDERLINE]):
            decision = {"type": "approve", "message": "", "by": _reviewer(request)}
            await self._unsent.keep(view.run_id, item.args, decision)
        return _to(request, f"/runs/{view.run_id}")

    async def send(self, request: Request) -> Response:
        """Give the run what was decided so far; the rest stays pending."""
        await read_checked_form(request)
        view, queue = await self._look(request)
        if view.progress == "waiting" and queue.decided:
            await self._desk.proceed(view.run_id, queue.answer())
        return _to(request, f"/runs/{view.run_id}")

    async def resume(self, request: Request) -> Response:
        """Go on with a run that was stopped."""
        await read_checked_form(request)
        view, _queue = await self._look(request)
        if view.progress == "stopped":
            await self._desk.proceed(view.run_id, None)
        return _to(request, f"/runs/{view.run_id}")

    async def events(self, request: Request) -> Response:
        """Progress as server-sent events: `headline`, `progress` (course/event.schema.json), then `rest`."""
        run_id = request.path_params["run_id"]
        last = request.headers.get("last-event-id", "")
        start = int(last) + 1 if last.isdecimal() else 0
        return StreamingResponse(self._told(run_id, start), media_type="text/event-stream")

    async def course(self, request: Request) -> Response:
        """The finished course; that page has its styles inside and forbids everything else itself."""
        html = await self._desk.course_page(request.path_params["run_id"])
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
        return HTMLResponse(html, headers={"Content-Security-Policy": policy})

    async def _look(self, request: Request) -> tuple[RunView, Queue]:
        view = await self._desk.view(request.path_params["run_id"])
        asked = view.request or {"action_requests": []}
        items = [action["args"] for action in asked["action_requests"]]
        return view, queue_of(asked, await self._unsent.of(view.run_id, items))

    async def _find(self, request: Request) -> tuple[RunView, Queue, ItemView]:
        view, queue = await self._look(request)
        item = queue.by_id.get(request.path_params["item_id"])
        if item is None:
            raise HTTPException(404, "This item waits for no decision any more. The queue has the rest.")
        return view, queue, item

    async def _kept(
        self, request: Request, view: RunView, queue: Queue, item: ItemView, decision: Json
    ) -> Response:
        await self._unsent.keep(view.run_id, item.args, decision)
        following = queue.after(item)
        path = f"/runs/{view.run_id}/items/{following.item_id}" if following else f"/runs/{view.run_id}"
        response = _to(request, path)
        if decision["by"] and signed_in_as(request) is None:
            set_cookie(request, response, _NAME_COOKIE, json.dumps(decision["by"]), _YEAR_S)
        return response

    async def _told(self, run_id: str, start: int) -> AsyncIterator[str]:
        """What the stream sends."""
        yield ": open\n\n"
        activity = self._desk.activity(run_id)
        if activity is None or activity.is_done:
            while (await self._desk.view(run_id)).progress == "working":
                yield ": working\n\n"
                await asyncio.sleep(_LOOK_S)
        else:
            progress = RunProgress()
            async for number, event in activity.follow(start):
                progress.note(event)
                yield f"event: headline\ndata: {json.dumps(progress.headline)}\n\n"
                yield f"id: {number}\nevent: progress\ndata: {json.dumps(event)}\n\n"
            if not activity.is_done:
                return  # the server stops: the browser asks again, and finds it gone or restarted
        yield "event: rest\ndata: {}\n\n"


def page(
    request: Request, template: str, status: int = 200, area: str = "Review", **shown: Any
) -> HTMLResponse:
    """A page with what every page has. `area` is the one of `AREAS` that it belongs to."""
    token = form_token(request)
    everywhere = {
        "base": request.scope.get("root_path", ""),
        "areas": AREAS,
        "area": area,
        "form_token": token,
        "reviewer": _reviewer(request),
        "signed_in": signed_in_as(request) is not None,
        "problem": "",
        "given": {},
        "place": "",
    }
    response = HTMLResponse(render(template, everywhere | shown), status)
    if FORM_COOKIE not in request.cookies:
        set_cookie(request, response, FORM_COOKIE, token)
    return response


def set_cookie(
    request: Request, response: Response, name: str, value: str, max_age_s: int | None = None
) -> None:
    """A cookie that no script and no other site gets at; without an age it ends with the browser."""
    path = request.scope.get("root_path", "") or "/"
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, max_age_s, path=path, secure=secure, httponly=True, samesite="lax")


def _words(request: Request, form: Mapping[str, str]) -> dict[str, str]:
    """Why, and who: whoever signed in, whatever the form says; its own name where nobody signs in."""
    signed_in = signed_in_as(request)
    name = form.get("by", "").strip() if signed_in is None else signed_in
    return {"message": form.get("message", "").strip(), "by": name}


def _reviewer(request: Request) -> str:
    if signed_in := signed_in_as(request):
        return signed_in
    try:
        return str(json.loads(request.cookies.get(_NAME_COOKIE, '""')))
    except ValueError:
        return ""


def _problem(item: ItemView, decision: Json) -> str:
    """Why a decision cannot be used; empty where it can. An edit's begins with the field that is wrong."""
    try:
        if decision["type"] == "edit":
            edited_content(item.args["kind"], item.args["content_json"], decision["content_json"])
        read_answer({"decisions": {item.item_id: decision}}, [item.question()])
    except ValueError as error:
        return str(error)
    return ""


def _to(request: Request, path: str) -> RedirectResponse:
    """Look at another page after a form was sent."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}{path}", 303)
