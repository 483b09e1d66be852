"""How good courses are: SQL over the figures of runs that came to rest in a window, and of calls in it.

Shares, alignments and judge scores lie in [0, 1]; what was not measured is left out, never counted as 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import Connection, Float, case, cast, func, select

from courseai.course.verdict import Status
from courseai.models.call import Outcome
from courseai.models.retry import ANSWERED
from courseai.ops.history.window import Window, day_of, of_runs
from courseai.store.figure_tables import CALL_FIGURE, LESSON_FIGURE, RUN_FIGURE, SECTION_FIGURE

_BINS = 10


@dataclass(frozen=True)
class PhaseAlignment:
    """Alignment of what a phase left behind: sections as they were kept, lessons as they were judged."""

    phase: str
    """A phase of the pipeline: `sections` or `judge`. Metadata have no lessons to align."""
    mean: float
    count: int
    """Sections or lessons with a verified alignment."""


@dataclass(frozen=True)
class SchemaRate:
    """Answers of a phase's models that kept to their schema."""

    phase: str
    answers: int
    valid: int

    @property
    def rate(self) -> float:
        """Share of valid ones."""
        return self.valid / self.answers


@dataclass(frozen=True)
class LessonQuality:
    """Verdicts on lessons."""

    lessons: int
    flagged: int
    """Everything but a plain PASS."""
    by_status: dict[str, int]
    by_method: dict[str, int]
    """What decided: a rule, embeddings, or the tier that judged."""

    @property
    def flagged_share(self) -> float | None:
        """None without lessons."""
        return self.flagged / self.lessons if self.lessons else None


@dataclass(frozen=True)
class JudgeScores:
    """Overall scores of the last model that judged each lesson."""

    count: int
    mean: float | None
    bins: list[int]
    """Ten of equal width, from 0 to 1."""


@dataclass(frozen=True)
class DayQuality:
    """Quality of the runs that came to rest on a day."""

    day: str
    runs: int
    lessons: int
    flagged_share: float | None
    alignment: float | None
    """Mean over lessons."""
    bloom_compliance: float | None
    """Mean over runs."""
    escalation_rate: float | None
    """Share of sections that climbed."""


def alignment_by_phase(connection: Connection, window: Window) -> list[PhaseAlignment]:
    """Phases with a verified alignment."""
    found = []
    for phase, table in (("sections", SECTION_FIGURE), ("judge", LESSON_FIGURE)):
        averages = select(func.avg(table.c.alignment), func.count(table.c.alignment))
        query = of_runs(averages, table.c.run_id, window)
        mean, count = connection.execute(query).one()
        if count:
            found.append(PhaseAlignment(phase, mean, count))
    return found


def schema_by_phase(connection: Connection, window: Window) -> list[SchemaRate]:
    """Phases with an answer. A truncated answer breaks its schema too."""
    valid = func.sum(case((CALL_FIGURE.c.outcome == Outcome.OK, 1), else_=0))
    query = (
        select(CALL_FIGURE.c.phase, func.count(), valid)
        .where(window.holds(CALL_FIGURE.c.started_at), CALL_FIGURE.c.outcome.in_(ANSWERED))
        .group_by(CALL_FIGURE.c.phase)
        .order_by(CALL_FIGURE.c.phase)
    )
    return [SchemaRate(phase, answers, int(kept)) for phase, answers, kept in connection.execute(query)]


def lesson_quality(connection: Connection, window: Window) -> LessonQuality:
    """Verdicts as they stand, after every rewrite and decision."""
    query = of_runs(
        select(LESSON_FIGURE.c.status, LESSON_FIGURE.c.method, func.count()), LESSON_FIGURE.c.run_id, window
    ).group_by(LESSON_FIGURE.c.status, LESSON_FIGURE.c.method)
    by_status = {status.value: 0 for status in Status}
    by_method: dict[str, int] = {}
    for status, method, count in connection.execute(query):
        by_status[status] += count
        by_method[method] = by_method.get(method, 0) + count
    lessons = sum(by_status.values())
    return LessonQuality(lessons, lessons - by_status[Status.PASS], by_status, by_method)


def judge_scores(connection: Connection, window: Window) -> JudgeScores:
    """Over all judged lessons."""
    score = LESSON_FIGURE.c.judge_score
    upper = [case((score < (number + 1) / _BINS, 1), else_=0) for number in range(_BINS - 1)]
    sums = select(func.count(score), func.avg(score), *(func.coalesce(func.sum(one), 0) for one in upper))
    query = of_runs(sums, LESSON_FIGURE.c.run_id, window).where(score.is_not(None))
    count, mean, *below = connection.execute(query).one()
    edges = [0, *map(int, below), count]
    return JudgeScores(count, mean, [high - low for low, high in pairwise(edges)])


def quality_by_day(connection: Connection, window: Window) -> list[DayQuality]:
    """Every day of the window, oldest first; days on which no run came to rest too."""
    day = day_of(RUN_FIGURE.c.ended_at)
    of_lessons = cast(func.sum(RUN_FIGURE.c.alignment * RUN_FIGURE.c.lessons), Float)
    aligned = func.sum(case((RUN_FIGURE.c.alignment.is_not(None), RUN_FIGURE.c.lessons)))
    query = (
        select(
            day.label("day"),
            func.count().label("runs"),
            func.coalesce(func.sum(RUN_FIGURE.c.lessons), 0).label("lessons"),
            func.sum(RUN_FIGURE.c.lessons_flagged).label("flagged"),
            (of_lessons / func.nullif(aligned, 0)).label("alignment"),
            func.avg(RUN_FIGURE.c.bloom_compliance).label("bloom"),
            func.sum(RUN_FIGURE.c.sections).label("sections"),
            func.sum(RUN_FIGURE.c.sections_escalated).label("escalated"),
        )
        .where(window.holds(RUN_FIGURE.c.ended_at))
        .group_by(day)
    )
    known = {
        row.day: DayQuality(
            row.day,
            row.runs,
            int(row.lessons),
            _share(row.flagged, row.lessons),
            row.alignment,
            row.bloom,
            _share(row.escalated, row.sections),
        )
        for row in connection.execute(query)
    }
    return [known.get(day, DayQuality(day, 0, 0, None, None, None, None)) for day in window.days]


def bloom_compliance(connection: Connection, window: Window) -> float | None:
    """Mean over runs with a verified compliance of their learning outcomes."""
    query = select(func.avg(RUN_FIGURE.c.bloom_compliance)).where(window.holds(RUN_FIGURE.c.ended_at))
    mean: float | None = connection.execute(query).scalar()
    return mean


def _share(part: int | None, whole: int | None) -> float | None:
    return int(part or 0) / int(whole) if whole else None
