"""`courseai serve` over planted courses and a real one."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from courseai.course.errors import WeightsUnavailableError
from courseai.models.call import Outcome
from courseai.quality.weights import locate_weights
from courseai.store.run_store import open_run_store
from tests.graph.conftest import SAMPLE, shortened
from tests.ops.planted_courses import courses, plant_all
from tests.ops.planting import Planted, call, draft, plant, section, verdict
from tests.service.serving import program, served
from tests.service.web.conftest import browser, chromium, page

__all__ = ["browser", "chromium", "page"]

RUN = "real-course"
PLANTED = 60
DAYS = 20
FAULTS = {"models": {"openai/gpt-oss-20b": {"off_topic_share": 1.0}}}
HOSTILE = (
    '</pre></script></title>"\'><script>window.harmed = 1</script><img src=x onerror="window.harmed = 2">'
)


@dataclass(frozen=True)
class Dashboard:
    """A served one."""

    url: str
    """Of its first page."""
    home: Path

    def at(self, path: str = "") -> str:
        """The address of a page of it."""
        return f"{self.url}{path}"


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Iterator[Dashboard]:
    """Over a run whose sections climbed, a hostile one whose provider is away, and sixty of twenty days."""
    try:
        locate_weights()
    except WeightsUnavailableError as missing:
        pytest.skip(str(missing))
    home = tmp_path_factory.mktemp("watched")
    asyncio.run(_plant(home))
    document, settings = home / "analysis.json", home / "offline.json"
    document.write_text(json.dumps(shortened(json.loads(SAMPLE.read_bytes()))))
    settings.write_text(json.dumps(FAULTS))
    options = ["--run-id", RUN, "--out", home / "out", "--offline-settings", settings, "--quiet"]
    command = [*program(), "generate", str(document), *map(str, options)]
    done = subprocess.run(
        command, env=environment | {"COURSEAI_HOME": str(home)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with served(environment | {"COURSEAI_HOME": str(home)}) as review:
        yield Dashboard(f"{review}dashboard", home)


async def _plant(home: Path) -> None:
    async with open_run_store(home) as store:
        await plant_all(store, list(courses(PLANTED, DAYS, datetime.now(UTC))))
        named = replace(call("hostile-call"), model_answered=HOSTILE, detail=HOSTILE, provider=HOSTILE)
        away = [call(f"away-{n}", provider=HOSTILE, outcome=Outcome.TIMEOUT, usd=None) for n in range(29)]
        route = [draft("oss_20b", "accept", "aligned", call_id="hostile-call")]
        await plant(
            store,
            Planted(
                "hostile",
                datetime.now(UTC),
                calls=[named, *away],
                sections=[section("s1", route)],
                verdicts=[verdict("s1-l1")],
                title=HOSTILE,
            ),
            answer=HOSTILE,
        )
