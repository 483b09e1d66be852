"""What receivers are told of alerts, in the shape of Prometheus Alertmanager's webhook, version 4.

Labels, summary and description are those of the rules for Prometheus (alert_rules.py), so that one receiver
serves both. The shape: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from courseai.ops.alerts.alert_check import Finding, firing

_SERVICE = {"service": "courseai"}
_GROUP_KEY = '{}:{service="courseai"}'
_NO_END = datetime(1, 1, 1, tzinfo=UTC)
"""Alertmanager's `endsAt` of an alert that still fires: Go's zero time."""


@dataclass(frozen=True)
class Raised:
    """An alert that fires, or did."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """As a receiver has it."""
        named = "\xff".join(part for pair in sorted(self.labels.items()) for part in pair)
        return {
            "status": "resolved" if self.ends_at else "firing",
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
            "startsAt": self.starts_at.isoformat(),
            "endsAt": (self.ends_at or _NO_END).isoformat(),
            "generatorURL": "",
            "fingerprint": hashlib.blake2b(named.encode(), digest_size=8).hexdigest(),
        }


class AlertMemory:
    """Knows since when each alert fires, and what a receiver has not been told."""

    def __init__(self) -> None:
        self._raised: dict[tuple[str, str], Raised] = {}
        self._ended: dict[tuple[str, str], Raised] = {}
        """Not told yet."""
        self._has_news = False

    def see(self, findings: Sequence[Finding], now: datetime) -> dict[str, Any] | None:
        """The notice to send, if anything changed since the last one that arrived."""
        found = {_key(finding): _raised(finding, now) for finding in firing(findings)}
        for key in self._raised.keys() - found.keys():
            self._ended[key] = replace(self._raised[key], ends_at=now)
            self._has_news = True
        for key in found.keys() - self._raised.keys():
            self._ended.pop(key, None)
            self._has_news = True
        since = {key: raised.starts_at for key, raised in self._raised.items()}
        self._raised = {key: replace(raised, starts_at=since.get(key, now)) for key, raised in found.items()}
        return _notice([*self._raised.values(), *self._ended.values()]) if self._has_news else None

    def told(self) -> None:
        """The last notice has arrived."""
        self._ended.clear()
        self._has_news = False


def labels(finding: Finding) -> dict[str, str]:
    """Those that Prometheus gives the alert."""
    alert = finding.alert
    own = {alert.per.prometheus_name: finding.figure.subject} if alert.per else {}
    return {"alertname": alert.name, "severity": alert.severity, **_SERVICE, **own}


def _raised(finding: Finding, now: datetime) -> Raised:
    alert, figure = finding.alert, finding.figure
    of = f" ({figure.subject})" if figure.subject else ""
    annotations = {"summary": alert.about, "description": f"Now {figure.value:.3g}{of}. {alert.remedy}"}
    runs = {"runs": ", ".join(figure.runs)} if figure.runs else {}
    return Raised(labels(finding), annotations | runs, now)


def _notice(alerts: Sequence[Raised]) -> dict[str, Any]:
    is_over = all(alert.ends_at for alert in alerts)
    return {
        "version": "4",
        "groupKey": _GROUP_KEY,
        "truncatedAlerts": 0,
        "status": "resolved" if is_over else "firing",
        "receiver": "courseai",
        "groupLabels": _SERVICE,
        "commonLabels": _common(alert.labels for alert in alerts),
        "commonAnnotations": _common(alert.annotations for alert in alerts),
        "externalURL": "",
        "alerts": [alert.to_json() for alert in alerts],
    }


def _common(all_pairs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    first, *others = all_pairs
    return {name: text for name, text in first.items() if all(other.get(name) == text for other in others)}


def _key(finding: Finding) -> tuple[str, str]:
    return finding.alert.name, finding.figure.subject
