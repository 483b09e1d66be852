"""The dashboard for Grafana is what the tables say, and keeps to Grafana's schema."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from courseai.ops.grafana.grafana_dashboard import ROWS, dashboard_file
from courseai.ops.grafana.panel import DASHBOARD_FILE
from courseai.ops.metrics.metric_table import METRICS, Metric

Json = dict[str, Any]
DASHBOARD: Json = json.loads(DASHBOARD_FILE.read_bytes())
PANELS: list[Json] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def test_the_dashboard_is_made_from_the_table() -> None:
    written = DASHBOARD_FILE.read_text("utf-8")
    assert written == dashboard_file(), "run: python -m courseai.ops.grafana.grafana_dashboard"


def test_the_dashboard_keeps_to_grafanas_own_schema() -> None:
    register_default_plugins()
    known = json.dumps(Dashboard.from_json(DASHBOARD), cls=JSONEncoder)
    assert json.loads(known) == DASHBOARD


def test_every_panel_says_what_it_shows_in_which_unit_and_from_a_chosen_prometheus() -> None:
    (variable,) = DASHBOARD["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == (
        "datasource",
        "datasource",
        "prometheus",
    )
    assert len({panel["title"] for panel in PANELS}) == len({panel["id"] for panel in PANELS}) == len(PANELS)
    for panel in PANELS:
        assert panel["description"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"]["uid"] == "${datasource}"
        assert all(target["legendFormat"] for target in panel["targets"])


def test_panels_do_not_cover_each_other() -> None:
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_each_metric_is_on_a_panel(metric: Metric) -> None:
    queries = [query.expression for row in ROWS for panel in row.panels for query in panel.queries]
    assert any(re.search(rf"\b{metric.prometheus_name}(_bucket|_sum|_count)?\b", query) for query in queries)
