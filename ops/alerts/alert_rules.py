"""The rule file for Prometheus, made from the tables: `prometheus_rules.yml` beside this file."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import indent

from courseai.ops.alerts.alert_table import ALERTS, Alert
from courseai.ops.metrics.figure_rules import FIGURE_RULES, FigureRule

RULE_FILE = Path(__file__).with_name("prometheus_rules.yml")

_HEAD = """\
# CourseAI's figures and alerts for Prometheus, made from ops/metrics/figure_rules.py and
# ops/alerts/alert_table.py.
# `courseai monitoring rules` prints it; name it under `rule_files` in prometheus.yml.
groups:
  - name: courseai
    rules:
"""


def rule_file() -> str:
    """YAML, as it is kept in `RULE_FILE`."""
    rules = [*map(_figure, FIGURE_RULES), *map(_alert, ALERTS)]
    return _HEAD + "".join(indent(rule, "      ") for rule in rules)


def _figure(rule: FigureRule) -> str:
    return f"- record: {rule.record}\n  expr: |-\n{indent(rule.expression, '    ')}\n"


def _alert(alert: Alert) -> str:
    return (
        f"- alert: {alert.name}\n"
        f"  expr: |-\n{indent(alert.expression, '    ')}\n"
        f"  labels:\n    severity: {alert.severity}\n    service: courseai\n"
        f"  annotations:\n"
        f"    summary: {json.dumps(alert.about)}\n"
        f"    description: {json.dumps(_description(alert))}\n"
    )


def _description(alert: Alert) -> str:
    of = f" ({{{{ $labels.{alert.per.prometheus_name} }}}})" if alert.per else ""
    return f'Now {{{{ $value | printf "%.3g" }}}}{of}. {alert.remedy}'


if __name__ == "__main__":
    RULE_FILE.write_text(rule_file(), encoding="utf-8")
