"""What makes pictures of the pages that `courseai serve` shows."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.service.serving import CHROMIUM, program

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
SAMPLE = ROOT / "studio" / "samples" / "programming_beginner.json"
DESKTOP, PHONE = (1180, 800), (390, 780)
_LARGEST = 150_000
"""Bytes that a picture may have."""


def generate(env: Mapping[str, str], document: Path, *options: str) -> None:
    """`courseai generate`; the course may wait for a person."""
    command = [*program(), "generate", str(document), *options, "--quiet"]
    done = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=False)
    assert done.returncode in (0, 10), done.returncode


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def shoot(browser: Browser, address: str, path: Path, size: tuple[int, int], scheme: str = "light") -> None:
    """One picture of one page, and what it weighs."""
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(address, wait_until="networkidle")
    page.screenshot(path=path)
    page.close()
    weight = path.stat().st_size
    print(f"{path}: {weight} bytes{' - TOO LARGE' if weight > _LARGEST else ''}")


def asked_folder(arguments: list[str]) -> Path:
    """Where pictures go: the first argument, or the folder of the manual's."""
    folder = Path(arguments[1]) if len(arguments) > 1 else PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    return folder
