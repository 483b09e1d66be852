"""The runs of a store one by one, and their calls: from a course to what a model was asked and answered.

SQL over figures and the journal, the same for SQLite and PostgreSQL. Texts are opened with the store's seal.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from courseai.course.state import Json
from courseai.ops.history.cost_history import CostPart, cost_parts
from courseai.ops.history.operation_history import NodeTime, node_time
from courseai.store.figure_tables import CALL_FIGURE, NODE_FIGURE, RUN_FIGURE
from courseai.store.seal import Seal
from courseai.store.tables import CALL, PROMPT

Order = Literal["started_at", "cost_usd", "alignment", "lessons_flagged", "sections_escalated", "seconds"]
ORDERS: Sequence[Order] = get_args(Order)
"""What runs can be sorted by, the highest first."""


@dataclass(frozen=True)
class RunLine:
    """One run. Figures are those of its last rest and None before its first; its calls are as of now."""

    run_id: str
    title: str
    status: str
    started_at: str
    ended_at: str | None
    stopped_by: str | None
    language: str | None
    provider: str | None
    policy: str | None
    stretches: int
    seconds: float | None
    budget_stops: int
    sections: int | None
    sections_escalated: int | None
    lessons_planned: int | None
    lessons: int | None
    lessons_flagged: int | None
    alignment: float | None
    metadata_attempts: int | None
    bloom_compliance: float | None
    items_waiting: int | None
    waiting_since: str | None
    calls: int
    calls_of_unknown_cost: int
    cost_usd: float
    """Of the calls whose cost is known."""


@dataclass(frozen=True)
class Page:
    """A part of the list of runs."""

    runs: list[RunLine]
    count: int
    """Of all that were asked for."""


@dataclass(frozen=True)
class CallLine:
    """One finished call of a run, without content."""

    call_id: str
    run_id: str
    started_at: str
    phase: str
    purpose: str
    subject: str
    tier: str
    answering_tier: str
    provider: str
    model: str
    attempt: int
    transport_attempt: int
    outcome: str
    tokens_in: int | None
    tokens_out: int | None
    tokens_cached: int | None
    cost_usd: float | None
    seconds: float


@dataclass(frozen=True)
class CallView:
    """One call with all that is kept of it."""

    begun: Json
    """The facts of the request (models/journal.py)."""
    record: Json | None
    """What came of it (models/call.py); None while it is in flight, or when its process died over it."""
    prompt: Json | None
    """Name, version, system and user text; None for calls of before prompts were kept."""
    answer: str | None
    """The model's words, valid or not; None where it gave none."""
    tries: list[CallLine]
    """Every finished try of the same request, this one included, oldest first."""


def run_page(
    connection: Connection,
    seal: Seal,
    *,
    order: Order = "started_at",
    status: str | None = None,
    beginning: str = "",
    offset: int = 0,
    limit: int = 50,
) -> Page:
    """Runs from the highest on; those of one status, or whose id begins so, where that is given."""
    wanted = []
    if status:
        wanted.append(RUN_FIGURE.c.status == status)
    if beginning:
        wanted.append(RUN_FIGURE.c.run_id.startswith(beginning, autoescape=True))
    count = connection.execute(select(func.count()).select_from(RUN_FIGURE).where(*wanted)).scalar_one()
    query = (
        select(RUN_FIGURE)
        .where(*wanted)
        .order_by(RUN_FIGURE.c[order].desc().nulls_last(), RUN_FIGURE.c.run_id.desc())
        .limit(limit)
        .offset(offset)
    )
    return Page(_lines(connection, seal, query), count)


def run_line(connection: Connection, seal: Seal, run_id: str) -> RunLine | None:
    """One run, None where there is no such."""
    found = _lines(connection, seal, select(RUN_FIGURE).where(RUN_FIGURE.c.run_id == run_id))
    return found[0] if found else None


def calls_of_run(
    connection: Connection, run_id: str, subject: str | None = None, limit: int | None = None
) -> list[CallLine]:
    """Its finished calls, oldest first: of one section and its lessons and exercises, where one is given."""
    own = CALL_FIGURE.c.run_id == run_id
    if subject is not None:
        own &= _is_of(subject)
    query = (
        select(CALL_FIGURE).where(own).order_by(CALL_FIGURE.c.started_at, CALL_FIGURE.c.call_id).limit(limit)
    )
    return [CallLine(**row) for row in connection.execute(query).mappings()]


def cost_of_run_by_phase(connection: Connection, run_id: str) -> list[CostPart]:
    """Dearest phase first."""
    return cost_parts(connection, CALL_FIGURE.c.phase, CALL_FIGURE.c.run_id == run_id)


def cost_of_run_by_tier(connection: Connection, run_id: str) -> list[CostPart]:
    """Dearest tier first."""
    return cost_parts(connection, CALL_FIGURE.c.answering_tier, CALL_FIGURE.c.run_id == run_id)


def node_times_of_run(connection: Connection, run_id: str) -> list[NodeTime]:
    """By node, the longest in all first."""
    node = NODE_FIGURE.c
    query = select(node.node, node.times, node.failures, node.seconds, node.slowest_s).where(
        node.run_id == run_id
    )
    return [node_time(*row) for row in connection.execute(query.order_by(node.seconds.desc(), node.node))]


def call_view(connection: Connection, seal: Seal, call_id: str) -> CallView | None:
    """One call, None where there is no such. Raises `SettingsError` for content that no key opens."""
    asked = CALL.outerjoin(PROMPT, PROMPT.c.call_key == CALL.c.call_key)
    query = (
        select(CALL.c.call_key, CALL.c.begun, CALL.c.record, CALL.c.sealed_answer, PROMPT.c.sealed_prompt)
        .select_from(asked)
        .where(CALL.c.call_id == call_id)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    tries = (
        select(CALL_FIGURE)
        .join(CALL, CALL.c.call_id == CALL_FIGURE.c.call_id)
        .where(CALL.c.call_key == row.call_key)
        .order_by(CALL.c.number)
    )
    return CallView(
        begun=json.loads(row.begun),
        record=json.loads(row.record) if row.record else None,
        prompt=json.loads(seal.open_text(row.sealed_prompt)) if row.sealed_prompt else None,
        answer=seal.open_text(row.sealed_answer) if row.sealed_answer else None,
        tries=[CallLine(**one) for one in connection.execute(tries).mappings()],
    )


def _lines(connection: Connection, seal: Seal, query: Select[Any]) -> list[RunLine]:
    rows = [dict(row) for row in connection.execute(query).mappings()]
    calls = _calls(connection, [row["run_id"] for row in rows])
    return [_line(row, seal, calls.get(row["run_id"])) for row in rows]


def _line(row: dict[str, Any], seal: Seal, calls: Row[Any] | None) -> RunLine:
    title = seal.open_text(row.pop("sealed_title"))
    row |= {"calls": 0, "cost_usd": 0.0, "calls_of_unknown_cost": 0}
    if calls:
        row |= {"calls": calls.calls, "cost_usd": calls.usd, "calls_of_unknown_cost": calls.unknown}
    return RunLine(title=title, **row)


def _calls(connection: Connection, run_ids: Sequence[str]) -> dict[str, Row[Any]]:
    call = CALL_FIGURE.c
    query = (
        select(
            call.run_id,
            func.count().label("calls"),
            (func.count() - func.count(call.cost_usd)).label("unknown"),
            func.coalesce(func.sum(call.cost_usd), 0.0).label("usd"),
        )
        .where(call.run_id.in_(run_ids))
        .group_by(call.run_id)
    )
    return {row.run_id: row for row in connection.execute(query)}


def _is_of(section_id: str) -> ColumnElement[bool]:
    """Calls about the section, or about one of its lessons or exercises: `s1`, `s1-l2`, `s1-l2-e3`."""
    subject = CALL_FIGURE.c.subject
    return (subject == section_id) | subject.startswith(f"{section_id}-", autoescape=True)
