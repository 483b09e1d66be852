"""What the page of an item shows to somebody who has to decide on it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markupsafe import Markup
from starlette.testclient import TestClient

from courseai.service.web.app import review_app
from courseai.service.web.unsent import UnsentDecisions
from courseai.store.seal import Seal
from tests.service.web.test_guard import HERE, NO_DASHBOARD
from tests.service.web.waiting import EXERCISE, WaitingDesk, waiting_item

ITEM = "exercise:s1-l1-e1"
DRAFTS = ("A plot shows dates.", "A plot shows dots.", "A plot shows data.")


@pytest.fixture
def page(tmp_path: Path) -> str:
    """Of an item that two models wrote before the one whose text it has now."""
    asked = [EXERCISE | {"question": question} for question in DRAFTS]
    item = waiting_item(
        ITEM,
        objectives=["Read a plot."],
        score=0.62,
        judge=[{"tier": "qwen3_max", "overall": 0.55, "words": "Too thin.", "concerns": ["No axis."]}],
        facts=[{"statement": "Indices begin at 0.", "sentence": "The first index is 1."}],
        route=[
            {"tier": "oss_20b", "step": "draft", "score": 0.31, "note": "escalate: low_alignment"},
            {"tier": "oss_120b", "step": "draft", "score": 0.5, "note": "escalate: contradicted_fact"},
            {"tier": "qwen3_max", "step": "draft", "score": 0.62, "note": "accept_with_flag"},
        ],
        previous=[
            {"tier": "oss_20b", "step": "draft", "score": 0.31, "content_json": asked[0]},
            {"tier": "oss_120b", "step": "draft", "score": 0.5, "content_json": asked[1]},
        ],
        older=3,
        content_json=asked[2],
        cost_usd=0.0123,
    )
    app = review_app(WaitingDesk([item]), UnsentDecisions(tmp_path, Seal()), NO_DASHBOARD)
    return TestClient(app, base_url=HERE).get(f"/runs/run-1/items/{ITEM}").text


def words(html: str) -> str:
    """Its text, without the tags."""
    return Markup(re.sub(r"<[^>]+>", " ", html)).unescape()


def within(html: str, start: str, end: str) -> str:
    """The part between two marks."""
    return html.partition(start)[2].partition(end)[0]


def test_it_says_why_a_person_is_asked(page: str) -> None:
    assert "Passed with a flag: it may not teach all of its objectives" in words(page)


def test_the_objectives_and_the_score_stand_beside_the_text(page: str) -> None:
    aside = within(page, "<aside", "</aside>")
    assert "Read a plot." in aside
    assert "0.62" in words(aside)
    assert "A plot shows data." in words(within(page, "<article", "</article>"))


def test_the_judges_words_and_the_contradicted_fact_are_quoted(page: str) -> None:
    shown = " ".join(words(within(page, "<aside", "</aside>")).split())
    assert "Too thin. qwen3_max, 0.55 overall No axis." in shown
    assert "The fact Indices begin at 0. The text says The first index is 1." in shown


def test_the_route_names_every_tier_in_order_with_the_reason_for_the_next(page: str) -> None:
    steps = [
        " ".join(words(step).split()) for step in within(page, '<ol class="route">', "</ol>").split("</li>")
    ]
    assert steps[:-1] == [
        "oss_20b draft, alignment 0.31 A stronger model wrote it next: it hardly teaches its objectives",
        "oss_120b draft, alignment 0.50 A stronger model wrote it next: it leaves out or contradicts a fact",
        "qwen3_max draft, alignment 0.62 Kept with a flag",
    ]


def test_what_changed_from_each_draft_to_the_next_is_marked_newest_first(page: str) -> None:
    drafts = within(page, 'id="drafts"', "</section>").split("<details>")[1:]
    assert [words(within(draft, "<summary>", "<span")).strip() for draft in drafts] == [
        "oss_120b: draft, alignment 0.50",
        "oss_20b: draft, alignment 0.31",
    ]
    changes = [re.findall(r"<(del|ins)>([^<]+)</", draft) for draft in drafts]
    assert [[(tag, text.strip()) for tag, text in change] for change in changes] == [
        [("del", "dots"), ("ins", "data")],
        [("del", "dates"), ("ins", "dots")],
    ]
    assert "3 older versions are not shown" in words(page)


def test_it_says_what_the_item_has_cost(page: str) -> None:
    assert "Cost so far $0.0123" in words(page)
