"""Makes the pictures of docs/review.md from the real page: python -m tests.bench.review_pictures [FOLDER]

It generates a course under a policy that lets nothing pass without a flag, by an author who loses the subject
at times, serves the review page over it, decides on a part in Chromium, and photographs what there is to see.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.bench.page_pictures import (
    DESKTOP,
    PHONE,
    ROOT,
    SAMPLE,
    asked_folder,
    chromium,
    generate,
    shoot,
)
from tests.service.serving import served

POLICY = ROOT / "course" / "default_policy.json"
STRICT = {"accept": 1.0, "accept_with_flag": 0.0, "borderline": 0.0}
FAULTS = {"seed": 4, "models": {"openai/gpt-oss-20b": {"off_topic_share": 0.4}}}


def main(folder: Path) -> None:
    """Make all pictures."""
    with tempfile.TemporaryDirectory() as home:
        env = os.environ | {"COURSEAI_HOME": home}
        make_waiting_run(Path(home), env)
        with served(env) as address, chromium() as browser:
            run = f"{address}runs/demo"
            first, *others = flagged_lessons(browser, run)
            shoot(browser, first, folder / "review_item.png", DESKTOP)
            decide(browser, run, others[-1])
            shoot(browser, run, folder / "review_queue.png", DESKTOP)
            shoot(browser, first, folder / "review_phone.png", PHONE)
            send(browser, run)
            shoot(browser, others[-1], folder / "review_anew.png", DESKTOP, "dark")


def make_waiting_run(home: Path, env: dict[str, str]) -> None:
    """A run that waits for a person."""
    settings = {"policy": json.loads(POLICY.read_bytes()), "offline-settings": FAULTS}
    settings["policy"]["alignment"] |= STRICT
    options = ["--review", "ask", "--run-id", "demo", "--out", str(home / "out")]
    for name, value in settings.items():
        path = home / f"{name}.json"
        path.write_text(json.dumps(value))
        options += [f"--{name}", str(path)]
    generate(env, SAMPLE, *options)


def flagged_lessons(browser: Browser, run: str) -> list[str]:
    """Addresses of the lessons in the queue."""
    page = browser.new_page()
    page.goto(run)
    found: list[str] = page.locator("[data-item]").evaluate_all("items => items.map(item => item.href)")
    page.close()
    return [address for address in found if "/lesson:" in address]


def decide(browser: Browser, run: str, lesson: str) -> None:
    """Approve three items, and ask for a lesson to be written anew."""
    page = browser.new_page()
    page.goto(f"{run}/items/section:s2")
    page.get_by_label("Your name").fill("Ana")
    page.keyboard.press("Escape")
    for _ in range(3):
        with page.expect_navigation():
            page.keyboard.press("a")
    page.goto(lesson)
    page.get_by_label("Message").fill("Begin with a program that the learners run at work.")
    with page.expect_navigation():
        page.get_by_role("button", name="Write anew").click()
    page.close()


def send(browser: Browser, run: str) -> None:
    """Send what was decided and wait until the run comes back."""
    page = browser.new_page()
    page.set_default_timeout(300_000)
    page.goto(run)
    page.locator("#send").click()
    page.locator(".chip", has_text="Written anew").wait_for()
    page.close()


if __name__ == "__main__":
    main(asked_folder(sys.argv))
