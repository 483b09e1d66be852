"""Whatever a model or an input puts into an item, opening it does nothing but show it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from courseai.course.state import Json
from courseai.service.web.app import review_app
from courseai.service.web.desk import RunLine, RunView
from courseai.service.web.unsent import UnsentDecisions
from courseai.store.seal import Seal
from tests.service.web.conftest import serious_problems
from tests.service.web.test_guard import NO_DASHBOARD, EmptyDesk
from tests.service.web.waiting import served

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = (
    '</textarea></title></q>"\'><script>window.harmed = 1</script><img src=x onerror="window.harmed = 2">'
    '<svg onload="window.harmed = 3"></svg>\n\n[link](javascript:window.harmed=4) '
    '![image](https://evil.example/x.png) <a href="javascript:window.harmed=5">raw</a>'
    "<style>body { display: none }</style><base href='https://evil.example/'>{{ 7 * 7 }}\u202e"
)
EXERCISE: Json = {
    "exercise_id": "s1-l1-e1",
    "type": "essay",
    "question": HOSTILE,
    "options": [HOSTILE],
    "pairs": [{"left": HOSTILE, "right": HOSTILE}],
    "answer": [HOSTILE],
    "rubric": [HOSTILE],
    "explanation": HOSTILE,
}
LESSON: Json = {
    "number": 1,
    "title": HOSTILE,
    "key_topics": [HOSTILE, HOSTILE],
    "content": HOSTILE,
    "exercises": [EXERCISE],
}
METADATA: Json = {
    "title": HOSTILE,
    "description": HOSTILE,
    "overview": HOSTILE,
    "audience": HOSTILE,
    "difficulty": "beginner",
    "prerequisites": [HOSTILE],
    "learning_outcomes": [{"text": HOSTILE, "bloom_level": "apply", "section_ids": [HOSTILE]}],
    "pedagogical_strategy": HOSTILE,
    "assessment_strategy": HOSTILE,
    "tags": [HOSTILE],
}
CONTENTS = {
    "metadata": METADATA,
    "section:s1": {"lessons": [LESSON]},
    "lesson:s1-l1": LESSON,
    "exercise:s1-l1-e1": EXERCISE,
}


def hostile_item(item_id: str) -> Json:
    """An item with such a text in every place that a model, a judge or an input fills."""
    kind, _, subject = item_id.partition(":")
    content = CONTENTS[item_id]
    before = dict(content) | ({"title": "before"} if "title" in content else {})
    return {
        "item_id": item_id,
        "kind": kind,
        "subject": subject or "course",
        "section_id": "s1" if subject else None,
        "title": HOSTILE,
        "risk": 0,
        "reasons": [HOSTILE],
        "objectives": [HOSTILE],
        "content_json": content,
        "score": 0.5,
        "judge": [{"tier": HOSTILE, "overall": 0.5, "words": HOSTILE, "concerns": [HOSTILE]}],
        "facts": [{"statement": HOSTILE, "sentence": HOSTILE}],
        "findings": [{"severity": "flag", "message": HOSTILE, "evidence": HOSTILE}],
        "route": [{"tier": HOSTILE, "step": HOSTILE, "score": 0.5, "note": HOSTILE}],
        "previous": [{"tier": HOSTILE, "step": HOSTILE, "content_json": before}],
        "cost_usd": None,
        "regenerations": 1,
        "allowed_decisions": ["approve", "edit", "reject", "regenerate", "respond"],
    }


class HostileDesk(EmptyDesk):
    """A place whose one run asks about such items."""

    async def runs(self) -> list[RunLine]:
        return [RunLine("run-1", HOSTILE, "waiting", 4, "2026-11-24T03:00:00+00:00")]

    async def view(self, run_id: str) -> RunView:
        items = [{"name": "review", "args": hostile_item(item_id)} for item_id in CONTENTS]
        review = {"run_id": run_id, "title": HOSTILE, "pending": 4, "decided": 0, "cost_usd": None}
        request = {"action_requests": items, "review": review}
        taken = {"item_id": HOSTILE, "type": "reject", "by": HOSTILE, "at": "2026-11-24T03:00:00+00:00"}
        decisions = [taken | {"message": HOSTILE, "note": HOSTILE, "result": HOSTILE}]
        return RunView(run_id, HOSTILE, "waiting", request, HOSTILE, decisions=decisions)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with these items."""
    app = review_app(HostileDesk(), UnsentDecisions(tmp_path_factory.mktemp("unsent"), Seal()), NO_DASHBOARD)
    with served(app) as url:
        yield url


async def test_hostile_texts_are_shown_and_do_nothing(address: str, page: Page) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    items = [f"/runs/run-1/items/{item_id}" for item_id in CONTENTS]
    for path in ("/", "/runs/run-1", *items, *(f"{item}/edit" for item in items)):
        await page.goto(address + path)
        for details in await page.locator("details").all():
            await details.locator("summary").click()
        harm: Any = await page.evaluate("window.harmed")
        assert harm is None, path
        assert await page.locator("[href^=javascript], [onerror], [onload], main script, base").count() == 0
        assert await page.locator("main").is_visible()
        assert "{{ 7 * 7 }}" in await page.content() or path.endswith("edit")
    assert all(url.startswith(address) for url in requested)


async def test_hostile_texts_come_back_from_a_refused_edit_as_they_were(address: str, page: Page) -> None:
    await page.goto(f"{address}/runs/run-1/items/lesson:s1-l1/edit")
    await page.get_by_role("button", name="Keep this edit").click()

    await page.get_by_role("alert").wait_for()
    assert await page.get_by_label("Content").first.input_value() == HOSTILE.removesuffix("\u202e")
    assert await page.evaluate("window.harmed") is None


async def test_axe_finds_nothing_serious_where_everything_is_shown_at_once(address: str, page: Page) -> None:
    for item_id in CONTENTS:
        await page.goto(f"{address}/runs/run-1/items/{item_id}")
        assert await serious_problems(page) == [], item_id
