"""The review page inside the development server: it sees the server's threads and lets them go on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.collectors import wait_until

if TYPE_CHECKING:
    from tests.dev_server import DevServer


@pytest.fixture
async def browser(server: DevServer) -> AsyncIterator[httpx.AsyncClient]:
    """Something that keeps cookies, as a browser does."""
    async with httpx.AsyncClient(base_url=f"{server.url}/review", follow_redirects=True, timeout=60) as web:
        yield web


def hidden_token(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found
    return found[1]


async def showing(address: str, pattern: str) -> None:
    """Wait until a page shows it: figures are written beside the run."""

    def is_shown() -> bool:
        return bool(re.search(pattern, httpx.get(address, timeout=60).text, re.MULTILINE))

    await asyncio.to_thread(wait_until, is_shown)


async def test_a_thread_that_waits_is_decided_on_and_finished(
    browser: httpx.AsyncClient, server: DevServer, waiting: str
) -> None:
    listed = (await browser.get("/")).text
    assert f"/review/runs/{waiting}" in listed

    queue = await browser.get(f"/runs/{waiting}")
    items = re.findall(rf'href="/review(/runs/{waiting}/items/[^"]+)" data-item', queue.text)
    assert "section:s2" in items[0]

    token = hidden_token(queue.text)
    for item in items:
        kept = await browser.post(item, data={"form_token": token, "type": "approve", "by": "Ana"})
        assert kept.is_success
    sent = await browser.post(f"/runs/{waiting}/send", data={"form_token": token})
    assert sent.is_success

    events = (await browser.get(f"/runs/{waiting}/events")).text
    assert 'event: headline\ndata: "done \\u00b7 $' in events
    assert events.endswith("event: rest\ndata: {}\n\n")
    finished = (await browser.get(f"/runs/{waiting}")).text
    assert "The course is finished" in finished
    course = await browser.get(f"/runs/{waiting}/course.html")
    assert course.is_success
    assert "script-src" not in course.headers["content-security-policy"]
    await showing(f"{server.url}/review/dashboard/runs?status=finished", f"/review/dashboard/runs/{waiting}")
    shown = (await browser.get(f"/dashboard/runs/{waiting}")).text
    assert f"/review/dashboard/runs/{waiting}/sections/s2" in shown
    assert "BlockingError" not in server.log


@pytest.mark.usefixtures("waiting")
async def test_metrics_tell_of_the_threads_that_wait(server: DevServer) -> None:
    async with httpx.AsyncClient(timeout=60) as prometheus:
        text = (await prometheus.get(f"{server.url}/courseai/metrics")).text
    gauges = dict(line.split() for line in text.splitlines() if line.startswith("courseai_review_"))
    assert float(gauges["courseai_review_waiting"]) >= 1
    assert float(gauges["courseai_review_oldest_seconds"]) > 0


async def test_the_address_needs_no_slash_at_its_end(browser: httpx.AsyncClient, server: DevServer) -> None:
    assert (await browser.get(f"{server.url}/review")).url == f"{server.url}/review/"


async def test_a_thread_that_is_not_there_is_said_to_be_missing(browser: httpx.AsyncClient) -> None:
    page = await browser.get("/runs/00000000-0000-0000-0000-000000000000")

    assert page.status_code == 404
    assert "There is no thread" in page.text
