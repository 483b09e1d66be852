"""The tables of figures: what monitoring reads of calls and runs, in columns, without content.

They repeat nothing that a run needs: what they say follows from the journal and the checkpoints
(ops/history/figures.py), and they are deleted with their run. Times are ISO 8601, UTC; money is USD,
durations are seconds, alignments and shares lie in [0, 1]; what is not known is NULL, never 0.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, LargeBinary, Table, Text

from courseai.store.tables import METADATA

CALL_FIGURE = Table(
    "call_figure",
    METADATA,
    Column("call_id", Text, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("answering_tier", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("transport_attempt", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("tokens_in", Integer),
    Column("tokens_out", Integer),
    Column("tokens_cached", Integer),
    Column("cost_usd", Float),
    Column("seconds", Float, nullable=False),
    Index("call_figure_by_run", "run_id"),
    Index("call_figure_by_time", "started_at"),
)
"""One row for a finished call, written with its record (database_journal.py)."""

RUN_FIGURE = Table(
    "run_figure",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("started_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("status", Text, nullable=False),
    Column("stopped_by", Text),
    Column("sealed_title", LargeBinary, nullable=False),
    Column("language", Text),
    Column("provider", Text),
    Column("policy", Text),
    Column("stretches", Integer, nullable=False),
    Column("seconds", Float),
    Column("budget_stops", Integer, nullable=False),
    Column("cost_usd", Float),
    Column("calls", Integer),
    Column("sections", Integer),
    Column("sections_escalated", Integer),
    Column("lessons_planned", Integer),
    Column("lessons", Integer),
    Column("lessons_flagged", Integer),
    Column("alignment", Float),
    Column("metadata_attempts", Integer),
    Column("bloom_compliance", Float),
    Column("items_waiting", Integer),
    Column("waiting_since", Text),
    Index("run_figure_by_start", "started_at"),
    Index("run_figure_by_end", "ended_at"),
)
"""One row for a run. `ended_at` is when it last came to rest, and empty until it did for the first time; one
that was killed keeps the figures of its last rest. `stopped_by` is the class of the error that ended its
last stretch, `policy` a fingerprint. `seconds` is the work of all stretches, without waiting for people;
NULL where some of it was not measured. `cost_usd` is what its calls cost up to that rest, as far as that is
known."""

SECTION_FIGURE = Table(
    "section_figure",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("section_id", Text, primary_key=True),
    Column("complexity", Integer),
    Column("risk", Text),
    Column("start_tier", Text, nullable=False),
    Column("start_reason", Text, nullable=False),
    Column("tier", Text),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("escalations", Integer, nullable=False),
    Column("degraded", Boolean, nullable=False),
    Column("alignment", Float),
)
"""One row for a section that is through: where it started, where it ended, and why."""

DRAFT_FIGURE = Table(
    "draft_figure",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("section_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("tier", Text, nullable=False),
    Column("answering_tier", Text),
    Column("call_id", Text),
    Column("schema_ok", Boolean),
    Column("alignment", Float),
    Column("agreement", Float),
    Column("action", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("next_tier", Text),
)
"""One row for a draft of such a section, counted from 1, and what was decided on it. `schema_ok` is NULL
where no model answered."""

LESSON_FIGURE = Table(
    "lesson_figure",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("lesson_id", Text, primary_key=True),
    Column("section_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("cause", Text),
    Column("alignment", Float),
    Column("judges", Integer, nullable=False),
    Column("judge_tier", Text),
    Column("judge_score", Float),
)
"""One row for a lesson's verdict; `judge_score` is the overall score of the last model that judged it."""

NODE_FIGURE = Table(
    "node_figure",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("node", Text, primary_key=True),
    Column("times", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("slowest_s", Float, nullable=False),
)
"""One row for a node of a run: how often it ran and how long, all times together. Written when the run comes
to rest: what a killed process did is lost."""

BREAKER_FIGURE = Table(
    "breaker_figure",
    METADATA,
    Column("at", Text, primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
"""One row for a change of a circuit breaker, which the runs of a process share. Written when the next of them
comes to rest."""

FIGURES_OF_RUNS: tuple[Table, ...] = (
    CALL_FIGURE,
    RUN_FIGURE,
    SECTION_FIGURE,
    DRAFT_FIGURE,
    LESSON_FIGURE,
    NODE_FIGURE,
)
"""Deleted with their run."""
