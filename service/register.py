"""The list of runs: what each was asked to do, so that it can be continued as it was begun."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from courseai.course.errors import RunNotFoundError, SettingsError
from courseai.course.policy import Policy
from courseai.course.state import ReviewMode

RunStatus = Literal["unfinished", "waiting_for_review", "insufficient_lessons", "finished"]
SHOWN_RUNS = 5
"""How many of the latest runs are named when one is not found."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS run (
    run_id TEXT PRIMARY KEY,
    started_at TEXT NOT NULL,
    topic TEXT NOT NULL,
    status TEXT NOT NULL,
    settings TEXT NOT NULL
) STRICT
"""


class RunSettings(BaseModel):
    """What a run was started with. It holds no key."""

    document: dict[str, Any]
    """The analysis_result."""
    language: str
    folder: Path
    """Where its files go; absolute."""
    review: ReviewMode
    seed: int | None
    policy: Policy
    base_url: str | None
    model: str | None
    offline_settings: Path | None
    provider: str
    """Name of who serves the models."""
    author: str
    """The same in words for people."""


@dataclass(frozen=True)
class RunEntry:
    """One line of the list."""

    run_id: str
    started_at: str
    """ISO 8601, UTC."""
    topic: str
    status: RunStatus


class RunRegister:
    """Runs in the store's SQLite file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, run_id: str, topic: str, settings: RunSettings) -> None:
        """Note a new run. Raises `SettingsError` where the id is taken."""
        values = (run_id, datetime.now(UTC).isoformat(timespec="seconds"), topic, settings.model_dump_json())
        with self._connection() as connection:
            try:
                connection.execute("INSERT INTO run VALUES (?, ?, ?, 'unfinished', ?)", values)
            except sqlite3.IntegrityError as error:
                raise SettingsError(
                    f"There is a run {run_id} already. Continue it with `courseai resume {run_id}`, "
                    "or leave out --run-id."
                ) from error

    def mark(self, run_id: str, status: RunStatus) -> None:
        """Note how far a run has come."""
        with self._connection() as connection:
            connection.execute("UPDATE run SET status = ? WHERE run_id = ?", (status, run_id))

    def settings(self, run_id: str) -> RunSettings:
        """What a run was started with; raises `RunNotFoundError` naming the latest runs."""
        with self._connection() as connection:
            row = connection.execute("SELECT settings FROM run WHERE run_id = ?", (run_id,)).fetchone()
        if row is None:
            latest = [entry.run_id for entry in self.latest(SHOWN_RUNS)]
            known = f"The latest are: {', '.join(latest)}." if latest else "None is stored here yet."
            raise RunNotFoundError(f"There is no run {run_id!r} in {self._path}. {known}")
        return RunSettings.model_validate_json(row[0])

    def latest(self, limit: int) -> list[RunEntry]:
        """The newest runs first."""
        query = (
            "SELECT run_id, started_at, topic, status FROM run ORDER BY started_at DESC, rowid DESC LIMIT ?"
        )
        with self._connection() as connection:
            return [RunEntry(*row) for row in connection.execute(query, (limit,))]

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection that commits on success and is closed either way."""
        with closing(sqlite3.connect(self._path, timeout=30)) as connection, connection:
            connection.execute(_SCHEMA)
            yield connection
