"""The dashboard in a real browser: charts, tables, the way down to a call, and hostile texts."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from tenacity import AsyncRetrying, stop_after_delay, wait_fixed

from courseai.ops.alerts.alert_table import ALERTS
from tests.service.dashboard.conftest import RUN, Dashboard
from tests.service.web.conftest import serious_problems

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATHS = ("", "/runs", f"/runs/{RUN}", f"/runs/{RUN}/sections/s1", "/calls/hostile-call")
_INK = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((_, place) => place % 4 === 3 && data[place] > 0).length;
}"""
"""Pixels of a canvas that are not clear."""
_LAST_SPENT = "Chart.getChart(document.querySelector('#spending canvas')).data.datasets[0].data.at(-1)"


def watched(page: Page) -> tuple[list[str], list[str]]:
    """What a page asks for, and what goes wrong in it."""
    requested: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    return requested, problems


async def test_every_chart_is_drawn_from_this_machine_alone(page: Page, dashboard: Dashboard) -> None:
    requested, problems = watched(page)
    await page.goto(dashboard.at())
    canvases = page.locator("canvas")
    assert await canvases.count() == 12
    for canvas in await canvases.all():
        assert await canvas.evaluate(_INK) > 500
        assert await canvas.get_attribute("aria-label")
    assert problems == []
    host = dashboard.url.partition("/review")[0]
    assert [url for url in requested if not url.startswith(host)] == []


async def test_a_chart_follows_a_change_to_dark(page: Page, dashboard: Dashboard) -> None:
    _requested, problems = watched(page)
    await page.goto(dashboard.at())
    colour = "Chart.getChart(document.querySelector('canvas')).data.datasets[0].borderColor"
    light = await page.evaluate(colour)
    await page.emulate_media(color_scheme="dark")
    # `wait_for_function` evaluates text in the page from its second look on, which the page forbids.
    async for look in AsyncRetrying(wait=wait_fixed(0.1), stop=stop_after_delay(30)):
        with look:
            assert await page.evaluate(colour) != light
    assert problems == []


async def test_a_chart_can_be_read_as_a_table_with_the_keyboard(page: Page, dashboard: Dashboard) -> None:
    await page.goto(dashboard.at())
    chart = page.locator("#spending")
    await expect(chart.locator("table")).to_be_hidden()
    await chart.locator("summary").focus()
    await page.keyboard.press("Enter")
    await expect(chart.locator("table")).to_be_visible()
    shown = await chart.locator("tbody tr").last.locator("td").first.text_content()
    drawn = await page.evaluate(_LAST_SPENT)
    assert shown == f"${drawn:.4f}"


async def test_without_scripts_every_chart_is_a_table(browser: Browser, dashboard: Dashboard) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(dashboard.at())
    assert await page.locator(".chart table").count() == 12
    for table in await page.locator(".chart table").all():
        await expect(table).to_be_visible()
    await expect(page.locator("canvas").first).to_be_hidden()
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
async def test_nothing_keeps_people_out(page: Page, dashboard: Dashboard, path: str, scheme: Any) -> None:
    await page.emulate_media(color_scheme=scheme)
    await page.goto(dashboard.at(path))
    assert await serious_problems(page) == []


@pytest.mark.parametrize("path", PATHS)
async def test_a_phone_is_wide_enough(page: Page, dashboard: Dashboard, path: str) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(dashboard.at(path))
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_the_way_down_from_a_course_to_a_call(page: Page, dashboard: Dashboard) -> None:
    await page.goto(dashboard.at("/runs?beginning=real"))
    await page.locator("table.runs tbody a").click()
    await expect(page.locator("h1")).to_contain_text("Python")
    first = page.locator("tbody tr", has_text="s1 Python fundamentals").first
    await expect(first).to_contain_text("oss_20b → oss_120b")
    await first.locator("a").click()
    await expect(page.locator("#signals-title")).to_be_visible()
    route = page.locator("ol.route li")
    await expect(route.first).to_contain_text("tried again: low alignment")
    await expect(route.nth(1)).to_contain_text("sent up to oss_120b: low alignment")
    await expect(route.last).to_contain_text("accepted")
    await expect(page.locator("article").first).to_contain_text("Passed")
    await route.first.locator("a").click()
    await expect(page.locator("h1")).to_have_text("Draft of s1")
    await expect(page.get_by_label("User prompt", exact=True)).to_contain_text("<brief>")
    await expect(page.get_by_label("Answer", exact=True).last).to_contain_text('"lessons"')
    facts = page.locator("dl.pairs")
    await expect(facts).to_contain_text("openai/gpt-oss-20b")
    await expect(facts).to_contain_text("$0.000")
    await expect(page.locator(".standing")).to_contain_text("tried again: low alignment")
    await page.get_by_role("link", name="Section s1").click()
    await expect(page.locator("h1")).to_contain_text("s1")


async def test_an_alert_that_fires_is_seen_with_its_figure_its_threshold_and_where_to_look(
    page: Page, dashboard: Dashboard
) -> None:
    await page.goto(dashboard.at())
    await page.get_by_label("Parts of this page").get_by_role("link", name="Alerts").click()
    alert = page.locator("#alerts li", has_text="CourseAIAvailabilityLow")
    await expect(alert).to_be_in_viewport()
    await expect(alert).to_contain_text("critical")
    await expect(alert).to_contain_text("3.3 % fires below 95 %; measured of 30 calls")
    await expect(alert).to_contain_text("Look at its status page and at open breakers")
    await expect(alert).to_contain_text("window.harmed = 1")


async def test_all_alerts_are_listed_with_what_is_known_of_each(page: Page, dashboard: Dashboard) -> None:
    await page.goto(dashboard.at())
    await page.locator("#alerts summary").click()
    table = page.locator("#alerts table")
    names = set(await table.locator("tbody th").all_text_contents())
    assert names == {alert.name for alert in ALERTS}
    await expect(table.locator("tr", has_text="CourseAIDailyCostUp")).to_contain_text("8 days of costs")


async def test_hostile_texts_are_shown_and_do_nothing(page: Page, dashboard: Dashboard) -> None:
    _requested, problems = watched(page)
    for path in ("", "/runs", "/runs/hostile", "/calls/hostile-call", "/runs?beginning=<script>x"):
        await page.goto(dashboard.at(path))
        assert await page.evaluate("window.harmed") is None
    assert problems == []
    await page.goto(dashboard.at("/calls/hostile-call"))
    await expect(page.get_by_label("Answer", exact=True).last).to_contain_text("window.harmed = 1")
