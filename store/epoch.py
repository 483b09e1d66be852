"""Who may write for a run: each process that takes the run gets a new epoch, and only the newest may.

A lock keeps a second process out (store/fence.py), but a process that was frozen, or cut off from its
database, can lose its lock without noticing. Its epoch is then no longer the run's newest, and every write
finds that out in its own transaction. Source of the idea: fencing tokens,
https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.dialects import postgresql, sqlite

from courseai.course.errors import FenceLostError
from courseai.store.tables import RUN_EPOCH

_RELEASED = 0
"""No run's epoch: what a process that has let go of a run writes late is refused too."""


@dataclass(frozen=True)
class Holder:
    """A process that works on a run. `since` is ISO 8601, UTC."""

    pid: int
    host: str
    since: str


class Epochs:
    """The epochs that this process was given. Runs that it never took are not guarded."""

    def __init__(self) -> None:
        self._held: dict[str, int] = {}

    def of(self, run_id: str) -> int | None:
        """The epoch under which this process may write; None for a run that it never took."""
        return self._held.get(run_id)

    def holds(self, run_id: str) -> bool:
        """Whether this process works on the run now."""
        return self._held.get(run_id, _RELEASED) != _RELEASED

    def keep(self, run_id: str, epoch: int) -> None:
        """From now on write under that epoch."""
        self._held[run_id] = epoch

    def drop(self, run_id: str) -> None:
        """From now on write nothing for that run."""
        self._held[run_id] = _RELEASED

    def require(self, connection: Connection, run_id: str) -> None:
        """Make the transaction one that can only be committed before another process takes the run.

        To be called first in the transaction. Raises `FenceLostError` when another one already has.
        """
        if (epoch := self.of(run_id)) is None:
            return
        mine = (RUN_EPOCH.c.run_id == run_id, RUN_EPOCH.c.epoch == epoch)
        if connection.dialect.name == "sqlite":
            # A write that changes nothing: SQLite has one lock for all writers, and this takes it.
            is_mine = connection.execute(update(RUN_EPOCH).where(*mine).values(epoch=epoch)).rowcount == 1
        else:
            newest = select(RUN_EPOCH.c.epoch).where(*mine).with_for_update(read=True)
            is_mine = connection.execute(newest).first() is not None
        if not is_mine:
            raise fence_lost(run_id)


def take_epoch(engine: Engine, run_id: str, pid: int, host: str) -> int:
    """The next epoch of a run, which ends every earlier one. The caller holds the run's lock."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
    values = {"pid": pid, "host": host, "since": since}
    statement = (
        insert(RUN_EPOCH)
        .values(run_id=run_id, epoch=1, **values)
        .on_conflict_do_update(index_elements=["run_id"], set_={"epoch": RUN_EPOCH.c.epoch + 1, **values})
        .returning(RUN_EPOCH.c.epoch)
    )
    with engine.begin() as connection:
        return int(connection.execute(statement).scalar_one())


def last_holder(engine: Engine, run_id: str) -> Holder | None:
    """The process that took the run last, if any did."""
    query = select(RUN_EPOCH.c.pid, RUN_EPOCH.c.host, RUN_EPOCH.c.since).where(RUN_EPOCH.c.run_id == run_id)
    with engine.connect() as connection:
        row = connection.execute(query).first()
    return Holder(row.pid, row.host, row.since) if row else None


def fence_lost(run_id: str) -> FenceLostError:
    """What a process is told that another one has taken its run from."""
    return FenceLostError(
        f"Run {run_id} was taken over by another process while this one stood still. "
        "This one has stopped; it wrote and paid nothing more."
    )
