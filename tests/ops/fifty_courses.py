"""Fifty courses in ten days, with troubles on some days: told to metrics, and planted in a store.

One course of each kind is made for real by the pipeline; the fifty replay what its watchers were told and
what its report says, at times of their own. So both engines of alerts are fed from one source.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from prometheus_client.parser import text_string_to_metric_families

from courseai.graph.observation import Step
from courseai.models.breaker import BreakerChange
from courseai.models.call import Call
from courseai.models.offline import create_app
from courseai.models.provider import offline
from courseai.ops.course_figures import CourseFigures
from courseai.ops.metrics.metrics import Metrics
from courseai.ops.run_end import RunEnd
from courseai.ops.watch import Watcher
from tests.ops.eventful import OUTAGE, Rewriting, Stage
from tests.ops.planting import Json, Planted

if TYPE_CHECKING:
    from courseai.quality.embeddings import Embedder

FIRST_DAY = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = ("well", "well", "broken", "slow", "well", "drifted", "well", "outage", "well", "dear")
"""What the five courses of each day are like."""
MINUTES = (545, 555, 565, 575, 585)
"""Of the day, at which they come to rest: from 9:05 to 9:45."""
RESTART_DAY = 5
"""The process that makes them is started anew on that day, and counts from nothing."""
SCRAPE = timedelta(minutes=10)
KINDS: dict[str, tuple[int, Json]] = {
    "well": (1, {}),
    "broken": (0, {"openai/gpt-oss-20b": {"missing_field_share": 0.5}}),
    "drifted": (0, {"*": {"off_topic_share": 1.0}}),
    "outage": (0, OUTAGE),
    "dear": (0, {}),
}
"""Seed and faults of the models in the real courses."""
DEAR_CALL_USD = 0.02
SLOW_ANSWER_S = 12.0

Series = dict[str, float]
"""What Prometheus reads at a moment: the value of each series."""


class Tape(Watcher):
    """Keeps all that a watcher is told of one run, to tell it others again."""

    def __init__(self) -> None:
        self.records: list[tuple[str, Any]] = []

    def on_call(self, call: Call) -> None:
        """See `Watcher`."""
        self.records.append(("on_call", call))

    def on_step(self, step: Step) -> None:
        """See `Watcher`."""
        self.records.append(("on_step", step))

    def on_breaker(self, change: BreakerChange) -> None:
        """See `Watcher`."""
        self.records.append(("on_breaker", change))

    def on_course(self, course: CourseFigures) -> None:
        """See `Watcher`."""
        self.records.append(("on_course", course))

    def on_run_end(self, end: RunEnd) -> None:
        """See `Watcher`."""
        self.records.append(("on_run_end", end))

    @property
    def calls(self) -> list[Call]:
        """In the order in which they ended."""
        return [record for name, record in self.records if name == "on_call"]

    @property
    def report(self) -> Json:
        """Of the finished course."""
        ((_, end),) = [one for one in self.records if one[0] == "on_run_end"]
        assert end.ending == "finished"
        return dict(end.report)

    def slower(self, seconds: float) -> Tape:
        """The same run, had each answer taken so long."""
        slow = Tape()
        slow.records = [
            (name, replace(record, seconds=seconds) if name == "on_call" else record)
            for name, record in self.records
        ]
        return slow

    def play(self, watcher: Watcher, run_id: str) -> None:
        """As if a run of that id had done the same."""
        for name, record in self.records:
            own = record if name == "on_breaker" else replace(record, run_id=run_id)
            getattr(watcher, name)(own)


@dataclass(frozen=True)
class Course:
    """One of the fifty."""

    run_id: str
    ended_at: datetime
    tape: Tape

    @property
    def planted(self) -> Planted:
        """As the journal and the recorder leave it in a store."""
        report = self.tape.report
        calls = [replace(call, call_id=f"{self.run_id}-{call.call_id}") for call in self.tape.calls]
        return Planted(
            self.run_id,
            self.ended_at,
            calls=calls,
            sections=report["sections"],
            verdicts=report["verdicts"],
            metadata_attempts=report["metadata"]["attempts"],
            bloom_compliance=report["quality"]["bloom_compliance"],
        )


async def make_tapes(embedder: Embedder) -> dict[str, Tape]:
    """One real course of each kind."""
    tapes: dict[str, Tape] = {}
    for kind, (seed, faults) in KINDS.items():
        tape = tapes[kind] = Tape()
        dear = offline(Rewriting(create_app(), _dear)) if kind == "dear" else None
        await Stage(tape, embedder).run(kind, faults, provider=dear, seed=seed)
    tapes["slow"] = tapes["well"].slower(SLOW_ANSWER_S)
    return tapes


def _dear(answer: Json) -> None:
    """A provider that charges more than its list says."""
    answer["usage"]["cost"] = DEAR_CALL_USD


def fifty(tapes: dict[str, Tape]) -> list[Course]:
    """All of them, the oldest first."""
    return [
        Course(f"{kind}-{day}-{number}", FIRST_DAY + timedelta(days=day, minutes=minute), tapes[kind])
        for day, kind in enumerate(DAYS)
        for number, minute in enumerate(MINUTES)
    ]


def scraped(courses: Sequence[Course], until: datetime) -> Iterator[Series]:
    """What Prometheus reads of the process that makes them, at every scrape from the first day on."""
    metrics, waiting, moment, series = Metrics(), list(courses), FIRST_DAY, Series()
    while moment <= until:
        if moment == FIRST_DAY + timedelta(days=RESTART_DAY):
            metrics, series = Metrics(), {}
        while waiting and waiting[0].ended_at <= moment:
            course = waiting.pop(0)
            course.tape.play(metrics, course.run_id)
            series = _series(metrics)
        yield series
        moment += SCRAPE


def _series(metrics: Metrics) -> Series:
    """Of counters and histograms, under the names that promtool gives series."""
    families = text_string_to_metric_families(metrics.exposition()[0].decode())
    samples = [sample for family in families for sample in family.samples]
    return {f"{one.name}{{{_labels(one.labels)}}}": one.value for one in samples}


def _labels(labels: dict[str, str]) -> str:
    """An empty label is none to Prometheus."""
    return ",".join(f"{name}={json.dumps(text)}" for name, text in sorted(labels.items()) if text)


def as_promtool_input(scrapes: Sequence[Series]) -> list[Json]:
    """The `input_series` of a unit test of promtool's, one value a scrape."""
    names = dict.fromkeys(name for series in scrapes for name in series)
    return [{"series": name, "values": _values([series.get(name) for series in scrapes])} for name in names]


def _values(values: Sequence[float | None]) -> str:
    """`1x4` are five times 1 to promtool; a series that ends is marked as stale, as Prometheus does."""
    parts: list[str] = []
    for value, group in groupby(values):
        count = len(list(group))
        if value is not None:
            parts.append(f"{value!r}x{count - 1}")
        else:
            parts.append(f"stale _x{count - 1}" if parts and count > 1 else f"_x{count}")
    return " ".join(parts)
