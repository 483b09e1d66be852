"""How good a policy is over a data set of inputs, and what it costs: sums of courses, figures of sums. Pure.

One course is a sum of one, so that figures mean the same for a course and for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import reduce
from typing import Any, Literal

from courseai.course.verdict import PASSING, Status

Unit = Literal["share", "probability", "USD", "seconds", "count"]


@dataclass(frozen=True)
class Tally:
    """What one course came to, or several together. What is not known of one is not known of the sum."""

    courses: int = 0
    made: int = 0
    lessons: int = 0
    judged: int = 0
    """Lessons with a verdict."""
    accepted: int = 0
    """Those with PASS or PASS_WITH_FLAG."""
    flagged: int = 0
    """Those without a plain PASS."""
    scored: int = 0
    """Those with an alignment."""
    alignment_sum: float = 0.0
    sections: int = 0
    escalated: int = 0
    cost_usd: float | None = 0.0
    """Of every call, those of courses that could not be made included."""
    seconds: float | None = 0.0
    """Wall time of the courses that were made, one after another, without waiting for people."""

    def plus(self, other: Tally) -> Tally:
        """Both together."""
        theirs = asdict(other)
        return Tally(**{name: _sum(mine, theirs[name]) for name, mine in asdict(self).items()})


@dataclass(frozen=True)
class Measure:
    """A figure of a tally."""

    name: str
    """As LangSmith and programs know it."""
    title: str
    unit: Unit
    of: Callable[[Tally], float | None]
    """None where it is unknown."""
    is_better: Literal["higher", "lower"] | None = None


def course_tally(report: Mapping[str, Any], seconds: float | None) -> Tally:
    """Of a course, by its report."""
    verdicts, totals = report["verdicts"], report["totals"]
    scores = [verdict["alignment"] for verdict in verdicts if verdict["alignment"] is not None]
    is_priced = totals["calls_of_unknown_cost"] < totals["calls"]
    return Tally(
        courses=1,
        made=1,
        lessons=report["lessons"]["written"],
        judged=len(verdicts),
        accepted=sum(verdict["status"] in PASSING for verdict in verdicts),
        flagged=sum(verdict["status"] != Status.PASS for verdict in verdicts),
        scored=len(scores),
        alignment_sum=sum(scores),
        sections=len(report["sections"]),
        escalated=report["escalations"]["sections_escalated"],
        cost_usd=totals["cost_usd"] if is_priced else None,
        seconds=seconds,
    )


def total(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    return reduce(Tally.plus, tallies, Tally())


def figures(tally: Tally) -> dict[str, float | None]:
    """Every measure of it."""
    return {measure.name: measure.of(tally) for measure in MEASURES}


def differences(
    first: Mapping[str, float | None], second: Mapping[str, float | None]
) -> dict[str, float | None]:
    """By how much the second has more, None where either is unknown."""
    return {
        name: None if one is None or (other := second[name]) is None else other - one
        for name, one in first.items()
    }


def _sum(one: Any, other: Any) -> Any:
    return None if one is None or other is None else one + other


def _share(part: float | None, whole: float) -> float | None:
    return part / whole if part is not None and whole else None


MEASURES = (
    Measure("made", "inputs that became courses", "share", lambda t: _share(t.made, t.courses), "higher"),
    Measure("lessons", "lessons", "count", lambda t: t.lessons),
    Measure("pass_rate", "lessons accepted", "share", lambda t: _share(t.accepted, t.judged), "higher"),
    Measure("flagged_share", "lessons flagged", "share", lambda t: _share(t.flagged, t.judged), "lower"),
    Measure(
        "alignment",
        "mean alignment of a lesson",
        "probability",
        lambda t: _share(t.alignment_sum, t.scored),
        "higher",
    ),
    Measure("escalation_rate", "sections escalated", "share", lambda t: _share(t.escalated, t.sections)),
    Measure("cost_usd", "cost", "USD", lambda t: t.cost_usd, "lower"),
    Measure(
        "cost_per_accepted_lesson_usd",
        "cost of an accepted lesson",
        "USD",
        lambda t: _share(t.cost_usd, t.accepted),
        "lower",
    ),
    Measure("wall_seconds", "wall time of a course", "seconds", lambda t: _share(t.seconds, t.made), "lower"),
)
"""What an evaluation tells, of each course and of all."""
