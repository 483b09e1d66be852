"""The dashboard over HTTP: its pages, its lists, and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from courseai.service.dashboard.pages import DashboardPages
from courseai.service.web.app import review_app
from courseai.service.web.unsent import UnsentDecisions
from courseai.store.database import Database, StoreLocation
from courseai.store.open_database import open_database
from courseai.store.seal import Seal
from tests.ops.planted_courses import courses
from tests.service.dashboard.conftest import DAYS, PLANTED, RUN, Dashboard
from tests.service.web.test_guard import EmptyDesk, no_state


@pytest.fixture(scope="module")
def visitor() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


def shown(visitor: httpx.Client, site: Dashboard, path: str = "") -> str:
    """A page that is there, without its markup's line breaks."""
    answer = visitor.get(site.at(path))
    assert answer.status_code == 200, answer.text
    return " ".join(answer.text.split())


def test_a_store_without_runs_says_what_will_stand_here(sqlite_place: StoreLocation, tmp_path: Path) -> None:
    database = open_database(sqlite_place, Seal())

    async def given() -> Database:
        return database

    pages = DashboardPages(given, no_state)
    app = review_app(EmptyDesk(), UnsentDecisions(tmp_path, Seal()), pages)
    with TestClient(app, base_url="http://127.0.0.1") as browser:
        text = browser.get("/dashboard").text
        assert "No course has been made yet" in text
        assert "<canvas" not in text
        assert "There is no such course" in browser.get("/dashboard/runs").text
    database.close()


def test_the_page_looks_at_so_many_days(visitor: httpx.Client, dashboard: Dashboard) -> None:
    for days in (7, 30, 90):
        text = shown(visitor, dashboard, f"?days={days}")
        spending = text[text.index('id="spending"') : text.index('id="weeks"')]
        assert len(re.findall(r'<th scope="row">', spending)) == days


@pytest.mark.parametrize(
    "path",
    [
        "?days=0",
        "?days=-7",
        "?days=seven",
        "?days=9999999999",
        "/runs?offset=x",
        "/runs?status=lost",
        "/runs/nobody",
        "/runs/nobody/sections/s1",
        f"/runs/{RUN}/sections/s99",
        "/calls/nothing",
    ],
)
def test_what_is_not_there_is_said_to_be_missing(
    visitor: httpx.Client, dashboard: Dashboard, path: str
) -> None:
    answer = visitor.get(dashboard.at(path))
    assert answer.status_code == 404
    assert "<h1>Not Found</h1>" in answer.text


def test_metrics_beside_it_tell_of_the_runs_that_wait(visitor: httpx.Client, dashboard: Dashboard) -> None:
    text = visitor.get(httpx.URL(dashboard.at()).join("/metrics")).text
    gauges = dict(line.split() for line in text.splitlines() if line.startswith("courseai_review_"))
    waiting = [one for one in courses(PLANTED, DAYS, datetime.now(UTC)) if one.items_waiting]
    assert float(gauges["courseai_review_waiting"]) == len(waiting) > 0
    assert float(gauges["courseai_review_oldest_seconds"]) > 0


def test_all_courses_are_reached_page_by_page(visitor: httpx.Client, dashboard: Dashboard) -> None:
    found: list[str] = []
    path = "/runs?order=started_at"
    while True:
        text = shown(visitor, dashboard, path)
        found += re.findall(r'<th scope="row"><a href="/review/dashboard/runs/([^"]+)">', text)
        later = re.search(r'rel="next" href="/review/dashboard(/runs\?[^"]+)"', text)
        if later is None:
            break
        path = later[1].replace("&amp;", "&")
    assert len(found) == len(set(found)) == PLANTED + 2
    assert 'rel="prev"' in text


def test_courses_are_filtered_and_the_form_keeps_what_was_asked(
    visitor: httpx.Client, dashboard: Dashboard
) -> None:
    text = shown(visitor, dashboard, "/runs?status=finished&order=cost_usd&beginning=run-0001")
    assert '<option value="finished" selected>' in text
    assert '<option value="cost_usd" selected>' in text
    costs = [float(cost) for cost in re.findall(r'<td class="number">\$(0\.\d+)</td>', text)]
    assert costs == sorted(costs, reverse=True) != []
    assert re.findall(r'runs/([a-z0-9-]+)">', text) == re.findall(r'runs/(run-0001\d)">', text)


def test_only_our_own_files_are_served_and_the_policy_stays_strict(
    visitor: httpx.Client, dashboard: Dashboard
) -> None:
    answer = visitor.get(dashboard.at())
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    for name in ("dashboard.css", "dashboard.js", "chart.umd.min.js"):
        file = visitor.get(dashboard.at("").replace("dashboard", f"static/{name}"))
        assert file.status_code == 200
        assert file.headers["content-type"].startswith(("text/css", "text/javascript"))
    assert re.findall(r"(?:src|href)=\"https?://", answer.text) == []
    assert re.findall(r"<script(?! src)(?! type=\"application/json\")", answer.text) == []
