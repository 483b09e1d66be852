"""Who may see the review page, and whose forms it takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from courseai.course.errors import RunNotFoundError
from courseai.course.state import CourseState, Json
from courseai.service.dashboard.pages import DashboardPages
from courseai.service.web.activity import Activity
from courseai.service.web.app import review_app
from courseai.service.web.desk import RunLine, RunView
from courseai.service.web.sign_in import Reviewers
from courseai.service.web.unsent import UnsentDecisions
from courseai.store.database import Database
from courseai.store.seal import Seal

TOKEN = "a-token-of-some-length"
KNOWN = Reviewers({TOKEN: ""})
HERE = "http://127.0.0.1:8080"


async def no_database() -> Database:
    """No test of the review looks at the dashboard."""
    raise AssertionError


async def no_state(_run_id: str) -> CourseState:
    """See `no_database`."""
    raise AssertionError


NO_DASHBOARD = DashboardPages(no_database, no_state)


class EmptyDesk:
    """A place with one stopped run; it notes what it is asked to go on with."""

    def __init__(self) -> None:
        self.resumed: list[str] = []

    async def runs(self) -> list[RunLine]:
        return []

    async def view(self, run_id: str) -> RunView:
        if run_id != "run-1":
            raise RunNotFoundError(f"There is no run {run_id!r}.")
        return RunView(run_id, "A course", "stopped")

    async def proceed(self, run_id: str, answer: Json | None) -> None:
        assert answer is None
        self.resumed.append(run_id)

    def activity(self, _run_id: str) -> Activity | None:
        return None

    async def course_page(self, run_id: str) -> str:
        raise RunNotFoundError(run_id)

    def request_stop(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


Visitor = Callable[..., TestClient]


@pytest.fixture
def desk() -> EmptyDesk:
    return EmptyDesk()


@pytest.fixture
def visit(desk: EmptyDesk, tmp_path: Path) -> Visitor:
    """A browser at an address of the server."""

    def at(address: str = HERE, reviewers: Reviewers | None = None) -> TestClient:
        return TestClient(
            review_app(desk, UnsentDecisions(tmp_path, Seal()), NO_DASHBOARD, reviewers),
            base_url=address,
            follow_redirects=False,
        )

    return at


def form_token(browser: TestClient, path: str = "/runs/run-1") -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', browser.get(path).text)
    assert found
    return found[1]


class TestThisMachine:
    @pytest.mark.parametrize("address", [HERE, "http://localhost:9", "http://[::1]:8080"])
    def test_its_own_names_are_answered(self, visit: Visitor, address: str) -> None:
        assert visit(address).get("/").status_code == 200

    @pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example"])
    def test_a_name_that_only_leads_here_is_refused(self, visit: Visitor, name: str) -> None:
        refused = visit(f"http://{name}").get("/")

        assert refused.status_code == 421
        assert "COURSEAI_REVIEW_TOKEN" in refused.text


class TestForms:
    def test_one_of_our_own_is_taken(self, visit: Visitor, desk: EmptyDesk) -> None:
        browser = visit()
        data = {"form_token": form_token(browser)}

        done = browser.post("/runs/run-1/resume", data=data, headers={"Origin": HERE})

        assert done.status_code == 303
        assert desk.resumed == ["run-1"]

    @pytest.mark.parametrize(
        "header",
        [
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://127.0.0.1:9999"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ],
    )
    def test_one_of_another_site_is_refused(
        self, visit: Visitor, desk: EmptyDesk, header: dict[str, str]
    ) -> None:
        browser = visit()
        data = {"form_token": form_token(browser)}

        assert browser.post("/runs/run-1/resume", data=data, headers=header).status_code == 403
        assert desk.resumed == []

    @pytest.mark.parametrize("token", ["", "guessed"])
    def test_one_without_the_pages_token_is_refused(
        self, visit: Visitor, desk: EmptyDesk, token: str
    ) -> None:
        browser = visit()
        browser.get("/runs/run-1")

        assert browser.post("/runs/run-1/resume", data={"form_token": token}).status_code == 403
        assert desk.resumed == []

    def test_one_that_is_far_too_large_is_refused(self, visit: Visitor) -> None:
        browser = visit()
        data = {"form_token": form_token(browser), "message": "x" * 2_100_000}

        assert browser.post("/runs/run-1/resume", data=data).status_code == 413


class TestToken:
    def test_without_it_every_page_leads_to_the_sign_in(self, visit: Visitor) -> None:
        browser = visit("https://review.example", KNOWN)

        assert browser.get("/").headers["location"] == "/sign-in"
        assert browser.get("/runs/run-1").headers["location"] == "/sign-in"

    def test_the_same_holds_where_the_page_is_mounted_in_another_server(
        self, desk: EmptyDesk, tmp_path: Path
    ) -> None:
        inner = review_app(desk, UnsentDecisions(tmp_path, Seal()), NO_DASHBOARD, KNOWN)
        outer = Starlette(routes=[Mount("/review", inner)])
        browser = TestClient(outer, base_url="https://review.example", follow_redirects=False)

        assert browser.get("/review/runs/run-1").headers["location"] == "/review/sign-in"
        assert browser.get("/review/static/review.css").status_code == 200
        data = {"form_token": form_token(browser, "/review/sign-in"), "token": TOKEN, "by": "Ada"}
        assert browser.post("/review/sign-in", data=data).headers["location"] == "/review/"
        assert browser.get("/review/").status_code == 200

    def test_whoever_has_it_gets_in_under_any_name(self, visit: Visitor) -> None:
        browser = visit("https://review.example", KNOWN)
        data = {"form_token": form_token(browser, "/sign-in"), "token": TOKEN, "by": "Ada"}

        signed_in = browser.post("/sign-in", data=data)

        assert "HttpOnly" in signed_in.headers["set-cookie"]
        assert "Secure" in signed_in.headers["set-cookie"]
        assert TOKEN not in signed_in.headers["set-cookie"]
        assert browser.get("/").status_code == 200

    def test_a_wrong_one_does_not(self, visit: Visitor) -> None:
        browser = visit("https://review.example", KNOWN)
        data = {"form_token": form_token(browser, "/sign-in"), "token": "another", "by": "Ada"}

        assert browser.post("/sign-in", data=data).status_code == 403
        assert browser.get("/").status_code == 303


def test_every_answer_forbids_foreign_and_inline_code(visit: Visitor) -> None:
    for path in ("/", "/runs/run-1", "/runs/missing", "/static/review.js"):
        policy = visit().get(path).headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy


def test_a_run_that_is_not_there_is_said_to_be_missing(visit: Visitor) -> None:
    page = visit().get("/runs/missing")

    assert page.status_code == 404
    assert "There is no run" in page.text
