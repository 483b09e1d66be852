"""Who decides: the one who signed in, whatever a form or a cookie says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect
from starlette.testclient import TestClient

from courseai.course.errors import SettingsError
from courseai.service.web.app import review_app
from courseai.service.web.guard import SESSION_COOKIE
from courseai.service.web.sign_in import Reviewers, reviewers
from courseai.service.web.unsent import UnsentDecisions
from courseai.store.seal import Seal
from tests.service.web.conftest import serious_problems
from tests.service.web.test_guard import NO_DASHBOARD, form_token
from tests.service.web.waiting import WaitingDesk, served, waiting_item

if TYPE_CHECKING:
    from playwright.async_api import Browser

ADAS, GRACES, SHARED = "ada-has-this-token", "grace-has-this-token", "everybody-has-this-token"
KNOWN = Reviewers({ADAS: "Ada", GRACES: "Grace", SHARED: ""})
SETTING = f"Ada:{ADAS}, Grace:{GRACES}, {SHARED}"


class TestSetting:
    def test_a_token_may_have_an_owner(self) -> None:
        assert reviewers({"COURSEAI_REVIEW_TOKEN": SETTING}) == KNOWN

    def test_without_any_nobody_signs_in(self) -> None:
        assert reviewers({"COURSEAI_REVIEW_TOKEN": " "}) is None

    @pytest.mark.parametrize(
        ("setting", "why"),
        [
            ("short", "the token has 5 characters; take at least 16"),
            ("Ada:short", "the token of Ada has 5 characters"),
            (f"Ada:{ADAS},Ada:{GRACES}", "another name"),
            (f"Ada:{ADAS},Grace:{ADAS}", "another token"),
            (f"A\x00da:{ADAS}", "control characters"),
        ],
    )
    def test_one_that_would_leave_a_door_open_is_refused(self, setting: str, why: str) -> None:
        with pytest.raises(SettingsError, match=why):
            reviewers({"COURSEAI_REVIEW_TOKEN": setting})


class TestSession:
    def test_a_token_with_an_owner_gives_the_owners_name(self) -> None:
        assert KNOWN.name_in(KNOWN.session(ADAS, "Grace")) == "Ada"

    def test_a_shared_token_gives_the_name_that_was_said(self) -> None:
        assert KNOWN.name_in(KNOWN.session(SHARED, " Ana María ")) == "Ana María"

    @pytest.mark.parametrize("name", ["", "  ", "x" * 201, "An\x00a"])
    def test_a_shared_token_needs_a_name_that_can_be_kept(self, name: str) -> None:
        with pytest.raises(ValueError, match=r"who you are|characters"):
            KNOWN.session(SHARED, name)

    def test_another_name_cannot_be_put_into_it(self) -> None:
        ada, grace = KNOWN.session(ADAS, ""), KNOWN.session(GRACES, "")
        assert KNOWN.name_in(f"{grace.split('.')[0]}.{ada.split('.')[1]}") is None

    def test_the_owner_of_a_token_cannot_make_one_for_somebody_else(self) -> None:
        forged = Reviewers({ADAS: ""}).session(ADAS, "Grace")
        assert KNOWN.name_in(forged) is None

    def test_it_ends_with_its_token(self) -> None:
        session = KNOWN.session(ADAS, "")
        assert Reviewers({GRACES: "Grace"}).name_in(session) is None

    @pytest.mark.parametrize("cookie", ["", ".", "QWRh", "QWRh.", "=.x", "/w==.x", "QWRh.\xe9"])
    def test_what_was_not_made_here_is_none(self, cookie: str) -> None:
        assert KNOWN.name_in(cookie) is None


ITEMS = ("exercise:s1-l1-e1", "exercise:s1-l1-e2")


class TestDecision:
    @pytest.fixture
    def desk(self) -> WaitingDesk:
        return WaitingDesk([waiting_item(item_id) for item_id in ITEMS])

    @pytest.fixture
    def visitor(self, desk: WaitingDesk, tmp_path: Path) -> TestClient:
        app = review_app(desk, UnsentDecisions(tmp_path, Seal()), NO_DASHBOARD, KNOWN)
        return TestClient(app, base_url="https://review.example")

    @staticmethod
    def send(visitor: TestClient, path: str, **fields: str) -> int:
        """Fill in a form of the page; gives the status of the answer."""
        page = path.removesuffix("/approve").removesuffix("/send")
        return visitor.post(path, data={"form_token": form_token(visitor, page), **fields}).status_code

    def sent_names(self, visitor: TestClient, desk: WaitingDesk) -> list[str]:
        """In whose names the run gets what was decided."""
        self.send(visitor, "/runs/run-1/send", by="Grace")
        (answer,) = desk.answers
        assert answer is not None
        assert set(answer) == {"decisions"}
        return [decision["by"] for decision in answer["decisions"].values()]

    def test_it_is_of_who_signed_in_whomever_the_form_and_a_cookie_name(
        self, visitor: TestClient, desk: WaitingDesk
    ) -> None:
        self.send(visitor, "/sign-in", token=ADAS, by="Grace")
        visitor.cookies.set("courseai_reviewer", '"Grace"')

        self.send(visitor, f"/runs/run-1/items/{ITEMS[0]}", type="reject", by="Grace")
        self.send(visitor, f"/runs/run-1/items/{ITEMS[1]}/edit", by="Grace", question="Really?")

        shown = visitor.get(f"/runs/run-1/items/{ITEMS[0]}").text
        assert "You decide as <strong>Ada</strong>" in shown
        assert "by Ada, not sent yet" in shown
        assert self.sent_names(visitor, desk) == ["Ada", "Ada"]

    def test_so_is_what_is_approved_together(self, visitor: TestClient, desk: WaitingDesk) -> None:
        self.send(visitor, "/sign-in", token=ADAS)
        visitor.cookies.set("courseai_reviewer", '"Grace"')

        self.send(visitor, "/runs/run-1/approve", by="Grace")

        assert self.sent_names(visitor, desk) == ["Ada", "Ada"]

    def test_it_stays_of_who_took_it_when_somebody_else_sends_it(
        self, visitor: TestClient, desk: WaitingDesk
    ) -> None:
        self.send(visitor, "/sign-in", token=ADAS)
        self.send(visitor, f"/runs/run-1/items/{ITEMS[0]}", type="approve")
        self.send(visitor, "/sign-in", token=GRACES)
        self.send(visitor, f"/runs/run-1/items/{ITEMS[1]}", type="approve")

        assert self.sent_names(visitor, desk) == ["Ada", "Grace"]

    def test_whoever_shares_a_token_says_who_they_are_once(
        self, visitor: TestClient, desk: WaitingDesk
    ) -> None:
        assert self.send(visitor, "/sign-in", token=SHARED) == 403
        self.send(visitor, "/sign-in", token=SHARED, by="Ana María")

        self.send(visitor, f"/runs/run-1/items/{ITEMS[0]}", type="approve", by="Ada")

        assert self.sent_names(visitor, desk) == ["Ana María"]

    def test_a_session_that_was_tampered_with_has_to_sign_in_again(self, visitor: TestClient) -> None:
        self.send(visitor, "/sign-in", token=ADAS)
        proof = visitor.cookies[SESSION_COOKIE].split(".")[1]
        visitor.cookies.clear()
        visitor.cookies.set(SESSION_COOKIE, f"R3JhY2U=.{proof}")

        assert visitor.get("/runs/run-1").url.path == "/sign-in"


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("width", [390, 1280], ids=["phone", "desktop"])
async def test_a_person_signs_in_and_sees_in_whose_name_they_decide(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    desk = WaitingDesk([waiting_item(ITEMS[0])])
    context = await browser.new_context(viewport={"width": width, "height": 844})
    page = await context.new_page()
    with served(review_app(desk, UnsentDecisions(tmp_path, Seal()), NO_DASHBOARD, KNOWN)) as address:
        await page.goto(f"{address}/runs/run-1")
        assert await serious_problems(page) == []
        await page.get_by_label("Token").fill(ADAS)
        await page.get_by_role("button", name="Sign in").click()
        await page.goto(f"{address}/runs/run-1/items/{ITEMS[0]}")

        await expect(page.locator(".decide")).to_contain_text("You decide as Ada.")
        await expect(page.get_by_label("Your name")).to_have_count(0)
        assert await serious_problems(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") == width
    await context.close()
