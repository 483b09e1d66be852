"""Makes the pictures of docs/monitoring.md from the page: python -m tests.bench.dashboard_pictures [FOLDER]

It plants the figures of sixty courses of twenty days, makes a course by an author who loses the subject at
times, serves the dashboard over both, and photographs its first page and a section that climbed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser

from courseai.store.run_store import open_run_store
from tests.bench.page_pictures import DESKTOP, PHONE, SAMPLE, asked_folder, chromium, generate, shoot
from tests.ops.planted_courses import courses, plant_all
from tests.service.serving import served

FAULTS = {"seed": 4, "models": {"openai/gpt-oss-20b": {"off_topic_share": 0.6}}}
RUN = "programming"


def main(folder: Path) -> None:
    """Make all pictures."""
    with tempfile.TemporaryDirectory() as home:
        env = os.environ | {"COURSEAI_HOME": home}
        asyncio.run(plant(Path(home)))
        settings = Path(home) / "offline.json"
        settings.write_text(json.dumps(FAULTS))
        out = str(Path(home) / "out")
        generate(env, SAMPLE, "--run-id", RUN, "--out", out, "--offline-settings", str(settings))
        with served(env) as review, chromium() as browser:
            first = f"{review}dashboard"
            shoot(browser, first, folder / "dashboard.png", DESKTOP)
            shoot(browser, f"{first}#quality", folder / "dashboard_quality.png", DESKTOP)
            section = climbed_section(browser, f"{first}/runs/{RUN}")
            shoot(browser, section, folder / "dashboard_section.png", DESKTOP, "dark")
            shoot(browser, first, folder / "dashboard_phone.png", PHONE)


async def plant(home: Path) -> None:
    """Sixty courses of twenty days."""
    async with open_run_store(home) as store:
        await plant_all(store, list(courses(60, 20, datetime.now(UTC))))


def climbed_section(browser: Browser, run: str) -> str:
    """The address of the section with the most drafts."""
    page = browser.new_page()
    page.goto(run)
    links = "links => [...new Set(links.map(link => link.href))].filter(link => link.includes('/sections/'))"
    sections: list[str] = page.locator("a").evaluate_all(links)
    drafts = {}
    for section in sections:
        page.goto(section)
        drafts[section] = page.locator("a[href*='/calls/']").count()
    page.close()
    return max(drafts, key=lambda section: drafts[section])


if __name__ == "__main__":
    main(asked_folder(sys.argv))
