"""The program fires each alert beyond its threshold, from what lies in either database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from courseai.models.call import Call, Outcome
from courseai.ops.alerts import alert_table as table
from courseai.ops.alerts.alert_check import Finding, check_alerts
from courseai.ops.alerts.alert_table import ALERTS, Alert
from courseai.store.run_store import RunStore, open_run_store
from tests.ops.planted_courses import plant_all
from tests.ops.planting import NOON, Planted, call, days_before, draft, section, verdict

HOURS_25 = NOON - timedelta(hours=25)


def calls(outcomes: dict[Outcome, int], **facts: Any) -> list[Call]:
    """So many calls of each outcome."""
    kinds = [outcome for outcome, count in outcomes.items() for _ in range(count)]
    return [call(f"c{number}", outcome=outcome, **facts) for number, outcome in enumerate(kinds)]


def answers(slow: int, of: int) -> list[Call]:
    """So many answers, some of which took more than ten seconds."""
    return [call(f"c{number}", seconds=10.5 if number < slow else 10.0) for number in range(of)]


def climbing(climbed: int, of: int) -> Planted:
    """A run of so many sections, some of which went up a tier."""
    up = [
        draft("oss_20b", "escalate", "low_alignment", next_tier="oss_120b"),
        draft("oss_120b", "accept", "aligned"),
    ]
    stayed = [draft("oss_20b", "accept", "aligned")]
    return Planted(
        "r", sections=[section(f"s{number}", up if number < climbed else stayed) for number in range(of)]
    )


def lessons(flagged: int, of: int, alignment: float = 0.9) -> Planted:
    """A run of so many lessons, some of which are flagged."""
    statuses = ["FAIL"] * flagged + ["PASS"] * (of - flagged)
    verdicts = [verdict(f"s1-l{n}", status, alignment=alignment) for n, status in enumerate(statuses)]
    return Planted("r", verdicts=verdicts)


def spending(last_day_usd: float, days: int = 8) -> list[Planted]:
    """$1 on each of so many days, and something else on the last day."""
    before = [
        Planted(f"r{day}", days_before(day), calls=[call(f"c{day}", usd=1.0)]) for day in range(1, days + 1)
    ]
    return [*before, Planted("last", calls=[call("last", usd=last_day_usd)])]


BEYOND_AND_WITHIN: list[tuple[Alert, str, Iterable[Planted], Iterable[Planted]]] = [
    (
        table.COURSE_COST,
        "",
        [Planted("r", calls=[call("c1", usd=0.03), call("c2", usd=0.0201)])],
        [Planted("r", calls=[call("c1", usd=0.05)])],
    ),
    (table.DAILY_COST, "", spending(1.31), spending(1.29)),
    (table.ESCALATION_RATE, "", [climbing(11, 20)], [climbing(10, 20)]),
    (table.ALIGNMENT, "judge", [lessons(0, 10, alignment=0.74)], [lessons(0, 10, alignment=0.75)]),
    (
        table.SCHEMA_PASS,
        "",
        [Planted("r", calls=calls({Outcome.OK: 89, Outcome.SCHEMA_FAILURE: 8, Outcome.TRUNCATED: 3}))],
        [Planted("r", calls=calls({Outcome.OK: 90, Outcome.SCHEMA_FAILURE: 10, Outcome.TIMEOUT: 50}))],
    ),
    (table.FLAGGED_LESSONS, "", [lessons(21, 100)], [lessons(20, 100)]),
    (
        table.API_ERRORS,
        "",
        [Planted("r", calls=calls({Outcome.OK: 94, Outcome.BAD_REQUEST: 6}))],
        [Planted("r", calls=calls({Outcome.OK: 85, Outcome.TRUNCATED: 10, Outcome.BAD_REQUEST: 5}))],
    ),
    (table.SLOW_CALLS, "", [Planted("r", calls=answers(6, 100))], [Planted("r", calls=answers(5, 100))]),
    (
        table.AVAILABILITY,
        "openrouter",
        [Planted("r", calls=calls({Outcome.OK: 90, Outcome.BAD_REQUEST: 4, Outcome.SERVER_ERROR: 6}))],
        [Planted("r", calls=calls({Outcome.OK: 90, Outcome.BAD_REQUEST: 5, Outcome.RATE_LIMITED: 5}))],
    ),
]
TOO_FEW: list[tuple[Alert, Iterable[Planted]]] = [
    (table.COURSE_COST, [Planted("r", calls=[call("c1", usd=None)])]),
    (table.DAILY_COST, spending(9.0, days=7)),
    (table.ESCALATION_RATE, [climbing(9, 9)]),
    (table.ALIGNMENT, [lessons(0, 9, alignment=0.1)]),
    (table.SCHEMA_PASS, [Planted("r", calls=calls({Outcome.SCHEMA_FAILURE: 19, Outcome.TIMEOUT: 9}))]),
    (table.FLAGGED_LESSONS, [lessons(9, 9)]),
    (table.API_ERRORS, [Planted("r", calls=calls({Outcome.TIMEOUT: 19}))]),
    (table.SLOW_CALLS, [Planted("r", calls=[*answers(19, 19), call("lost", outcome=Outcome.TIMEOUT)])]),
    (table.AVAILABILITY, [Planted("r", calls=calls({Outcome.TIMEOUT: 19}))]),
]

NAMES = [alert.name for alert in ALERTS]


@pytest_asyncio.fixture
async def sqlite_store(tmp_path: Path) -> AsyncIterator[RunStore]:
    """An empty one. What the history's SQL gives in either database, test_history.py says."""
    async with open_run_store(tmp_path) as opened:
        yield opened


async def check(store: RunStore, runs: Iterable[Planted] = (), now: datetime = NOON) -> list[Finding]:
    """What is found once these are planted."""
    await plant_all(store, list(runs))
    return await store.database.read(partial(check_alerts, now=now))


def state(findings: Sequence[Finding], alert: Alert, subject: str = "") -> str:
    """Of one alert's one figure."""
    (found,) = [one for one in findings if one.alert is alert and one.figure.subject == subject]
    return found.state


def test_every_alert_of_the_table_is_tried() -> None:
    assert tuple(alert for alert, *_ in BEYOND_AND_WITHIN) == ALERTS
    assert tuple(alert for alert, _ in TOO_FEW) == ALERTS


async def test_a_store_of_nothing_fires_nothing_and_says_that_it_knows_nothing(store: RunStore) -> None:
    findings = await check(store)
    assert [(one.alert, one.state, one.figure.population) for one in findings] == [
        (alert, "silent", 0) for alert in ALERTS
    ]


@pytest.mark.parametrize(("alert", "subject", "beyond", "_within"), BEYOND_AND_WITHIN, ids=NAMES)
async def test_an_alert_fires_beyond_its_threshold(
    sqlite_store: RunStore, alert: Alert, subject: str, beyond: Iterable[Planted], _within: Iterable[Planted]
) -> None:
    assert state(await check(sqlite_store, beyond), alert, subject) == "firing"


@pytest.mark.parametrize(("alert", "subject", "_beyond", "within"), BEYOND_AND_WITHIN, ids=NAMES)
async def test_an_alert_is_in_order_at_its_threshold(
    sqlite_store: RunStore, alert: Alert, subject: str, _beyond: Iterable[Planted], within: Iterable[Planted]
) -> None:
    assert state(await check(sqlite_store, within), alert, subject) == "in_order"


@pytest.mark.parametrize(("alert", "runs"), TOO_FEW, ids=NAMES)
async def test_an_alert_is_silent_where_too_little_was_measured(
    sqlite_store: RunStore, alert: Alert, runs: Iterable[Planted]
) -> None:
    assert {one.state for one in await check(sqlite_store, runs) if one.alert is alert} == {"silent"}


async def test_what_is_older_than_an_alerts_window_does_not_fire_it(store: RunStore) -> None:
    old = Planted(
        "old", HOURS_25, calls=calls({Outcome.TIMEOUT: 40}, usd=1.0), verdicts=lessons(20, 20).verdicts
    )
    assert {one.state for one in await check(store, [old])} == {"silent"}
    assert {one.alert.name for one in await check(store, now=HOURS_25) if one.state == "firing"} == {
        "CourseAICourseCostHigh",
        "CourseAIFlaggedLessonsHigh",
        "CourseAIApiErrorsHigh",
        "CourseAIAvailabilityLow",
    }


async def test_phases_and_providers_are_compared_one_by_one(store: RunStore) -> None:
    down = [call(f"d{number}", provider="local", outcome=Outcome.CONNECTION_ERROR) for number in range(20)]
    kept = [section(f"s{n}", [draft("oss_20b", "accept", "aligned")], alignment=0.6) for n in range(10)]
    run = Planted(
        "r", calls=[*calls({Outcome.OK: 500}), *down], sections=kept, verdicts=lessons(0, 10).verdicts
    )
    findings = await check(store, [run])
    assert state(findings, table.AVAILABILITY, "openrouter") == "in_order"
    assert state(findings, table.AVAILABILITY, "local") == "firing"
    assert state(findings, table.API_ERRORS) == "in_order"
    assert state(findings, table.ALIGNMENT, "judge") == "in_order"
    assert state(findings, table.ALIGNMENT, "sections") == "firing"


async def test_a_dear_day_after_a_week_without_costs_has_nothing_to_be_compared_with(store: RunStore) -> None:
    long_ago = Planted("old", days_before(20), calls=[call("c1", usd=1.0)])
    findings = await check(store, [long_ago, Planted("new", calls=[call("c2", usd=1.0)])])
    assert state(findings, table.DAILY_COST) == "silent"


async def test_the_runs_that_cost_too_much_are_named_dearest_first(store: RunStore) -> None:
    runs = [Planted(f"r{usd}", calls=[call(f"c{usd}", usd=usd)]) for usd in (0.04, 0.06, 0.09)]
    (found,) = [one for one in await check(store, runs) if one.alert is table.COURSE_COST]
    assert (found.figure.value, found.figure.population) == (0.09, 3)
    assert found.figure.runs == ("r0.09", "r0.06")
