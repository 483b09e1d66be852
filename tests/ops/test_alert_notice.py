"""What a receiver is told, and that it ends up knowing what fires, whatever got lost on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from courseai.ops.alerts import alert_table as table
from courseai.ops.alerts.alert_check import Figure, Finding
from courseai.ops.alerts.alert_notice import AlertMemory

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DEAR = Finding(table.COURSE_COST, Figure(0.0612, 12, runs=("r1", "r2")))
ROUTER_DOWN = Finding(table.AVAILABILITY, Figure(0.5, 40, "openrouter"))
LOCAL_DOWN = Finding(table.AVAILABILITY, Figure(0.25, 40, "local"))
IN_ORDER = Finding(table.SCHEMA_PASS, Figure(0.99, 200))
ALL = (DEAR, ROUTER_DOWN, LOCAL_DOWN)


def test_a_notice_has_the_shape_of_alertmanagers_webhook() -> None:
    notice = AlertMemory().see([DEAR, ROUTER_DOWN, IN_ORDER], NOON)
    assert notice is not None
    dear, down = notice.pop("alerts")
    assert notice == {
        "version": "4",
        "groupKey": '{}:{service="courseai"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "courseai",
        "groupLabels": {"service": "courseai"},
        "commonLabels": {"service": "courseai"},
        "commonAnnotations": {},
        "externalURL": "",
    }
    assert dear["fingerprint"] != down["fingerprint"]
    assert down | {"fingerprint": ""} == {
        "status": "firing",
        "labels": {
            "alertname": "CourseAIAvailabilityLow",
            "severity": "critical",
            "service": "courseai",
            "gen_ai_provider_name": "openrouter",
        },
        "annotations": {
            "summary": "A provider was there for under 95 % of the calls in the last hour.",
            "description": "Now 0.5 (openrouter). Look at its status page and at open breakers; fallbacks "
            "answer meanwhile.",
        },
        "startsAt": "2026-11-20T12:00:00+00:00",
        "endsAt": "0001-01-01T00:00:00+00:00",
        "generatorURL": "",
        "fingerprint": "",
    }
    assert dear["annotations"]["description"].startswith("Now 0.0612. Look at its calls by tier")
    assert dear["annotations"]["runs"] == "r1, r2"


def test_nothing_is_told_where_nothing_changed() -> None:
    memory = AlertMemory()
    assert memory.see([IN_ORDER], NOON) is None
    assert memory.see([DEAR], NOON) is not None
    memory.told()
    assert memory.see([DEAR, IN_ORDER], NOON) is None


@given(
    looks=st.lists(st.tuples(st.sets(st.sampled_from(ALL)), st.booleans()), min_size=1, max_size=12),
    last=st.sets(st.sampled_from(ALL)),
)
def test_a_receiver_ends_up_knowing_what_fires_and_since_when(
    looks: list[tuple[set[Finding], bool]], last: set[Finding]
) -> None:
    memory, known = AlertMemory(), dict[str, str]()
    since: dict[Finding, datetime] = {}
    for number, (fires, arrives) in enumerate([*looks, (last, True)]):
        now = NOON + timedelta(minutes=number)
        since = {finding: since.get(finding, now) for finding in fires}
        if (notice := memory.see(list(fires), now)) and arrives:
            take(known, notice)
            memory.told()
    assert sorted(known.values()) == sorted(moment.isoformat() for moment in since.values())


def take(known: dict[str, str], notice: dict[str, Any]) -> None:
    """As a receiver does: begins and ends by fingerprint."""
    assert notice["alerts"]
    assert (notice["status"] == "firing") == any(one["status"] == "firing" for one in notice["alerts"])
    for alert in notice["alerts"]:
        known.pop(alert["fingerprint"], None)
        if alert["status"] == "firing":
            known[alert["fingerprint"]] = alert["startsAt"]
