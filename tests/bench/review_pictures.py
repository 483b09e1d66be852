"""Makes the pictures of docs/review.md from the real page: python tests/bench/review_pictures.py [FOLDER]

It generates a course under a policy that lets nothing pass without a flag, by an author who loses the subject
at times, serves the review page over it, decides on a part in Chromium, and photographs what there is to see.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "studio" / "samples" / "programming_beginner.json"
POLICY = ROOT / "course" / "default_policy.json"
STRICT = {"accept": 1.0, "accept_with_flag": 0.0, "borderline": 0.0}
FAULTS = {"seed": 4, "models": {"openai/gpt-oss-20b": {"off_topic_share": 0.4}}}
PROGRAM = [sys.executable, "-u", "-c", "from courseai.service.cli import main; main()"]
DESKTOP, PHONE = (1180, 800), (390, 780)
LARGEST = 150_000
"""Bytes that a picture may have."""


def main(folder: Path) -> None:
    """Make all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, served_run(Path(home)) as address, sync_playwright() as play:
        chromium = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        run = f"{address}runs/demo"
        first, *others = flagged_lessons(chromium, run)
        shoot(chromium, first, folder / "review_item.png", DESKTOP, "light")
        decide(chromium, run, others[-1])
        shoot(chromium, run, folder / "review_queue.png", DESKTOP, "light")
        shoot(chromium, first, folder / "review_phone.png", PHONE, "light")
        send(chromium, run)
        shoot(chromium, others[-1], folder / "review_anew.png", DESKTOP, "dark")
        chromium.close()
    for picture in sorted(folder.glob("review_*.png")):
        size = picture.stat().st_size
        print(f"{picture}: {size} bytes{' - TOO LARGE' if size > LARGEST else ''}")


@contextmanager
def served_run(home: Path) -> Iterator[str]:
    """A run that waits, and the address of its review page."""
    env = os.environ | {"COURSEAI_HOME": str(home)}
    settings = {"policy": json.loads(POLICY.read_bytes()), "offline-settings": FAULTS}
    settings["policy"]["alignment"] |= STRICT
    options = ["--review", "ask", "--run-id", "demo", "--out", str(home / "out"), "--quiet"]
    for name, value in settings.items():
        path = home / f"{name}.json"
        path.write_text(json.dumps(value))
        options += [f"--{name}", str(path)]
    subprocess.run(
        [*PROGRAM, "generate", str(SAMPLE), *options], env=env, stdout=subprocess.DEVNULL, check=False
    )
    command = [*PROGRAM, "serve", "--port", "0"]
    server = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield server.stdout.readline().split()[2]
    finally:
        server.terminate()
        server.wait()


def shoot(chromium: Browser, address: str, path: Path, size: tuple[int, int], scheme: str) -> None:
    """One picture of one page."""
    width, height = size
    page = chromium.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(address)
    page.screenshot(path=path)
    page.close()


def flagged_lessons(chromium: Browser, run: str) -> list[str]:
    """Addresses of the lessons in the queue."""
    page = chromium.new_page()
    page.goto(run)
    found: list[str] = page.locator("[data-item]").evaluate_all("items => items.map(item => item.href)")
    page.close()
    return [address for address in found if "/lesson:" in address]


def decide(chromium: Browser, run: str, lesson: str) -> None:
    """Approve three items, and ask for a lesson to be written anew."""
    page = chromium.new_page()
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


def send(chromium: Browser, run: str) -> None:
    """Send what was decided and wait until the run comes back."""
    page = chromium.new_page()
    page.set_default_timeout(300_000)
    page.goto(run)
    page.locator("#send").click()
    page.locator(".chip", has_text="Written anew").wait_for()
    page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures")
