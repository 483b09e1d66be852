"""A run goes on at its newest checkpoint, and ids of checkpoints sort by the clock: they must never go back.

Within a process LangGraph sees to that. A process that takes over a run may have another clock, or the same
one set back: without this its checkpoints would sort before the old ones, and what it did would be lost.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.base import id as checkpoint_id


async def continue_order(saver: BaseCheckpointSaver[Any], run_id: str) -> None:
    """Let the checkpoints of this process sort after all that the run has, whatever the clock says."""
    # With no namespace given, the newest of the sections' own graphs count too.
    async for newest in saver.alist({"configurable": {"thread_id": run_id}}, limit=1):
        ticks = _ticks(UUID(newest.checkpoint["id"]))
        # LangGraph offers no other way; test_checkpoint_order.py fails when this one is gone.
        last = checkpoint_id._last_v6_timestamp
        checkpoint_id._last_v6_timestamp = max(ticks, last or 0)  # type: ignore[assignment]


def _ticks(identifier: UUID) -> int:
    """Time of a version 6 UUID in steps of 100 ns (RFC 9562, 5.6)."""
    return (identifier.int >> 80) << 12 | (identifier.int >> 64) & 0x0FFF
