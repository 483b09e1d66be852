"""Writes the figures of a run, in one transaction that bears to be run twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from courseai.models.breaker import BreakerChange
from courseai.ops.history.figures import Figures, Row
from courseai.store.database import add_once
from courseai.store.figure_tables import (
    BREAKER_FIGURE,
    CALL_FIGURE,
    DRAFT_FIGURE,
    LESSON_FIGURE,
    NODE_FIGURE,
    RUN_FIGURE,
    SECTION_FIGURE,
)
from courseai.store.tables import RUN


@dataclass(frozen=True)
class NodeFigure:
    """How often a node of a run ran, how often it failed, and how long it took: in all, and once at most."""

    times: int = 0
    failures: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0

    def plus(self, other: NodeFigure) -> NodeFigure:
        """Both together."""
        return NodeFigure(
            self.times + other.times,
            self.failures + other.failures,
            self.seconds + other.seconds,
            max(self.slowest_s, other.slowest_s),
        )


@dataclass(frozen=True)
class Work:
    """What is measured of a run's work and follows from nothing that is stored."""

    stretches: int = 0
    seconds: float | None = 0.0
    """None where a part of it was not measured."""
    budget_stops: int = 0
    nodes: Mapping[str, NodeFigure] = field(default_factory=dict)


@dataclass(frozen=True)
class Rest:
    """A run that came to rest."""

    run_id: str
    figures: Figures
    sealed_title: bytes
    provider: str
    ended_at: str
    """ISO 8601, UTC."""
    before: Work
    """Of the stretches before this one."""
    work: Work
    """Of this stretch; empty where no node ran."""
    status: str | None = None
    """None for what the store's list of runs says."""
    stopped_by: str | None = None
    """The class of the error that ended it."""
    items_waiting: int | None = None
    waiting_since: str | None = None
    breakers: Sequence[Row] = ()
    """What circuit breakers did meanwhile, whichever run of the process saw it."""


def note_begin(
    connection: Connection, run_id: str, sealed_title: bytes, started_at: str | None = None
) -> Work:
    """Let the run be seen from its first moment on; gives what was measured of it before.

    `started_at` is for a run that is not in the store's list.
    """
    query = select(RUN_FIGURE).where(RUN_FIGURE.c.run_id == run_id)
    if (row := connection.execute(query).mappings().first()) is None:
        own = select(RUN.c.started_at).where(RUN.c.run_id == run_id)
        started = started_at or connection.execute(own).scalar_one()
        first = {
            "run_id": run_id,
            "started_at": started,
            "status": "unfinished",
            "sealed_title": sealed_title,
        }
        add_once(connection, RUN_FIGURE, first | {"stretches": 0, "seconds": 0.0, "budget_stops": 0})
        return Work()
    nodes = connection.execute(select(NODE_FIGURE).where(NODE_FIGURE.c.run_id == run_id)).all()
    return Work(
        row["stretches"],
        row["seconds"],
        row["budget_stops"],
        {node.node: NodeFigure(node.times, node.failures, node.seconds, node.slowest_s) for node in nodes},
    )


def note_rest(connection: Connection, rest: Rest) -> None:
    """Put the run's figures in the place of its earlier ones, unless nothing happened since."""
    for change in rest.breakers:
        add_once(connection, BREAKER_FIGURE, change)
    own = RUN_FIGURE.c.run_id == rest.run_id
    listed = select(RUN.c.status).where(RUN.c.run_id == rest.run_id)
    status = rest.status or connection.execute(listed).scalar_one()
    known = connection.execute(select(RUN_FIGURE.c.ended_at, RUN_FIGURE.c.status).where(own)).first()
    if not rest.work.nodes and known is not None and known.ended_at and known.status == status:
        return
    row = rest.figures.run | _measured(rest, status) | _cost(connection, rest.run_id)
    connection.execute(update(RUN_FIGURE).where(own).values(row))
    _replace(connection, SECTION_FIGURE, rest.run_id, rest.figures.sections)
    _replace(connection, DRAFT_FIGURE, rest.run_id, rest.figures.drafts)
    _replace(connection, LESSON_FIGURE, rest.run_id, rest.figures.lessons)
    _replace(connection, NODE_FIGURE, rest.run_id, _nodes(rest))


def _measured(rest: Rest, status: str) -> dict[str, Any]:
    before, work = rest.before, rest.work
    is_known = before.seconds is not None and work.seconds is not None
    is_new_stop = status == "budget_stop" and bool(work.nodes)
    return {
        "ended_at": rest.ended_at,
        "status": status,
        "stopped_by": rest.stopped_by,
        "sealed_title": rest.sealed_title,
        "provider": rest.provider,
        "stretches": before.stretches + work.stretches,
        "seconds": (before.seconds or 0.0) + (work.seconds or 0.0) if is_known else None,
        "budget_stops": before.budget_stops + is_new_stop,
        "items_waiting": rest.items_waiting if status == "waiting_for_review" else None,
        "waiting_since": rest.waiting_since if status == "waiting_for_review" else None,
    }


def _cost(connection: Connection, run_id: str) -> dict[str, Any]:
    """An unknown cost is not zero: none is given where no call's is known."""
    sums = select(func.sum(CALL_FIGURE.c.cost_usd), func.count()).where(CALL_FIGURE.c.run_id == run_id)
    cost_usd, calls = connection.execute(sums).one()
    return {"cost_usd": cost_usd, "calls": calls}


def _nodes(rest: Rest) -> list[Row]:
    together = dict(rest.before.nodes)
    for node, figure in rest.work.nodes.items():
        together[node] = together.get(node, NodeFigure()).plus(figure)
    return [{"node": node} | asdict(figure) for node, figure in together.items()]


def _replace(connection: Connection, table: Table, run_id: str, rows: Sequence[Row]) -> None:
    connection.execute(delete(table).where(table.c.run_id == run_id))
    if rows:
        connection.execute(insert(table), [{**row, "run_id": run_id} for row in rows])


def breaker_row(change: BreakerChange) -> Row | None:
    """A change of a circuit breaker, now; None where another worker found it out and records it."""
    if change.adopted:
        return None
    return {
        "provider": change.provider,
        "model": change.model,
        "state": change.state.value,
        "reason": change.reason.value,
        "at": moment(),
    }


def moment() -> str:
    """This one, as the tables have it: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def runs_without_figures(connection: Connection) -> list[str]:
    """The newest first: runs of an older store."""
    query = (
        select(RUN.c.run_id)
        .outerjoin(RUN_FIGURE, RUN_FIGURE.c.run_id == RUN.c.run_id)
        .where(RUN_FIGURE.c.run_id.is_(None))
        .order_by(RUN.c.started_at.desc())
    )
    return list(connection.scalars(query))
