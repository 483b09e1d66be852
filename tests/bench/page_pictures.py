"""What makes pictures of the pages that `courseai serve` shows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
SAMPLE = ROOT / "studio" / "samples" / "programming_beginner.json"
DESKTOP, PHONE = (1180, 800), (390, 780)
_PROGRAM = [sys.executable, "-u", "-c", "from courseai.service.cli import main; main()"]
_LARGEST = 150_000
"""Bytes that a picture may have."""


def generate(env: Mapping[str, str], document: Path, *options: str) -> None:
    """`courseai generate`; the course may wait for a person."""
    command = [*_PROGRAM, "generate", str(document), *options, "--quiet"]
    done = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=False)
    assert done.returncode in (0, 10), done.returncode


@contextmanager
def served(env: Mapping[str, str]) -> Iterator[str]:
    """The address of the review page of `courseai serve`."""
    command = [*_PROGRAM, "serve", "--port", "0"]
    server = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield server.stdout.readline().split()[2]
    finally:
        server.terminate()
        server.wait()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
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
