"""A clock that jumps loses nothing: checkpoints are read in the order in which they were written."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from langgraph.checkpoint.base import id as checkpoint_id

from courseai.course.state import RunContext
from courseai.graph.run import Stop, advance, next_input, standing
from courseai.store.run_store import open_run_store
from tests.graph.conftest import Json, PipelineMaker

HOUR_NS = 3600 * 10**9
BETWEEN_LIVES = (-HOUR_NS, 24 * HOUR_NS, -1000 * HOUR_NS)
WITHIN_A_LIFE = (0, 7 * HOUR_NS, -7 * HOUR_NS)


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Begin a process whose clock shows about that time."""

    def begin(now_ns: int) -> None:
        jumps = cycle(WITHIN_A_LIFE)
        clock = SimpleNamespace(time_ns=lambda: now_ns + next(jumps))
        monkeypatch.setattr(checkpoint_id, "time", clock)
        monkeypatch.setattr(checkpoint_id, "_last_v6_timestamp", None)

    return begin


async def test_a_run_goes_forward_while_the_clock_jumps_back_and_forth(
    make_pipeline: PipelineMaker, document: Json, tmp_path: Path, set_clock: Any
) -> None:
    lives: list[list[str]] = []
    now_ns, jumps = 1_800_000_000 * 10**9, cycle(BETWEEN_LIVES)
    async with open_run_store(tmp_path) as store:
        while not (now := await standing(store.saver, "r")).is_finished:
            now_ns += next(jumps)
            set_clock(now_ns)
            now = await standing(store.saver, "r")
            pipeline = make_pipeline(checkpointer=store.saver, journal=store.journal, drafts=store.drafts)
            stop, kinds = Stop(), list[str]()

            def end_after_one_event(part: Any, stop: Stop = stop, kinds: list[str] = kinds) -> None:
                if part["type"] == "custom":
                    kinds.append(part["data"]["kind"])
                    stop.request()

            await advance(
                pipeline.graph,
                pipeline.services.gateway,
                "r",
                next_input(now, {"analysis_result": document}, None),
                context=RunContext(),
                on_part=end_after_one_event,
                stop=stop,
            )
            lives.append(kinds)
            assert len(lives) < 30
    said = [kind for kinds in lives for kind in kinds]
    assert said.count("planned") == said.count("metadata_written") == said.count("finished") == 1
    assert said.count("section_accepted") == len(document["recommended_structure"]["sections_breakdown"])
