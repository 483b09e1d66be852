"""Charts and tiles as data: what they say of a history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from courseai.ops.history.cost_history import CourseCosts, DayCost, WeekCost
from courseai.ops.history.escalation_history import EscalationRate
from courseai.ops.history.history import Costs, Operations, Overview, Quality
from courseai.ops.history.operation_history import CacheUse, Latency, ProviderHealth, ReviewQueue
from courseai.ops.history.quality_history import (
    DayQuality,
    JudgeScores,
    LessonQuality,
    PhaseAlignment,
    SchemaRate,
)
from courseai.ops.history.window import between
from courseai.service.dashboard.cost_view import cost_charts
from courseai.service.dashboard.overview_page import overview_parts
from courseai.service.dashboard.tile import Tile, tiles
from courseai.service.measure import duration, score, share

DAYS = ("2026-11-19", "2026-11-20")


def history() -> Overview:
    """Two days of nothing."""
    statuses = dict.fromkeys(("PASS", "PASS_WITH_FLAG", "REVIEW_REQUIRED", "FAIL"), 0)
    return Overview(
        between(datetime(2026, 11, 19, tzinfo=UTC).date(), datetime(2026, 11, 20, tzinfo=UTC).date()),
        Costs(
            CourseCosts(0, None, None, None, None),
            [DayCost(day, 0.0, 0, 0, None, 0, None) for day in DAYS],
            [WeekCost("2026-11-16", 0.0, 0, None)],
            [],
            [],
            [],
        ),
        Quality(
            [],
            [],
            LessonQuality(0, 0, statuses, {}),
            JudgeScores(0, None, [0] * 10),
            None,
            [DayQuality(day, 0, 0, None, None, None, None) for day in DAYS],
        ),
        Operations(
            [], [], None, [], None, [], None, [], [], [], CacheUse(0, 0, 0), ReviewQueue(0, 0, None), 0
        ),
    )


def tile(title: str, **parts: Any) -> Tile:
    """One tile of a history, some of whose figures are given."""
    empty = history()
    changed = replace(
        empty,
        costs=replace(empty.costs, **parts.get("costs", {})),
        quality=replace(empty.quality, **parts.get("quality", {})),
        operations=replace(empty.operations, **parts.get("operations", {})),
    )
    (found,) = [one for one in tiles(changed) if one.title == title]
    return found


def test_a_history_of_nothing_has_only_empty_charts_and_makes_no_claim() -> None:
    parts = overview_parts(history())
    charts = [*parts["cost_charts"], *parts["quality_charts"], *parts["operation_charts"]]
    assert all(chart.is_empty for chart in charts)
    assert parts["drawings"] == {}
    assert {one.state for one in parts["tiles"] if one.title != "Waiting for review"} == {"none"}


@pytest.mark.parametrize(
    ("mean_usd", "state"), [(0.0199, "good"), (0.02, "good"), (0.021, "watch"), (0.051, "bad")]
)
def test_the_cost_of_a_course_is_held_against_target_and_alert(mean_usd: float, state: str) -> None:
    courses = CourseCosts(3, mean_usd, mean_usd, mean_usd, mean_usd)
    assert tile("Cost per course", costs={"courses": courses}).state == state


@pytest.mark.parametrize(("today", "state"), [(1.2, "none"), (1.31, "watch")])
def test_a_day_that_costs_more_than_its_week_is_named(today: float, state: str) -> None:
    days = [DayCost(DAYS[0], 1.0, 9, 0, 1.0, 1, 0.1), DayCost(DAYS[1], today, 9, 0, 1.0, 1, 0.1)]
    assert tile("Spent", costs={"days": days}).state == state


def test_the_lowest_phase_decides_on_alignment() -> None:
    phases = [PhaseAlignment("sections", 0.9, 5), PhaseAlignment("judge", 0.74, 9)]
    found = tile("Alignment", quality={"alignment": phases})
    assert (found.value, found.state) == ("0.74", "bad")
    assert "sections 0.90" in found.note


@pytest.mark.parametrize(("valid", "state"), [(95, "good"), (94, "watch"), (89, "bad")])
def test_valid_answers(valid: int, state: str) -> None:
    assert tile("Valid answers", quality={"schema": [SchemaRate("sections", 100, valid)]}).state == state


@pytest.mark.parametrize(
    ("escalated", "state", "verdict"),
    [
        (19, "none", "below the band"),
        (20, "good", "on target"),
        (35, "good", "on target"),
        (36, "watch", "watch"),
        (51, "bad", "off target"),
    ],
)
def test_escalations_have_a_healthy_band(escalated: int, state: str, verdict: str) -> None:
    rates = [EscalationRate("metadata", 10, 9), EscalationRate("sections", 100, escalated)]
    found = tile("Escalated sections", operations={"escalation_rates": rates})
    assert (found.state, found.verdict) == (state, verdict)


def test_the_worst_provider_decides_on_availability() -> None:
    good = ProviderHealth("local", 1000, 0, 0, 0, {})
    poor = ProviderHealth("openrouter", 100, 6, 6, 0, {"timeout": 6})
    found = tile("Availability", operations={"providers": [good, poor]})
    assert (found.value, found.state) == ("94 %", "bad")
    assert found.note.startswith("openrouter")


def test_slow_answers_and_long_queues_are_told() -> None:
    assert tile("Answer time, P95", operations={"calls": Latency("all", 9, 2.0, 11.0, 12.0)}).state == "bad"
    found = tile("Waiting for review", operations={"review_queue": ReviewQueue(2, 7, 3 * 86_400.0)})
    assert (found.value, found.note) == ("7", "items in 2 courses, the oldest for 3 days")


def test_the_chart_of_costs_shows_target_alert_and_ceiling_and_its_table_shows_costs_alone() -> None:
    days = [DayCost(DAYS[0], 0.03, 9, 0, None, 2, 0.015), DayCost(DAYS[1], 0.0, 0, 0, 0.03, 0, None)]
    costs = replace(history().costs, days=days, courses=CourseCosts(2, 0.015, 0.014, 0.016, 0.016))
    chart = cost_charts(costs)[0]
    drawing = chart.drawing()
    assert drawing["labels"] == ["19 Nov", "20 Nov"]
    assert drawing["bands"] == [{"low": 0.01, "high": 0.02}]
    assert [(one["name"], one["values"]) for one in drawing["series"]] == [
        ("mean of the day", [0.015, None]),
        ("alert", [0.05, 0.05]),
        ("ceiling", [0.2, 0.2]),
    ]
    assert [one.name for one in chart.columns] == ["mean of the day"]
    assert [chart.shown(value) for value in chart.columns[0].values] == ["$0.0150", "-"]
    assert "$0.0150 on average" in chart.sentence


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "-"),
        (0.0123, "0.012 s"),
        (4.04, "4.0 s"),
        (59.6, "60 s"),
        (119, "2 min"),
        (5400, "2 h"),
        (172_800, "2 days"),
    ],
)
def test_durations_are_said_in_the_unit_that_fits(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown


def test_shares_and_scores() -> None:
    assert [share(value) for value in (None, 0.0, 0.2005, 0.2, 1.0)] == [
        "-",
        "0 %",
        "20.1 %",
        "20 %",
        "100 %",
    ]
    assert [score(value) for value in (None, 0.865)] == ["-", "0.86"]
