"""The list of runs: what each was asked to do, so that it can be continued as it was begun."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection, Row, Select, insert, select, update
from sqlalchemy.exc import IntegrityError

from courseai.course.errors import RunNotFoundError, SettingsError
from courseai.course.policy import Policy
from courseai.course.state import ReviewMode
from courseai.store.basis import Basis
from courseai.store.database import Database, in_portions
from courseai.store.tables import RUN

RunStatus = Literal["unfinished", "waiting_for_review", "insufficient_lessons", "budget_stop", "finished"]
SHOWN_RUNS = 5
"""How many of the latest runs are named when one is not found."""


class RunSettings(BaseModel):
    """What a run was started with. It holds no key."""

    document: dict[str, Any]
    """The analysis_result."""
    language: str
    folder: Path
    """Where its files go; absolute."""
    review: ReviewMode
    seed: int | None
    budget_usd: float | None = None
    """The ceiling that was asked for; None for the policy's."""
    highest_quality: list[str] = []
    """Ids of the sections that the strongest model was asked for at once."""
    policy: Policy
    base_url: str | None
    model: str | None
    offline_settings: Path | None
    provider: str
    """Name of who serves the models."""
    author: str
    """The same in words for people."""
    begun_with: Basis | None = None
    """The versions that it was begun with, or adopted last; None for a run of before they were kept."""
    adopted: list[Basis] = []
    """The versions before each time that others were adopted, for the report."""
    forked_from: list[str] = []
    """The runs whose answers it may use: the one that it was forked from, that one's origin, and so on."""


@dataclass(frozen=True)
class RunEntry:
    """One line of the list."""

    run_id: str
    started_at: str
    """ISO 8601, UTC."""
    topic: str
    status: RunStatus


class RunRegister:
    """Runs in a store. Every method blocks for one statement: in a server, call it in a thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, run_id: str, topic: str, settings: RunSettings) -> None:
        """Note a new run. Raises `SettingsError` where the id is taken."""
        seal = self._database.seal
        row = insert(RUN).values(
            run_id=run_id,
            started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            status="unfinished",
            sealed_topic=seal.close_text(topic),
            sealed_settings=seal.close_text(settings.model_dump_json()),
        )
        try:
            self._database.write_now(lambda connection: connection.execute(row))
        except IntegrityError as error:
            raise SettingsError(
                f"There is a run {run_id} already. Continue it with `courseai resume {run_id}`, "
                "or leave out --run-id."
            ) from error

    def mark(self, run_id: str, status: RunStatus) -> None:
        """Note how far a run has come. Raises `FenceLostError` where another process has taken it."""
        change = update(RUN).where(RUN.c.run_id == run_id).values(status=status)
        self._database.write_now(lambda connection: connection.execute(change), run_id)

    def change(self, run_id: str, settings: RunSettings) -> None:
        """Store other settings. Raises `FenceLostError` where another process has taken the run."""
        sealed = self._database.seal.close_text(settings.model_dump_json())
        change = update(RUN).where(RUN.c.run_id == run_id).values(sealed_settings=sealed)
        self._database.write_now(lambda connection: connection.execute(change), run_id)

    def status(self, run_id: str) -> RunStatus | None:
        """How far a run had come when it was last marked; None for a run that is not here."""
        query = select(RUN.c.status).where(RUN.c.run_id == run_id)
        status: RunStatus | None = self._database.read_now(
            lambda connection: connection.execute(query).scalar()
        )
        return status

    def statuses(self, run_ids: Iterable[str]) -> dict[str, RunStatus]:
        """`status` of many runs; those that are not here are left out."""
        found: dict[str, RunStatus] = {}
        for some in in_portions(run_ids):
            query = select(RUN.c.run_id, RUN.c.status).where(RUN.c.run_id.in_(some))
            rows = self._database.read_now(partial(_all_rows, query))
            found |= {row.run_id: row.status for row in rows}
        return found

    def settings(self, run_id: str, policy: Policy | None = None) -> RunSettings:
        """What a run was started with; raises `RunNotFoundError` naming the latest runs.

        `policy` stands in for a stored one of another version that this version cannot read; without it
        that raises `SettingsError`.
        """
        stored = self.stored_settings(run_id)
        try:
            return RunSettings.model_validate(stored)
        except ValidationError as error:
            places = {item["loc"][:1] for item in error.errors()}
            if policy is None or places != {("policy",)}:
                raise _unreadable(run_id, stored, error) from error
        return RunSettings.model_validate(stored | {"policy": policy})

    def stored_settings(self, run_id: str) -> dict[str, Any]:
        """The same as it lies in the store, for what does not have to understand it; any version's."""
        query = select(RUN.c.sealed_settings).where(RUN.c.run_id == run_id)
        sealed = self._database.read_now(lambda connection: connection.execute(query).scalar())
        if sealed is None:
            latest = [entry.run_id for entry in self.latest(SHOWN_RUNS)]
            known = f"The latest are: {', '.join(latest)}." if latest else "None is stored here yet."
            raise RunNotFoundError(f"There is no run {run_id!r} in {self._database.location.words}. {known}")
        stored: dict[str, Any] = json.loads(self._database.seal.open(sealed))
        return stored

    def started_before(self, moment: str) -> list[str]:
        """Ids of the runs that were started before that, oldest first; `moment` is ISO 8601, UTC."""
        query = select(RUN.c.run_id).where(RUN.c.started_at < moment).order_by(RUN.c.started_at)
        return self._database.read_now(lambda connection: list(connection.scalars(query)))

    def latest(self, limit: int | None = None) -> list[RunEntry]:
        """The newest runs first; all of them without a limit."""
        query = select(RUN).order_by(RUN.c.started_at.desc(), RUN.c.run_id.desc()).limit(limit)
        rows = self._database.read_now(lambda connection: connection.execute(query).all())
        return [
            RunEntry(row.run_id, row.started_at, self._database.seal.open_text(row.sealed_topic), row.status)
            for row in rows
        ]


def _unreadable(run_id: str, stored: dict[str, Any], error: ValidationError) -> SettingsError:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    begun = (stored.get("begun_with") or {}).get("package", "an older version")
    return SettingsError(
        f"The settings of run {run_id}, stored by courseai {begun}, cannot be read by courseai "
        f"{version('courseai')} ({place}: {first['msg']}). Continue it with the version that it was begun "
        "with; where only its policy is in the way, --adopt policy goes on with today's."
    )


def _all_rows(query: Select[Any], connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(query).all()
