"""Writes the figures of calls: with each call's record, and once for all calls of an older store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from courseai.store.figure_tables import CALL_FIGURE
from courseai.store.tables import CALL

_BATCH = 1000
"""Records that are in memory at once."""
_SAME = tuple(column.name for column in CALL_FIGURE.columns if column.name != "model")


def call_figure(record: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a finished call, of its record as the journal keeps it."""
    row = {name: record[name] for name in _SAME}
    return row | {"model": record["model_answered"] or record["model_requested"]}


def note_older_calls(connection: Connection) -> None:
    """Write the rows of the calls that have none, as in a store that was made before there were rows."""
    noted = select(CALL_FIGURE.c.call_id)
    last = 0
    while True:
        query = (
            select(CALL.c.number, CALL.c.record)
            .where(CALL.c.number > last, CALL.c.record.is_not(None), CALL.c.call_id.not_in(noted))
            .order_by(CALL.c.number)
            .limit(_BATCH)
        )
        rows = connection.execute(query).all()
        if not rows:
            return
        connection.execute(insert(CALL_FIGURE), [call_figure(json.loads(row.record)) for row in rows])
        last = rows[-1].number
