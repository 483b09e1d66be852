"""The rule file is what the tables say, and Prometheus's own tool finds it sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from courseai.ops.alerts.alert_rules import RULE_FILE, rule_file
from courseai.ops.alerts.alert_table import ALERTS, Alert
from tests.prometheus import promtool

UNIT_TESTS = Path(__file__).with_name("prometheus_rules_test.yml")


def test_the_rule_file_is_made_from_the_tables() -> None:
    assert RULE_FILE.read_text("utf-8") == rule_file(), "run: python -m courseai.ops.alerts.alert_rules"


def test_promtool_finds_the_rule_file_sound() -> None:
    checked = promtool("check", "rules", RULE_FILE)
    assert "19 rules found" in checked.stdout, checked.stdout + checked.stderr


def test_every_alert_fires_beyond_its_threshold_and_is_silent_at_it() -> None:
    tested = promtool("test", "rules", UNIT_TESTS)
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_is_tested_beyond_its_threshold_and_within(alert: Alert) -> None:
    cases = UNIT_TESTS.read_text("utf-8").split(f"alertname: {alert.name}\n")[1:]
    assert {case.lstrip().startswith("exp_alerts: []") for case in cases} == {True, False}
