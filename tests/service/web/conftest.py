"""`courseai serve` over a real run that waits for a person, and one browser for all tests."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from courseai.course.errors import WeightsUnavailableError
from courseai.quality.weights import locate_weights
from tests.graph.conftest import SAMPLE, changed_policy, shortened
from tests.graph.reviewing import STRICT
from tests.service.serving import CHROMIUM, program

RUN = "course-1"


@dataclass(frozen=True)
class Site:
    """A server with one run that waits: three sections and ten lessons, each of which passed with a flag."""

    url: str
    """Of the review page."""
    home: Path
    process: subprocess.Popen[str]

    @property
    def run(self) -> str:
        """Address of the run that waits."""
        return f"{self.url}runs/{RUN}"

    def item(self, item_id: str) -> str:
        """Address of one of its items."""
        return f"{self.run}/items/{item_id}"

    def forget_unsent(self) -> None:
        """As if nobody had decided on anything yet."""
        shutil.rmtree(self.home / "review", ignore_errors=True)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Iterator[Site]:
    """Made as a person makes it: `courseai generate --review ask`, then `courseai serve`."""
    try:
        locate_weights()
    except WeightsUnavailableError as missing:
        pytest.skip(str(missing))
    home = tmp_path_factory.mktemp("reviewed")
    env = environment | {"COURSEAI_HOME": str(home)}
    _generate(home, env)
    command = [*program(), "serve", "--port", "0"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield Site(process.stdout.readline().split()[2], home, process)
    process.terminate()
    process.communicate(timeout=30)


def _generate(home: Path, env: dict[str, str]) -> None:
    document, policy = home / "analysis.json", home / "policy.json"
    document.write_text(json.dumps(shortened(json.loads(SAMPLE.read_bytes()))))
    policy.write_text(changed_policy(alignment=STRICT).model_dump_json())
    options = ["--review", "ask", "--run-id", RUN, "--policy", policy, "--out", home / "out", "--quiet"]
    command = [*program(), "generate", str(document), *map(str, options)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 10, done.stdout + done.stderr


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Debian's Chromium."""
    if not CHROMIUM.exists():
        pytest.skip(f"There is no {CHROMIUM}: apt-get install chromium")
    return CHROMIUM


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    """One for all tests."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A window on a desktop."""
    context = await browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(60_000)
    yield await context.new_page()
    await context.close()


async def serious_problems(page: Page) -> list[tuple[str, str]]:
    """What axe finds on a page: rule and element."""
    violations = (await Axe().run(page)).response["violations"]
    serious = [rule for rule in violations if rule["impact"] in ("serious", "critical")]
    return [(rule["id"], node["html"]) for rule in serious for node in rule["nodes"]]
