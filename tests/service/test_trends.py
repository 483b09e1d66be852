"""`courseai trends` over a store with three weeks of courses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from math import fsum
from pathlib import Path

import pytest
from typer.testing import Result

from courseai.store.run_store import open_run_store
from tests.ops.planted_courses import courses, plant_all
from tests.ops.planting import Planted

CourseAI = Callable[..., Result]
TITLES = [
    "Days",
    "Weeks",
    "Models by complexity",
    "Escalations by phase",
    "Escalations of sections",
    "Latency",
]


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    """Forty courses of the last three weeks."""
    return list(courses(40, 20, datetime.now(UTC)))


@pytest.fixture(scope="module")
def kept(planted: list[Planted], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a store that has them."""
    folder: Path = tmp_path_factory.mktemp("trends")

    async def plant() -> None:
        async with open_run_store(folder) as store:
            await plant_all(store, planted)

    asyncio.run(plant())
    return str(folder)


def test_programs_are_told_every_figure(courseai: CourseAI, kept: str, planted: list[Planted]) -> None:
    told = json.loads(courseai("trends", "--json", COURSEAI_HOME=kept).output)
    spent = fsum(call.cost_usd or 0 for run in planted for call in run.calls)
    assert len(told["cost_by_day"]) == len(told["quality_by_day"]) == 30
    assert fsum(day["usd"] for day in told["cost_by_day"]) == pytest.approx(spent)
    assert fsum(week["usd"] for week in told["cost_by_week"]) == pytest.approx(spent)
    assert told["cost_by_day"][-1]["average_usd"] == pytest.approx(
        fsum(day["usd"] for day in told["cost_by_day"][-8:-1]) / 7
    )
    drafts = sum(len(section["drafts"]) for run in planted for section in run.sections)
    assert sum(one["drafts"] for one in told["performance"]) == drafts
    assert told["call_latency"]["p50"] < told["call_latency"]["p95"] < told["call_latency"]["p99"]
    assert {one["phase"] for one in told["escalation_rates"]} == {"metadata", "sections", "judge"}


def test_people_are_shown_days_weeks_models_escalations_and_latencies(courseai: CourseAI, kept: str) -> None:
    shown = courseai("trends", "--days", "14", COURSEAI_HOME=kept).output
    assert [title for title in TITLES if title in shown] == TITLES
    climbs = [line.split() for line in shown.splitlines() if line.split()[1:3] == ["oss_20b", "oss_120b"]]
    assert {"low_alignment", "schema_failure"} <= {climb[0] for climb in climbs}
    today = datetime.now(UTC)
    assert f"{today.day} {today:%b}" in shown


def test_only_the_days_that_are_asked_for_count(courseai: CourseAI, kept: str) -> None:
    few, many = (
        json.loads(courseai("trends", "--json", "--days", days, COURSEAI_HOME=kept).output)
        for days in ("3", "30")
    )
    assert len(few["cost_by_day"]) == 3
    assert few["cost_by_day"] == many["cost_by_day"][-3:]
    assert few["call_latency"]["count"] < many["call_latency"]["count"]


def test_a_store_without_runs_says_how_to_make_one(courseai: CourseAI, tmp_path: Path) -> None:
    assert "courseai generate FILE" in courseai("trends", COURSEAI_HOME=str(tmp_path)).output
