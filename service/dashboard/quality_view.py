"""How good courses are, as charts and a table."""

from __future__ import annotations

from courseai.course.verdict import Status
from courseai.ops.history.history import Quality
from courseai.service.dashboard import tile
from courseai.service.dashboard.chart import Chart, Series, Table
from courseai.service.measure import NOTHING, count, day_names, score, share


def quality_charts(quality: Quality) -> list[Chart]:
    """How good courses are."""
    return [_alignment(quality), _flagged(quality), _verdicts(quality), _judges(quality)]


def quality_table(quality: Quality) -> Table:
    """Answers that keep to their schema, and alignment, by phase."""
    aligned = {one.phase: one for one in quality.alignment}
    valid = {one.phase: one for one in quality.schema}
    phases = [phase for phase in ("metadata", "sections", "judge") if phase in aligned or phase in valid]
    rows = [
        [
            phase,
            count(valid[phase].answers) if phase in valid else NOTHING,
            share(valid[phase].rate) if phase in valid else NOTHING,
            score(aligned[phase].mean) if phase in aligned else NOTHING,
        ]
        for phase in phases
    ]
    return Table(
        "phases",
        "By phase",
        ["phase", "answers", "valid", "alignment"],
        rows,
        note=f"Aimed at: {share(tile.SCHEMA)} of answers valid, alignment {score(tile.ALIGNMENT)}. "
        "Alignment of sections is that of the drafts kept; of the judge, that of the lessons judged.",
    )


def _alignment(quality: Quality) -> Chart:
    phases = ", ".join(f"{one.phase} {score(one.mean)}" for one in quality.alignment)
    values = [day.alignment for day in quality.days]
    return Chart(
        "alignment",
        "Alignment of lessons",
        f"By phase: {phases}. Aimed at {score(tile.ALIGNMENT)}, alert under {score(tile.LOW_ALIGNMENT)}."
        if phases
        else "No alignment was verified.",
        day_names(day.day for day in quality.days),
        [
            Series("mean of the day", values, "line", "one"),
            Series("aim", [tile.ALIGNMENT] * len(values), "limit", "good"),
            Series("alert", [tile.LOW_ALIGNMENT] * len(values), "limit", "bad"),
        ],
        "score",
        lowest=min([0.6, *(value - 0.05 for value in values if value is not None)]),
        highest=1,
    )


def _flagged(quality: Quality) -> Chart:
    lessons = quality.lessons
    values = [day.flagged_share for day in quality.days]
    return Chart(
        "flagged",
        "Flagged lessons",
        f"{count(lessons.flagged)} of {count(lessons.lessons)} lessons are flagged, "
        f"{share(lessons.flagged_share)}. Alert over {share(tile.FLAGGED)}."
        if lessons.lessons
        else "No lesson was judged.",
        day_names(day.day for day in quality.days),
        [
            Series("share of the day", values, "bar", "four"),
            Series("alert", [tile.FLAGGED] * len(values), "limit", "bad"),
        ],
        "share",
        lowest=0,
        highest=max([0.3, *(value for value in values if value is not None)]),
    )


def _verdicts(quality: Quality) -> Chart:
    words = {
        Status.PASS: "passed",
        Status.PASS_WITH_FLAG: "passed with a flag",
        Status.REVIEW_REQUIRED: "for a person",
        Status.FAIL: "failed",
    }
    counts = [quality.lessons.by_status[status] for status in words]
    methods = [f"{name} {count(number)}" for name, number in sorted(quality.lessons.by_method.items())]
    told = ", ".join(f"{count(number)} {word}" for word, number in zip(words.values(), counts, strict=True))
    return Chart(
        "verdicts",
        "Verdicts on lessons",
        f"{told}. Decided by: {', '.join(methods)}." if methods else "No lesson was judged.",
        list(words.values()),
        [Series("lessons", counts, "bar", "one")],
        "count",
        label_title="verdict",
        is_horizontal=True,
        lowest=0,
    )


def _judges(quality: Quality) -> Chart:
    judges = quality.judges
    edges = [f"{number / 10:.1f}-{(number + 1) / 10:.1f}" for number in range(len(judges.bins))]
    return Chart(
        "judges",
        "Scores of model judges",
        f"{count(judges.count)} lessons were judged by a model, {score(judges.mean)} on average."
        if judges.count
        else "No lesson was judged by a model.",
        edges,
        [Series("lessons", judges.bins, "bar", "three")],
        "count",
        label_title="overall score",
        lowest=0,
    )
