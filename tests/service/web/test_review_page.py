"""The review page as reviewers use it: a browser over a real run. Sending comes last: it ends the wait."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.async_api import expect

from tests.service.web.conftest import serious_problems

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.service.web.conftest import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

LESSON = "lesson:s1-l1"

expect.set_options(timeout=60_000)


@pytest.fixture(autouse=True)
def nothing_decided(site: Site) -> Iterator[None]:
    """Every test begins with an untouched queue."""
    site.forget_unsent()
    yield
    site.forget_unsent()


async def undecided(page: Page) -> int:
    """How many items are left, as the page says."""
    words = await page.locator(".progress").inner_text()
    found = re.search(r"(\d+) left", words)
    assert found
    return int(found[1])


class TestQueue:
    async def test_waiting_courses_are_listed_with_what_is_left(self, site: Site, page: Page) -> None:
        await page.goto(site.url)

        await expect(page.locator(".card").first).to_contain_text("13 to decide")

    async def test_metrics_tell_how_many_courses_wait_and_for_how_long(self, site: Site) -> None:
        async with httpx.AsyncClient() as client:
            text = (await client.get(httpx.URL(site.url).join("/metrics"))).text
        assert "\ncourseai_review_waiting 1.0\n" in text
        assert 0 < float(text.partition("\ncourseai_review_oldest_seconds ")[2].partition("\n")[0]) < 3600

    async def test_items_come_sorted_by_risk_with_their_reasons(self, site: Site, page: Page) -> None:
        await page.goto(site.run)

        risks = await page.locator("[data-item]").evaluate_all(
            "items => items.map(item => Number(/risk-(\\d)/.exec(item.className)[1]))"
        )
        assert len(risks) == 13
        assert risks == sorted(risks)
        await expect(page.locator("[data-item]").first).to_contain_text("Kept with a flag")

    async def test_a_lesson_says_which_section_it_stands_in(self, site: Site, page: Page) -> None:
        await page.goto(site.run)
        listed = page.locator("[data-item]", has_text="Lesson s1-l1").locator(".within")
        named = await listed.inner_text()
        await page.goto(site.item(LESSON))

        await expect(page.locator(".head")).to_contain_text(named)

    async def test_what_passed_narrowly_can_be_approved_together(self, site: Site, page: Page) -> None:
        await page.goto(site.item(LESSON))
        await page.get_by_label("Your name").fill("Ana")
        await page.get_by_role("button", name="Write anew").click()
        await page.goto(site.run)

        await page.get_by_role("button", name="Approve the 12 that are undecided").click()

        await expect(page.locator(".progress")).to_contain_text("13 of 13 decided")
        await expect(page.locator(".chip", has_text="Approved")).to_have_count(12)
        await page.goto(site.item("section:s2"))
        await expect(page.locator(".verdict")).to_contain_text("Approved by Ana")

    async def test_objectives_stand_beside_the_text(self, site: Site, page: Page) -> None:
        await page.goto(site.item(LESSON))

        objectives = await page.locator("aside").bounding_box()
        text = await page.locator("article.content").bounding_box()
        assert objectives
        assert text
        assert objectives["x"] + objectives["width"] <= text["x"]
        await expect(page.locator("aside")).to_contain_text("Alignment")


class TestKeys:
    async def test_a_approves_and_goes_on_to_the_next_item(self, site: Site, page: Page) -> None:
        await page.goto(site.item("section:s1"))

        await page.keyboard.press("a")

        await page.wait_for_url(site.item("section:s2"))
        assert await undecided(page) == 12

    async def test_j_and_k_step_through_the_queue(self, site: Site, page: Page) -> None:
        await page.goto(site.item("section:s1"))

        await page.keyboard.press("j")
        await page.wait_for_url(site.item("section:s2"))
        await page.keyboard.press("k")
        await page.wait_for_url(site.item("section:s1"))

    async def test_a_rejection_asks_for_a_reason_first(self, site: Site, page: Page) -> None:
        await page.goto(site.item(LESSON))

        await page.keyboard.press("r")
        await expect(page.get_by_label("Message")).to_be_focused()
        await page.keyboard.type("a, e and g are only letters here")
        await page.keyboard.press("Control+Enter")

        await page.wait_for_url(site.item("lesson:s1-l2"))
        await page.goto(site.item(LESSON))
        await expect(page.locator(".verdict")).to_contain_text("Rejected")
        await expect(page.locator(".verdict")).to_contain_text("a, e and g are only letters here")

    async def test_question_mark_shows_the_keys_which_can_be_switched_off(
        self, site: Site, page: Page
    ) -> None:
        await page.goto(site.item("section:s1"))
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog")).to_be_visible()

        await page.get_by_label("Keys are on").uncheck()
        await page.get_by_role("button", name="Close").click()
        await page.keyboard.press("a")

        assert await undecided(page) == 13


class TestDecisions:
    async def test_an_edit_that_breaks_the_schema_is_refused_and_what_was_typed_stays(
        self, site: Site, page: Page
    ) -> None:
        await page.goto(f"{site.item(LESSON)}/edit")
        await page.get_by_label("Content").first.fill("Too short.")
        await page.get_by_label("Title").fill("A title of my own")
        await page.get_by_role("button", name="Keep this edit").click()

        await expect(page.get_by_role("alert")).to_contain_text("content: String should have at least 200")
        await expect(page.get_by_label("Content").first).to_have_value("Too short.")
        await expect(page.get_by_label("Content").first).to_have_attribute("aria-invalid", "true")
        await expect(page.get_by_label("Title")).to_have_value("A title of my own")

    async def test_an_edit_shows_what_it_changes_and_can_be_taken_back(self, site: Site, page: Page) -> None:
        await page.goto(f"{site.item(LESSON)}/edit")
        await page.get_by_label("Title").fill("A title of my own")
        await page.get_by_role("button", name="Keep this edit").click()
        await page.wait_for_url(site.item("lesson:s1-l2"))

        await page.goto(site.item(LESSON))
        await expect(page.locator(".changes ins").first).to_contain_text("title of my own")
        await page.get_by_role("button", name="Take back").click()
        await expect(page.locator(".changes")).to_have_count(0)

    async def test_an_instruction_needs_words(self, site: Site, page: Page) -> None:
        await page.goto(site.item(LESSON))

        await page.get_by_role("button", name="Ask or instruct").click()

        await expect(page.get_by_role("alert")).to_contain_text("says nothing")

    async def test_the_name_is_remembered(self, site: Site, page: Page) -> None:
        await page.goto(site.item("section:s1"))
        await page.get_by_label("Your name").fill("Ana María")
        await page.get_by_role("button", name="Approve").click()

        await page.wait_for_url(site.item("section:s2"))
        await expect(page.get_by_label("Your name")).to_have_value("Ana María")

    async def test_everything_works_without_javascript(self, site: Site, browser: Browser) -> None:
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(site.item("section:s1"))

        await page.get_by_role("button", name="Write anew").click()

        await page.wait_for_url(site.item("section:s2"))
        assert await undecided(page) == 12
        await context.close()


class TestAccess:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    async def test_axe_finds_nothing_serious(self, site: Site, browser: Browser, scheme: Any) -> None:
        context = await browser.new_context(color_scheme=scheme)
        page = await context.new_page()
        found: list[tuple[str, ...]] = []
        for address in (site.url, site.run, site.item(LESSON), f"{site.item(LESSON)}/edit"):
            await page.goto(address)
            found += [(address, *problem) for problem in await serious_problems(page)]
        await context.close()
        assert found == []

    async def test_a_phone_shows_every_page_without_scrolling_sideways(
        self, site: Site, browser: Browser
    ) -> None:
        context = await browser.new_context(viewport={"width": 390, "height": 844})
        page = await context.new_page()
        for address in (site.url, site.run, site.item(LESSON), f"{site.item('section:s1')}/edit"):
            await page.goto(address)
            assert await page.evaluate("document.documentElement.scrollWidth") == 390
        await context.close()

    async def test_a_phone_leads_from_the_text_to_the_decision(self, site: Site, browser: Browser) -> None:
        context = await browser.new_context(viewport={"width": 390, "height": 844})
        page = await context.new_page()
        await page.goto(site.item(LESSON))
        await expect(page.get_by_role("button", name="Approve")).not_to_be_in_viewport()

        await page.get_by_role("link", name="Decide").click()

        await expect(page.get_by_role("button", name="Approve")).to_be_in_viewport()
        await context.close()


class TestSending:
    async def test_a_part_is_sent_and_what_was_written_anew_comes_back_with_a_diff(
        self, site: Site, page: Page
    ) -> None:
        await page.goto(site.item(LESSON))
        await page.keyboard.press("g")
        await page.keyboard.type("Begin with an example")
        await page.keyboard.press("Control+Enter")
        await page.wait_for_url(site.item("lesson:s1-l2"))
        await page.keyboard.press("a")
        await page.wait_for_url(site.item("lesson:s1-l3"))
        await page.keyboard.press("r")
        await page.keyboard.type("Wrong audience")
        await page.keyboard.press("Control+Enter")
        await page.wait_for_url(site.item("lesson:s1-l4"))
        await page.goto(site.run)
        await page.get_by_role("button", name="Send 3 decisions, 10 stay pending").click()

        await expect(page.locator(".lead")).to_contain_text("12 items wait")
        # The course has ten lessons and needs them all, so the rejected one was written anew as well.
        await expect(page.locator(".chip", has_text="Written anew")).to_have_count(2)
        await page.locator(".taken summary").click()
        await expect(page.locator(".taken li")).to_have_count(3)
        await expect(page.locator(".taken")).to_contain_text("Begin with an example")
        await page.goto(site.item(LESSON))
        await expect(page.locator(".why")).to_contain_text("Written anew by qwen3_max on request")
        await expect(page.locator(".changes")).to_contain_text("What is new since you asked")

    async def test_the_last_decisions_finish_the_course(self, site: Site, page: Page) -> None:
        await page.goto(site.run)
        async with page.expect_navigation():
            await page.locator("[data-item]").first.click()
        for _ in range(12):
            async with page.expect_navigation():
                await page.keyboard.press("a")
        await page.get_by_role("button", name="Send all 12 decisions").click()

        await expect(page.get_by_role("status")).to_contain_text("The course is finished")
        await expect(page.locator(".taken summary")).to_have_text("15 decisions so far")
        assert await serious_problems(page) == []
        await page.get_by_role("link", name="Read the course").click()
        await expect(page.locator("#made")).to_be_visible()
        assert (site.home / "out" / "course.html").exists()
