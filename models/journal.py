"""The durable record of paid calls: what was begun, what came of it, and the answers, so none is paid twice.

An entry is begun before its request is sent and finished with the call's record. A process that dies in
between leaves an entry in flight: it may have been paid, and nothing can tell.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import os
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from courseai.models.call import Call, ModelRequest, Outcome, Phase, Purpose
from courseai.models.reply import response_format


@dataclass(frozen=True)
class Begun:
    """The facts of a request about to be sent."""

    call_id: str
    call_key: str
    run_id: str
    phase: Phase
    purpose: Purpose
    subject: str
    tier: str
    """The tier that is called."""
    model: str
    attempt: int
    reserved_usd: float
    """The most that it can cost: what it counts for until its record says what it did cost."""
    ceiling_usd: float | None
    """The ceiling of the run under which it was let through."""
    started_at: str
    """ISO 8601, UTC."""


@dataclass(frozen=True)
class Charges:
    """What the calls of a run count for against its ceiling, in USD: see `Call.charged_usd`."""

    by_phase: Mapping[str, float]
    """A finished call counts for what it was charged, one in flight for what was reserved."""
    ceiling_usd: float | None
    """The ceiling under which the last call was let through; None before the first."""

    @property
    def usd(self) -> float:
        """All phases together."""
        return math.fsum(self.by_phase.values())


@dataclass(frozen=True)
class Stored:
    """An answer that was paid for: its record and the model's text."""

    call: Call
    text: str


def call_key(request: ModelRequest[Any]) -> str:
    """sha256 of everything that makes a request the same request: place, draft, words, schema and length."""
    facts = (
        request.run_id,
        request.phase,
        request.purpose,
        request.subject,
        request.tier,
        request.attempt,
        request.prompt.system,
        request.prompt.user,
        response_format(request.schema_name, request.answer_type),
        request.max_output_tokens,
    )
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


class Journal(Protocol):
    """Where calls are kept. A text is given only for calls that were answered, well or badly."""

    async def begin(self, begun: Begun) -> None:
        """Note that a request is about to be sent."""

    async def finish(self, call_key: str, call: Call, text: str | None) -> None:
        """Note what came of it."""

    async def find(self, call_key: str) -> Stored | None:
        """The answer to the same request, if one was ever received."""

    async def calls(self, run_id: str) -> list[Call]:
        """Every finished call of a run, oldest first."""

    async def in_flight(self, run_id: str) -> list[Begun]:
        """The requests of a run that were begun and not finished, oldest first."""

    async def charges(self, run_id: str) -> Charges:
        """What a run's calls count for against its ceiling. Asked often: sums, not records."""

    async def aclose(self) -> None:
        """Let go of files."""


class MemoryJournal:
    """Keeps calls for as long as the object lives."""

    def __init__(self) -> None:
        self._begun: dict[str, Begun] = {}
        self._calls: dict[str, Call] = {}
        self._answers: dict[str, Stored] = {}
        self._ceilings: dict[str, float | None] = {}

    async def begin(self, begun: Begun) -> None:
        self._begun[begun.call_id] = begun
        self._ceilings[begun.run_id] = begun.ceiling_usd

    async def finish(self, call_key: str, call: Call, text: str | None) -> None:
        self._begun.pop(call.call_id, None)
        self._calls[call.call_id] = call
        if text is not None:
            self._answers[call_key] = Stored(call, text)

    async def find(self, call_key: str) -> Stored | None:
        return self._answers.get(call_key)

    async def calls(self, run_id: str) -> list[Call]:
        return [call for call in self._calls.values() if call.run_id == run_id]

    async def in_flight(self, run_id: str) -> list[Begun]:
        return [begun for begun in self._begun.values() if begun.run_id == run_id]

    async def charges(self, run_id: str) -> Charges:
        by_phase: defaultdict[str, float] = defaultdict(float)
        for call in await self.calls(run_id):
            by_phase[call.phase] += call.charged_usd
        for begun in await self.in_flight(run_id):
            by_phase[begun.phase] += begun.reserved_usd
        return Charges(dict(by_phase), self._ceilings.get(run_id))

    async def aclose(self) -> None:
        """Nothing to let go of."""


SCHEMA = """
CREATE TABLE IF NOT EXISTS call (
    call_id TEXT PRIMARY KEY,
    call_key TEXT NOT NULL,
    run_id TEXT NOT NULL,
    phase TEXT NOT NULL,
    charged_usd REAL NOT NULL,
    ceiling_usd REAL,
    begun TEXT NOT NULL,
    record TEXT,
    answer TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS call_by_key ON call (call_key);
CREATE INDEX IF NOT EXISTS call_by_run ON call (run_id);
"""


class SqliteJournal:
    """Keeps calls in one SQLite file that only its owner can read; it holds the models' answers.

    WAL with synchronous=NORMAL: a killed process loses nothing, a power cut at most the last moments.
    Statements run in a worker thread, so one journal serves any number of event loops and blocks none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    async def begin(self, begun: Begun) -> None:
        await self._run(
            "INSERT INTO call (call_id, call_key, run_id, phase, charged_usd, ceiling_usd, begun) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                begun.call_id,
                begun.call_key,
                begun.run_id,
                begun.phase,
                begun.reserved_usd,
                begun.ceiling_usd,
                json.dumps(asdict(begun)),
            ),
        )

    async def finish(self, call_key: str, call: Call, text: str | None) -> None:
        record = json.dumps(call.to_dict())
        await self._run(
            "UPDATE call SET record = ?, answer = ?, charged_usd = ? WHERE call_id = ? AND call_key = ?",
            (record, text, call.charged_usd, call.call_id, call_key),
        )

    async def find(self, call_key: str) -> Stored | None:
        rows = await self._run(
            "SELECT record, answer FROM call WHERE call_key = ? AND answer IS NOT NULL "
            "ORDER BY rowid DESC LIMIT 1",
            (call_key,),
        )
        return Stored(_call(rows[0][0]), rows[0][1]) if rows else None

    async def calls(self, run_id: str) -> list[Call]:
        rows = await self._run(
            "SELECT record FROM call WHERE run_id = ? AND record IS NOT NULL ORDER BY rowid", (run_id,)
        )
        return [_call(row[0]) for row in rows]

    async def in_flight(self, run_id: str) -> list[Begun]:
        rows = await self._run(
            "SELECT begun FROM call WHERE run_id = ? AND record IS NULL ORDER BY rowid", (run_id,)
        )
        return [Begun(**json.loads(row[0])) for row in rows]

    async def charges(self, run_id: str) -> Charges:
        sums = await self._run(
            "SELECT phase, sum(charged_usd) FROM call WHERE run_id = ? GROUP BY phase", (run_id,)
        )
        last = await self._run(
            "SELECT ceiling_usd FROM call WHERE run_id = ? ORDER BY rowid DESC LIMIT 1", (run_id,)
        )
        return Charges(dict(sums), last[0][0] if last else None)

    async def aclose(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection:
                self._connection.close()
            self._connection = None

    async def _run(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        return await asyncio.to_thread(self._execute, statement, values)

    def _execute(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            if self._connection is None:
                self._connection = _open(self._path)
            return self._connection.execute(statement, values).fetchall()


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.executescript(SCHEMA)
    return connection


def _call(record: str) -> Call:
    fields = json.loads(record)
    return Call(**fields | {"outcome": Outcome(fields["outcome"])})
