"""The dashboard for Grafana, made from the tables of panels: `grafana_dashboard.json` beside this file.

`python -m courseai.ops.grafana.grafana_dashboard` writes it, with the development dependencies. It is in the
classic model, which Grafana 11 and 12 take, and which 13 turns into its own when it loads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeVar

from grafana_foundation_sdk.builders.bargauge import Panel as BarGauge
from grafana_foundation_sdk.builders.common import (
    GraphThresholdsStyleConfig,
    ReduceDataOptions,
    StackingConfig,
    VizLegendOptions,
    VizTooltipOptions,
)
from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, Row, ThresholdsConfig
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.statetimeline import Panel as StateTimeline
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BigValueColorMode,
    BigValueGraphMode,
    DataSourceRef,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import Dashboard as BuiltDashboard
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.dashboard import Panel as BuiltPanel

from courseai.ops.grafana.course_panels import COST, QUALITY
from courseai.ops.grafana.operation_panels import ALERT_FIGURES, OPERATIONS, REVIEWS
from courseai.ops.grafana.panel import DASHBOARD_FILE, LEAST_STEP, Kind, Panel, PanelRow, Query

ROWS: tuple[PanelRow, ...] = (COST, QUALITY, OPERATIONS, REVIEWS, ALERT_FIGURES)

_T = TypeVar("_T", Stat, BarGauge, TimeSeries, StateTimeline)
_PROMETHEUS = DataSourceRef(type_val="prometheus", uid="${datasource}")
_PLAIN, _BAD = Threshold(None, "green"), "red"


def dashboard_file() -> str:
    """JSON, as it is kept in `DASHBOARD_FILE`."""
    return json.dumps(_dashboard(), cls=JSONEncoder, indent=1, sort_keys=True) + "\n"


def _dashboard() -> BuiltDashboard:
    page = (
        Dashboard("CourseAI")
        .uid("courseai")
        .tags(["courseai"])
        .description("What courses cost, how good they are, and how the work goes.")
        .time("now-24h", "now")
        .refresh("1m")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    )
    for row in ROWS:
        page.with_row(Row(row.title))
        for panel in row.panels:
            page.with_panel(_MAKERS[panel.kind](panel))
    built = page.build()
    for number, made in enumerate(built.panels or (), 1):
        made.id_val = number
    return built


def _common(panel: Panel, builder: _T) -> _T:
    builder.title(panel.title).description(panel.about).datasource(_PROMETHEUS).unit(panel.unit)
    builder.span(panel.width).height(4 if panel.kind == "number" else 8).interval(LEAST_STEP)
    for number, query in enumerate(panel.queries):
        builder.with_target(_query(panel, query).ref_id(chr(ord("A") + number)))
    return builder


def _query(panel: Panel, query: Query) -> Dataquery:
    made = Dataquery().datasource(_PROMETHEUS).expr(query.expression).legend_format(query.legend)
    return made.instant() if panel.kind in ("number", "ranking") else made.range()


def _number(panel: Panel) -> Stat:
    is_count = panel.unit in ("short", "currencyUSD")
    return (
        _common(panel, Stat())
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(BigValueGraphMode.NONE)
        .color_mode(BigValueColorMode.NONE)
        .no_value("0" if is_count else "none yet")
    )


def _ranking(panel: Panel) -> BarGauge:
    return (
        _common(panel, BarGauge())
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
        .orientation(VizOrientation.HORIZONTAL)
        .display_mode(BarGaugeDisplayMode.BASIC)
        .min(0)
        .thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps([_PLAIN]))
    )


def _bars(panel: Panel) -> TimeSeries:
    return (
        _lines(panel)
        .draw_style(GraphDrawStyle.BARS)
        .fill_opacity(80)
        .stacking(StackingConfig().mode(StackingMode.NORMAL))
        .min(0)
    )


def _lines(panel: Panel) -> TimeSeries:
    made = (
        _common(panel, TimeSeries())
        .legend(
            VizLegendOptions()
            .show_legend(True)
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
        )
        .tooltip(VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .show_points(VisibilityMode.AUTO)
    )
    if panel.limit is None:
        return made
    steps = [_PLAIN, Threshold(panel.limit, _BAD)]
    return made.thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)).thresholds_style(
        GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
    )


def _states(panel: Panel) -> StateTimeline:
    named = {str(state.value): ValueMappingResult(state.name, state.colour) for state in panel.states}
    return _common(panel, StateTimeline()).mappings([ValueMap(named)]).fill_opacity(80)


_MAKERS: dict[Kind, Callable[[Panel], Builder[BuiltPanel]]] = {
    "number": _number,
    "ranking": _ranking,
    "bars": _bars,
    "lines": _lines,
    "states": _states,
}


if __name__ == "__main__":
    DASHBOARD_FILE.write_text(dashboard_file(), encoding="utf-8")
