"""Many plausible courses for a store: the same ones for the same seed, with a drift that trends can show."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert

from courseai.models.call import Call, Outcome
from courseai.ops.history.figure_store import NodeFigure, Rest, Work, note_begin, note_rest
from courseai.ops.history.figures import figures_of
from courseai.store.figure_tables import CALL_FIGURE
from courseai.store.figure_writer import call_figure
from courseai.store.run_store import RunStore
from courseai.store.tables import RUN
from tests.ops.planting import Json, Planted, call, draft, section, verdict

LADDER = ("oss_20b", "oss_120b", "qwen3_max")
USD = {"oss_20b": 0.0005, "oss_120b": 0.0011, "qwen3_max": 0.0034}
SECONDS = {"oss_20b": 2.4, "oss_120b": 4.1, "qwen3_max": 6.8}
REASONS = ("low_alignment", "low_alignment", "schema_failure", "terminology_drift", "contradicted_fact")
TOPICS = ("Python for analysts", "History of art", "First aid at work", "Statistics", "Bread and dough")


def courses(count: int, days: int, now: datetime, seed: int = 0) -> Iterator[Planted]:
    """That many, spread over the days before now, the oldest first."""
    draw = random.Random(seed)
    for number in range(count):
        age = timedelta(days=days * (1 - (number + 1) / count))
        yield _course(f"run-{number:05}", now - age - timedelta(hours=draw.random() * 9), draw)


async def plant_all(store: RunStore, planted: Sequence[Planted], at_once: int = 250) -> None:
    """Write their figures, many in one transaction. Their calls have figures, and no journal entry."""
    for start in range(0, len(planted), at_once):
        some = planted[start : start + at_once]
        await store.database.write(lambda one, some=some: _plant(one, store, some))  # type: ignore[misc]


def _course(run_id: str, ended_at: datetime, draw: random.Random) -> Planted:
    sections, calls = [], [_answered(f"{run_id}-m", "qwen3_max", draw, phase="metadata", subject="course")]
    for number in range(draw.randint(4, 10)):
        drafts, own = _drafts(run_id, f"s{number + 1}", draw)
        calls += own
        complexity = draw.choice((2, 3, 3, 4, 5, 6, 7, 8))
        sections.append(
            section(f"s{number + 1}", drafts, complexity=complexity, alignment=drafts[-1]["alignment"])
        )
    verdicts = [_verdict(f"{one['section_id']}-l{n}", draw) for one in sections for n in (1, 2, 3)]
    status = draw.choices(("finished", "waiting_for_review", "budget_stop"), (94, 4, 2))[0]
    return Planted(
        run_id,
        ended_at,
        status=status,
        calls=calls,
        sections=sections,
        verdicts=verdicts,
        title=draw.choice(TOPICS),
        seconds=sum(one.seconds for one in calls) / 3,
        nodes={
            "draft": NodeFigure(len(calls), 0, sum(one.seconds for one in calls), 14.0),
            "check": NodeFigure(len(calls), 0, 0.8 * len(calls), 2.1),
            "judge": NodeFigure(1, 0, 6.0, 6.0),
            "assembly": NodeFigure(1, 0, 0.05, 0.05),
        },
        metadata_attempts=draw.choice((1, 1, 1, 2)),
        bloom_compliance=draw.choice((1.0, 1.0, 0.9, 0.8)),
        items_waiting=draw.randint(1, 9) if status == "waiting_for_review" else None,
    )


def _drafts(run_id: str, section_id: str, draw: random.Random) -> tuple[list[Json], list[Call]]:
    place = draw.choices((0, 1), (7, 3))[0]
    drafts: list[Json] = []
    calls: list[Call] = []
    while True:
        tier, name = LADDER[place], f"{run_id}-{section_id}-{len(drafts)}"
        calls.append(_answered(name, tier, draw, subject=section_id))
        if place == 2 or draw.random() < 0.72:
            alignment = draw.betavariate(18, 3)
            drafts.append(draft(tier, "accept", "aligned", call_id=name, alignment=alignment))
            return drafts, calls
        reason = draw.choice(REASONS)
        chosen = {"call_id": name, "alignment": draw.betavariate(8, 5)}
        if draw.random() < 0.4:
            drafts.append(draft(tier, "retry", reason, next_tier=tier, **chosen))
        else:
            place += 1
            drafts.append(draft(tier, "escalate", reason, next_tier=LADDER[place], **chosen))


def _answered(name: str, tier: str, draw: random.Random, **facts: str) -> Call:
    outcome = draw.choices(
        (Outcome.OK, Outcome.SCHEMA_FAILURE, Outcome.TIMEOUT, Outcome.RATE_LIMITED), (95, 3, 1, 1)
    )
    usd, seconds = USD[tier] * draw.uniform(0.7, 1.4), SECONDS[tier] * draw.lognormvariate(0, 0.4)
    made = call(name, usd=usd, tier=tier, seconds=seconds, outcome=outcome[0], cached=draw.choice((0, 600)))
    return replace(made, **facts)  # type: ignore[arg-type]


def _verdict(lesson_id: str, draw: random.Random) -> Json:
    if draw.random() < 0.8:
        return verdict(lesson_id, alignment=draw.betavariate(20, 2))
    scores = [draw.betavariate(9, 2)]
    return verdict(lesson_id, "PASS_WITH_FLAG" if scores[0] > 0.75 else "FAIL", alignment=0.78, scores=scores)


def _plant(connection: Connection, store: RunStore, planted: Sequence[Planted]) -> None:
    sealed = store.database.seal.close_text
    for run in planted:
        ended_at = run.ended_at.astimezone(UTC).isoformat(timespec="milliseconds")
        row = {"run_id": run.run_id, "started_at": ended_at, "status": run.status}
        title = sealed(run.title)
        connection.execute(insert(RUN).values(row | {"sealed_topic": title, "sealed_settings": sealed("{}")}))
        rows = [
            call_figure(replace(one, run_id=run.run_id, started_at=ended_at).to_dict()) for one in run.calls
        ]
        if rows:
            connection.execute(insert(CALL_FIGURE), rows)
        work = Work(1, run.seconds, 0, run.nodes)
        rest = Rest(
            run.run_id,
            figures_of(run.state),
            title,
            "openrouter",
            ended_at,
            note_begin(connection, run.run_id, title),
            work,
            items_waiting=run.items_waiting,
            waiting_since=ended_at if run.items_waiting else None,
        )
        note_rest(connection, rest)
