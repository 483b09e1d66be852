"""A desk whose one run waits for decisions, for tests of pages that need no real run."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette

from courseai.course.state import Json
from courseai.service.web.desk import RunView
from tests.service.web.test_guard import EmptyDesk

EXERCISE: Json = {
    "exercise_id": "s1-l1-e1",
    "type": "true_false",
    "question": "A plot shows data.",
    "options": [],
    "pairs": [],
    "answer": ["true"],
    "rubric": [],
    "explanation": "",
}


def waiting_item(item_id: str, **fields: Any) -> Json:
    """An exercise that passed narrowly, as a request has it (nodes/review_request.py)."""
    item: Json = {
        "item_id": item_id,
        "kind": "exercise",
        "subject": item_id.partition(":")[2],
        "section_id": "s1",
        "title": "A plot shows data.",
        "risk": 4,
        "reasons": ["PASS_WITH_FLAG: borderline_alignment"],
        "objectives": [],
        "content_json": EXERCISE,
        "judge": [],
        "facts": [],
        "findings": [],
        "route": [],
        "previous": [],
        "regenerations": 0,
        "allowed_decisions": ["approve", "edit", "reject"],
    }
    return item | fields


class WaitingDesk(EmptyDesk):
    """A place whose one run asks about these items; it notes the answers that it gets."""

    def __init__(self, items: Sequence[Json]) -> None:
        super().__init__()
        self.items = items
        self.answers: list[Json | None] = []

    async def view(self, run_id: str) -> RunView:
        asked = [{"name": f"review_{item['kind']}", "args": item} for item in self.items]
        review = {
            "run_id": run_id,
            "title": "A course",
            "pending": len(asked),
            "decided": 0,
            "cost_usd": None,
        }
        return RunView(run_id, "A course", "waiting", {"action_requests": asked, "review": review})

    async def proceed(self, _run_id: str, answer: Json | None) -> None:
        self.answers.append(answer)


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """The address of a server with this application."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.05)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()
