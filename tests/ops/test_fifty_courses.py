"""Fifty courses with planted troubles: exactly the alerts that should fire do, in both engines."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from courseai.ops.alerts.alert_check import Figure, Finding, check_alerts, firing
from courseai.ops.alerts.alert_notice import labels
from courseai.ops.alerts.alert_rules import RULE_FILE
from courseai.ops.alerts.alert_table import ALERTS
from courseai.ops.metrics.figure_rules import FIGURE_RULES
from courseai.store.run_store import RunStore
from tests.ops.fifty_courses import (
    DAYS,
    FIRST_DAY,
    Course,
    as_promtool_input,
    fifty,
    make_tapes,
    scraped,
)
from tests.ops.planted_courses import plant_all
from tests.prometheus import promtool

if TYPE_CHECKING:
    from courseai.quality.embeddings import Embedder

FOR_AN_HOUR = {
    "broken": {"CourseAISchemaPassRateLow"},
    "slow": {"CourseAISlowCalls"},
    "outage": {"CourseAIApiErrorsHigh", "CourseAIAvailabilityLow offline author"},
}
FOR_A_DAY = {
    "drifted": {
        "CourseAICourseCostHigh",
        "CourseAIEscalationRateHigh",
        "CourseAIAlignmentLow sections",
        "CourseAIAlignmentLow judge",
        "CourseAIFlaggedLessonsHigh",
    },
    "dear": {"CourseAICourseCostHigh", "CourseAIDailyCostUp"},
}
"""What a day's courses, made from nine to ten, should set off."""
HOURS = (0, 8, 10, 12, 20)
"""Of each day, at which it is looked; Prometheus evaluates its rules every two."""
MOMENTS = [FIRST_DAY + timedelta(days=day, hours=hour) for day in range(len(DAYS)) for hour in HOURS]


def expected(moment: datetime) -> set[str]:
    """The alerts that should fire then, with their phase or provider."""
    day, hour = (moment - FIRST_DAY).days, moment.hour
    last = day if hour >= 10 else day - 1
    kind = DAYS[last] if last >= 0 else "well"
    of_hour = FOR_AN_HOUR.get(kind, set()) if hour == 10 else set()
    return of_hour | FOR_A_DAY.get(kind, set())


@pytest.fixture(scope="module")
def courses(embedder: Embedder) -> list[Course]:
    return fifty(asyncio.run(make_tapes(embedder)))


async def test_the_program_fires_exactly_what_it_should(store: RunStore, courses: list[Course]) -> None:
    await plant_all(store, [course.planted for course in courses])
    for moment in MOMENTS:
        findings = await store.database.read(partial(check_alerts, now=moment))
        fired = {f"{one.alert.name} {one.figure.subject}".rstrip() for one in firing(findings)}
        assert fired == expected(moment), moment


async def test_a_calm_day_is_found_in_order_and_not_unmeasured(
    store: RunStore, courses: list[Course]
) -> None:
    await plant_all(store, [course.planted for course in courses])
    calm = FIRST_DAY + timedelta(days=8, hours=10)
    findings = await store.database.read(partial(check_alerts, now=calm))
    assert {(one.alert.name, one.state) for one in findings} == {(one.name, "in_order") for one in ALERTS}


def test_prometheus_fires_exactly_what_it_should(courses: list[Course], tmp_path: Path) -> None:
    series = as_promtool_input(list(scraped(courses, MOMENTS[-1])))
    test = {
        "interval": "10m",
        "input_series": [one for one in series if is_read(one["series"].partition("{")[0])],
        "promql_expr_test": [
            {
                "expr": 'ALERTS{alertstate="firing"}',
                "eval_time": f"{(moment - FIRST_DAY) // timedelta(minutes=1)}m",
                "exp_samples": [sample(name) for name in expected(moment)],
            }
            for moment in MOMENTS
        ],
    }
    file = tmp_path / "fifty.json"
    rules = {"rule_files": [str(RULE_FILE)], "evaluation_interval": "2h", "tests": [test]}
    file.write_text(json.dumps(rules))
    tested = promtool("test", "rules", file)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def is_read(metric: str) -> bool:
    """Whether a rule reads this metric."""
    return any(metric in rule.expression for rule in FIGURE_RULES)


def sample(name: str) -> dict[str, object]:
    """An alert that fires, as Prometheus keeps it."""
    alert_name, _, subject = name.partition(" ")
    (alert,) = [one for one in ALERTS if one.name == alert_name]
    named = labels(Finding(alert, Figure(0.0, 0, subject)))
    shown = ", ".join(f"{label}={json.dumps(text)}" for label, text in named.items())
    return {"labels": f'ALERTS{{alertstate="firing", {shown}}}', "value": 1}
