"""The journal in a store."""

from __future__ import annotations

import json
from dataclasses import asdict

from sqlalchemy import Connection, func, select, update

from courseai.models.call import Call, Outcome, Prompt
from courseai.models.journal import Begun, Charges, Stored
from courseai.store.database import Database, add_once
from courseai.store.figure_tables import CALL_FIGURE
from courseai.store.figure_writer import call_figure
from courseai.store.tables import CALL, PROMPT


class DatabaseJournal:
    """Keeps calls with the models' answers; safe for several processes and event loops."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, begun: Begun, prompt: Prompt) -> None:
        """See `Journal.begin`. Raises `FenceLostError` where another process has taken the run."""
        row = {
            "call_id": begun.call_id,
            "call_key": begun.call_key,
            "run_id": begun.run_id,
            "phase": begun.phase,
            "charged_usd": begun.reserved_usd,
            "ceiling_usd": begun.ceiling_usd,
            "begun": json.dumps(asdict(begun)),
        }
        asked = {
            "call_key": begun.call_key,
            "run_id": begun.run_id,
            "sealed_prompt": self._database.seal.close_text(json.dumps(asdict(prompt), ensure_ascii=False)),
        }

        def write(connection: Connection) -> None:
            add_once(connection, CALL, row)
            add_once(connection, PROMPT, asked)

        await self._database.write(write, begun.run_id)

    async def finish(self, call_key: str, call: Call, text: str | None) -> None:
        """See `Journal.finish`. What was paid is noted even where another process has taken the run."""
        statement = (
            update(CALL)
            .where(CALL.c.call_id == call.call_id, CALL.c.call_key == call_key)
            .values(
                record=json.dumps(call.to_dict()),
                charged_usd=call.charged_usd,
                sealed_answer=None if text is None else self._database.seal.close_text(text),
            )
        )

        def write(connection: Connection) -> None:
            if connection.execute(statement).rowcount:
                add_once(connection, CALL_FIGURE, call_figure(call.to_dict()))

        await self._database.write(write)

    async def find(self, call_key: str) -> Stored | None:
        """See `Journal.find`."""
        query = (
            select(CALL.c.record, CALL.c.sealed_answer)
            .where(CALL.c.call_key == call_key, CALL.c.sealed_answer.is_not(None))
            .order_by(CALL.c.number.desc())
            .limit(1)
        )
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return Stored(_call(row.record), self._database.seal.open_text(row.sealed_answer)) if row else None

    async def calls(self, run_id: str) -> list[Call]:
        """See `Journal.calls`."""
        query = (
            select(CALL.c.record)
            .where(CALL.c.run_id == run_id, CALL.c.record.is_not(None))
            .order_by(CALL.c.number)
        )
        records = await self._database.read(lambda connection: connection.scalars(query).all())
        return [_call(record) for record in records]

    async def in_flight(self, run_id: str) -> list[Begun]:
        """See `Journal.in_flight`."""
        query = (
            select(CALL.c.begun)
            .where(CALL.c.run_id == run_id, CALL.c.record.is_(None))
            .order_by(CALL.c.number)
        )
        entries = await self._database.read(lambda connection: connection.scalars(query).all())
        return [Begun(**json.loads(entry)) for entry in entries]

    async def charges(self, run_id: str) -> Charges:
        """See `Journal.charges`."""
        of_run = CALL.c.run_id == run_id
        usd = func.sum(CALL.c.charged_usd).label("usd")
        sums = select(CALL.c.phase, usd).where(of_run).group_by(CALL.c.phase)
        last = select(CALL.c.ceiling_usd).where(of_run).order_by(CALL.c.number.desc()).limit(1)

        def read(connection: Connection) -> Charges:
            by_phase = {row.phase: row.usd for row in connection.execute(sums)}
            return Charges(by_phase, connection.execute(last).scalar())

        return await self._database.read(read)

    async def aclose(self) -> None:
        """The database is closed by whoever opened it."""


def _call(record: str) -> Call:
    fields = json.loads(record)
    return Call(**fields | {"outcome": Outcome(fields["outcome"])})
