"""How sections find their model: escalations, retries, and what each tier makes of which complexity.

SQL over the figures of runs that came to rest in a window, the same for SQLite and PostgreSQL.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, case, func, select

from courseai.ops.history.window import Window, of_runs
from courseai.store.figure_tables import CALL_FIGURE, DRAFT_FIGURE, LESSON_FIGURE, RUN_FIGURE, SECTION_FIGURE


@dataclass(frozen=True)
class EscalationRate:
    """How often a phase went to a dearer model than it began with."""

    phase: str
    """`sections`: climbed a tier; `judge`: asked a second judge; `metadata`: took a second attempt."""
    subjects: int
    """Sections, lessons that a model judged, courses."""
    escalated: int

    @property
    def rate(self) -> float:
        """Share of subjects."""
        return self.escalated / self.subjects


@dataclass(frozen=True)
class Escalation:
    """Drafts that sent their section up a tier."""

    reason: str
    tier: str
    """The one that it left."""
    next_tier: str
    count: int


@dataclass(frozen=True)
class Performance:
    """What a tier made of sections of one complexity, draft by draft."""

    complexity: int
    """1 to 10."""
    tier: str
    """The tier that answered."""
    drafts: int
    accepted: int
    """With a flag or without."""
    alignment: float | None
    usd_per_draft: float | None
    seconds_per_draft: float | None

    @property
    def accepted_share(self) -> float:
        """Of its drafts."""
        return self.accepted / self.drafts


def escalation_rates(connection: Connection, window: Window) -> list[EscalationRate]:
    """Phases with a subject, in the order of the pipeline."""
    attempts, judges = RUN_FIGURE.c.metadata_attempts, LESSON_FIGURE.c.judges
    of_run, of_lesson = RUN_FIGURE.c.run_id, LESSON_FIGURE.c.run_id
    counts = {
        "metadata": select(func.count(attempts), _count(attempts > 1)),
        "sections": select(
            func.coalesce(func.sum(RUN_FIGURE.c.sections), 0),
            func.coalesce(func.sum(RUN_FIGURE.c.sections_escalated), 0),
        ),
        "judge": select(_count(judges > 0), _count(judges > 1)).join(RUN_FIGURE, of_run == of_lesson),
    }
    rates = []
    for phase, query in counts.items():
        subjects, escalated = connection.execute(query.where(window.holds(RUN_FIGURE.c.ended_at))).one()
        if subjects:
            rates.append(EscalationRate(phase, int(subjects), int(escalated)))
    return rates


def escalations(connection: Connection, window: Window) -> list[Escalation]:
    """By trigger and tier, most frequent first."""
    draft = DRAFT_FIGURE.c
    columns = (draft.reason, draft.tier, draft.next_tier)
    query = (
        of_runs(select(*columns, func.count()), draft.run_id, window)
        .where(draft.action == "escalate")
        .group_by(*columns)
        .order_by(func.count().desc(), *columns)
    )
    return [Escalation(*row) for row in connection.execute(query)]


def retries_per_escalation(connection: Connection, window: Window) -> float | None:
    """Retries on the same tier for each climb, of sections that climbed; None where none did."""
    section = SECTION_FIGURE.c
    sums = select(func.sum(section.retries), func.sum(section.escalations))
    query = of_runs(sums, section.run_id, window).where(section.escalations > 0)
    retries, climbed = connection.execute(query).one()
    return int(retries) / int(climbed) if climbed else None


def performance(connection: Connection, window: Window) -> list[Performance]:
    """By complexity and tier, from simple and cheap. Costs are of the drafts whose call is in this store."""
    draft, section, call = DRAFT_FIGURE.c, SECTION_FIGURE.c, CALL_FIGURE.c
    accepted = _count(draft.action.in_(("accept", "accept_with_flag")))
    joined = (
        DRAFT_FIGURE.join(
            SECTION_FIGURE, (section.run_id == draft.run_id) & (section.section_id == draft.section_id)
        )
        .join(RUN_FIGURE, RUN_FIGURE.c.run_id == draft.run_id)
        .outerjoin(CALL_FIGURE, call.call_id == draft.call_id)
    )
    query = (
        select(
            section.complexity,
            draft.answering_tier,
            func.count(),
            accepted,
            func.avg(draft.alignment),
            func.avg(call.cost_usd),
            func.avg(call.seconds),
        )
        .select_from(joined)
        .where(window.holds(RUN_FIGURE.c.ended_at), draft.answering_tier.is_not(None))
        .group_by(section.complexity, draft.answering_tier)
        .order_by(section.complexity, draft.answering_tier)
    )
    return [Performance(row[0], row[1], row[2], int(row[3]), *row[4:]) for row in connection.execute(query)]


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
