"""The manual's metrics and the dashboard's panels, one by one: real runs feed them all."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from courseai.ops.alerts.alert_rules import RULE_FILE
from courseai.ops.metrics.metric_table import COST, METRICS, Metric
from courseai.ops.monitoring_page import PAGE
from courseai.service.web.metrics_server import metrics_served
from tests.ops.test_grafana_dashboard import PANELS, Json
from tests.ops.test_metrics import families
from tests.prometheus import Prometheus, prometheus

if TYPE_CHECKING:
    from courseai.ops.metrics.metrics import Metrics

DOCUMENTED = re.findall(r"^\| `[\w.]+`<br>`(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
RANGE_S, STEP_S = 3600, 300


@pytest.fixture(scope="module")
def read(told_metrics: Metrics, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A server that has read runs in which everything happens, after eight days of spending."""
    said: list[str] = []
    home = tmp_path_factory.mktemp("prometheus")
    with metrics_served(told_metrics, 0, said.append):
        target = said[0].split()[2].removeprefix("http://").removesuffix("/metrics")
        with prometheus(home, target, RULE_FILE, eight_days_of_spending()) as server:
            yield server


def eight_days_of_spending() -> str:
    """A counter of another process, up to yesterday."""
    labels = ",".join(f'{label.prometheus_name}="before"' for label in COST.labels)
    name, yesterday = COST.prometheus_name, datetime.now(UTC) - timedelta(hours=25)
    times = [yesterday - timedelta(days=days) for days in range(8, -1, -1)]
    lines = [f"{name}{{{labels}}} {0.01 * n} {t.timestamp():.0f}" for n, t in enumerate(times)]
    return "\n".join([f"# TYPE {name.removesuffix('_total')} counter", *lines, "# EOF", ""])


def as_grafana_asks(query: str) -> str:
    """Its variables replaced as Grafana does when the last hour is shown."""
    return query.replace("$__range", f"{RANGE_S}s").replace("$__interval", f"{STEP_S // 60}m")


def answer(server: Prometheus, target: Json) -> list[float]:
    """Every value that a query of a panel brings."""
    query = as_grafana_asks(target["expr"])
    assert "$" not in query
    if target["instant"]:
        return [float(series["value"][1]) for series in server.now(query)]
    now = time.time()
    found = server.between(query, now - RANGE_S, now, STEP_S)
    return [float(value) for series in found for _, value in series["values"]]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_each_metric_is_fed_by_real_runs_with_its_labels(metric: Metric, told_metrics: Metrics) -> None:
    name = metric.prometheus_name
    family = families(told_metrics)[name.removesuffix("_total")]
    assert family.type == metric.kind
    assert family.documentation == metric.about
    assert {sample.name for sample in family.samples} == (
        {name + part for part in ("_bucket", "_count", "_sum")} if metric.kind == "histogram" else {name}
    )
    labels = {label.prometheus_name for label in metric.labels}
    assert all(set(sample.labels) - {"le"} == labels for sample in family.samples)
    assert any(sample.value > 0 for sample in family.samples)


def test_no_label_holds_a_run_a_section_or_a_text(told_metrics: Metrics) -> None:
    text = told_metrics.exposition()[0].decode()
    for private in ("troubled", "replayed", "s1-l1", "Python"):
        assert f'"{private}' not in text


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_each_panel_shows_figures_of_real_runs(panel: Json, read: Prometheus) -> None:
    for target in panel["targets"]:
        values = answer(read, target)
        assert any(value > 0 for value in values), target["expr"]
        assert not any(map(math.isinf, values))


def test_the_manual_documents_each_metric_once() -> None:
    assert [metric.prometheus_name for metric in METRICS] == DOCUMENTED


@pytest.mark.parametrize("name", DOCUMENTED)
def test_each_metric_of_the_manual_is_fed_by_real_runs(name: str, read: Prometheus) -> None:
    series = read.now(f'{{__name__=~"{name}(_count)?"}}')
    assert any(float(one["value"][1]) > 0 for one in series)
