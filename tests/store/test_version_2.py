"""Stores that version 2 made, in both databases, opened by this one.

tests/data/store_version_2/ holds them as they were written on 2026-11-26 by commit 6c46143: a run of three
sections that its budget stopped after ten calls, once in an SQLite file and once as a dump of PostgreSQL.
"""

from __future__ import annotations

import lzma
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, update

from courseai.course.errors import SettingsError
from courseai.store.figure_tables import CALL_FIGURE
from courseai.store.run_archive import delete_run
from courseai.store.run_store import RunStore, open_run_store
from courseai.store.tables import PROMPT, STORE, STORE_VERSION

DATA = Path(__file__).parents[1] / "data" / "store_version_2"
RUN = "old-course"
KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """A store of version 2."""
    if request.param == "sqlite":
        (tmp_path / "runs.sqlite3").write_bytes(_unpacked("runs.sqlite3.xz"))
        return tmp_path
    url: str = request.getfixturevalue("postgres_url")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_unpacked("postgresql.sql.xz"))
    return url


def _unpacked(name: str) -> bytes:
    return lzma.decompress((DATA / name).read_bytes())


async def rows(store: RunStore, query: object) -> list[object]:
    """What a query finds."""
    return await store.database.read(lambda connection: list(connection.execute(query).all()))  # type: ignore[call-overload]


async def test_what_it_holds_is_there_as_before(place: Path | str) -> None:
    async with open_run_store(place) as store:
        calls = await store.journal.calls(RUN)
        charges = await store.journal.charges(RUN)
        checkpoint = await store.saver.aget_tuple({"configurable": {"thread_id": RUN}})
        assert store.register.status(RUN) == "budget_stop"
        assert await rows(store, select(STORE.c.version)) == [(STORE_VERSION,)]
    assert len(calls) == 10
    assert charges.usd == pytest.approx(0.0079, abs=5e-5)
    assert checkpoint is not None
    assert len(checkpoint.checkpoint["channel_values"]["briefs"]) == 3


async def test_a_step_that_follows_keeps_what_did_not_change(place: Path | str) -> None:
    config: Any = {"configurable": {"thread_id": RUN, "checkpoint_ns": ""}}
    async with open_run_store(place) as store:
        before = await store.saver.aget_tuple(config)
        assert before is not None
        following = before.checkpoint | {"id": "ffffffff-0000-6000-8000-000000000000"}
        await store.saver.aput(before.config, following, {}, {})
        after = await store.saver.aget_tuple(config)
    assert after is not None
    assert after.checkpoint == following
    assert after.checkpoint["channel_values"]["plan"]


async def test_each_finished_call_gets_its_figures_once(place: Path | str) -> None:
    for _ in range(2):
        async with open_run_store(place) as store:
            calls = await store.journal.calls(RUN)
            found = await rows(store, select(CALL_FIGURE.c.call_id, CALL_FIGURE.c.cost_usd))
        assert set(found) == {(call.call_id, call.cost_usd) for call in calls}
        assert len(found) == len(calls)


async def test_a_store_of_a_version_between_that_has_its_figures_keeps_them(place: Path | str) -> None:
    async with open_run_store(place) as store:
        before = await rows(store, select(CALL_FIGURE))
        await store.database.write(
            lambda connection: connection.execute(update(STORE).values(version=STORE_VERSION - 1))
        )
    async with open_run_store(place) as store:
        assert await rows(store, select(CALL_FIGURE)) == before
        assert await rows(store, select(STORE.c.version)) == [(STORE_VERSION,)]


async def test_its_calls_have_no_prompt_and_the_run_can_be_deleted(place: Path | str) -> None:
    async with open_run_store(place) as store:
        assert await rows(store, select(PROMPT)) == []
        await delete_run(store, RUN)
        assert await rows(store, select(CALL_FIGURE)) == []


async def test_a_key_for_a_plain_store_is_refused_before_anything_changes(
    place: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as with_key:
        with_key.setenv("COURSEAI_ENCRYPTION_KEY", KEY)
        with pytest.raises(SettingsError, match="is not encrypted"):
            async with open_run_store(place):
                pass
    async with open_run_store(place) as store:
        assert len(await rows(store, select(CALL_FIGURE))) == 10
