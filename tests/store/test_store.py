"""The store of runs in both databases: what it keeps, what it refuses, and what it survives."""

from __future__ import annotations

import asyncio
import base64
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from sqlalchemy import text, update

from courseai.course.errors import SettingsError, StoreUnavailableError
from courseai.models.call import Prompt
from courseai.models.journal import Begun
from courseai.store.database import StoreLocation
from courseai.store.run_store import RunStore, open_run_store, store_location
from courseai.store.saver import PostgresRunSaver
from courseai.store.seal import Seal
from courseai.store.tables import STORE, STORE_VERSION
from tests.postgres import PostgresServer

KEY = base64.b64encode(b"k" * 32).decode()
OTHER_KEY = base64.b64encode(b"o" * 32).decode()
CANARY = "the canary of lesson four"
ASKED = Prompt("section", "v1", "You write lessons.", f"Write {CANARY}.")

_VERSION_1 = """
CREATE TABLE call (call_id TEXT PRIMARY KEY, call_key TEXT NOT NULL, run_id TEXT NOT NULL,
    model TEXT NOT NULL, started_at TEXT NOT NULL, record TEXT, answer TEXT) STRICT;
CREATE INDEX call_by_key ON call (call_key);
CREATE INDEX call_by_run ON call (run_id);
CREATE TABLE drafts (ref TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE run (run_id TEXT PRIMARY KEY, started_at TEXT NOT NULL, topic TEXT NOT NULL,
    status TEXT NOT NULL, settings TEXT NOT NULL) STRICT;
INSERT INTO call VALUES ('c1', 'k1', 'old', 'm', '2026-11-01T00:00:00+00:00', NULL, NULL);
INSERT INTO drafts VALUES ('aaaa', '{"text": "kept"}');
INSERT INTO run VALUES ('old', '2026-11-01T00:00:00+00:00', 'Winds', 'finished', '{}');
"""

Stores = Callable[[], AbstractAsyncContextManager[RunStore]]


def place_of(location: StoreLocation) -> Path | str:
    """What `open_run_store` takes."""
    return location.folder or location.url.render_as_string(hide_password=False)


@pytest.fixture
def open_store(store_place: StoreLocation) -> Stores:
    """Opens the same store each time."""
    return lambda: open_run_store(place_of(store_place))


def begun(run: str = "r") -> Begun:
    """A call about to be sent."""
    return Begun("c1", "k1", run, "sections", "draft", "s1", "oss_20b", "m", 1, 0.001, 0.2, "now")


def thread(run: str = "r", namespace: str = "") -> Any:
    return {"configurable": {"thread_id": run, "checkpoint_ns": namespace}}


async def step(store: RunStore, text: str, namespace: str = "") -> Any:
    """A checkpoint with a text in it, and a task's write of the same text."""
    checkpoint = empty_checkpoint() | {"channel_values": {"text": [text]}, "channel_versions": {"text": "1"}}
    config = thread(namespace=namespace)
    written = await store.saver.aput(config, checkpoint, {}, {"text": "1"})
    await store.saver.aput_writes(written, [("text", [text])], "task")
    return written


async def test_what_is_stored_is_there_for_the_next_process(open_store: Stores) -> None:
    async with open_store() as store:
        await store.journal.begin(begun(), ASKED)
        ref = await store.drafts.put("r", {"text": "a"})
        await step(store, "first")
    async with open_store() as store:
        assert await store.journal.in_flight("r") == [begun()]
        assert await store.drafts.get(ref) == {"text": "a"}
        kept = await store.saver.aget_tuple(thread())
    assert kept is not None
    assert kept.checkpoint["channel_values"] == {"text": ["first"]}


async def test_a_step_replaces_what_the_one_before_needed_and_keeps_its_checkpoint(
    open_store: Stores,
) -> None:
    async with open_store() as store:
        first = await step(store, "first")
        await step(store, "section", "section_generation:1")
        await step(store, "second")
        section = await store.saver.aget_tuple(thread(namespace="section_generation:1"))
        before, now = await store.saver.aget_tuple(first), await store.saver.aget_tuple(thread())
    assert section is None
    assert before is not None
    assert (before.checkpoint["channel_values"], before.pending_writes) == ({"text": ["first"]}, [])
    assert now is not None
    assert len(now.pending_writes or []) == 1


async def test_a_value_that_stays_as_it_is_is_stored_once_however_many_steps_follow(tmp_path: Path) -> None:
    stays = [secrets.token_hex(50_000)]  # compresses to half of its 100 KB
    async with open_run_store(tmp_path):
        pass
    empty = len(all_bytes(tmp_path))
    async with open_run_store(tmp_path) as store:
        for number in range(8):
            values = {"stays": stays, "changes": [number]}
            versions = {"stays": "1", "changes": str(number)}
            checkpoint: Any = empty_checkpoint() | {"channel_values": values, "channel_versions": versions}
            await store.saver.aput(thread(), checkpoint, {}, {"changes": str(number)})
        listed = [each.checkpoint["channel_values"] async for each in store.saver.alist(thread())]
    assert listed == [{"stays": stays, "changes": [number]} for number in reversed(range(8))]
    assert len(all_bytes(tmp_path)) - empty < 100_000


async def test_nothing_of_a_deleted_run_stays_in_the_file(tmp_path: Path) -> None:
    kept = secrets.token_hex(500)
    sealed = Seal().close(JsonPlusSerializer().dumps_typed([kept])[1])
    async with open_run_store(tmp_path) as store:
        await step(store, kept)
    assert sealed in all_bytes(tmp_path)
    async with open_run_store(tmp_path) as store:
        await store.saver.adelete_thread("r")
    assert sealed not in all_bytes(tmp_path)


async def test_a_cancelled_write_is_finished_before_the_store_closes(open_store: Stores) -> None:
    async with open_store() as store:
        writing = [asyncio.create_task(step(store, str(number))) for number in range(20)]
        await asyncio.sleep(0)
        for task in writing:
            task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)
    async with open_store() as store:
        await step(store, "after")


async def test_a_store_of_a_newer_version_is_refused(open_store: Stores) -> None:
    async with open_store() as store:
        newer = update(STORE).values(version=STORE_VERSION + 1)
        await store.database.write(lambda connection: connection.execute(newer))
    with pytest.raises(SettingsError, match="newer CourseAI"):
        async with open_store():
            pass


async def test_a_store_of_the_first_version_is_taken_over(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "runs.sqlite3") as old:
        old.executescript(_VERSION_1)
    old.close()
    async with open_run_store(tmp_path) as store:
        (entry,) = store.register.latest(5)
        assert (entry.run_id, entry.topic, entry.status) == ("old", "Winds", "finished")
        assert [call.call_id for call in await store.journal.in_flight("old")] == ["c1"]
        assert await store.drafts.get("aaaa") == {"text": "kept"}


def all_bytes(folder: Path) -> bytes:
    """Everything in the files of a folder."""
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


async def test_nothing_that_was_written_can_be_read_in_the_files_of_an_encrypted_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSEAI_ENCRYPTION_KEY", KEY)
    async with open_run_store(tmp_path) as store:
        ref = await store.drafts.put("r", {"text": CANARY})
        await store.journal.begin(begun(), ASKED)
        await step(store, CANARY)
        written = all_bytes(tmp_path)
        assert await store.drafts.get(ref) == {"text": CANARY}
    assert b"canary" not in written


async def test_a_plain_row_that_was_planted_in_an_encrypted_store_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSEAI_ENCRYPTION_KEY", KEY)
    async with open_run_store(tmp_path) as store:
        await step(store, "mine")
        kind, content = store.saver.serde.dumps_typed({"planted": True})
        plain = Seal().close(b'{"planted": true}')
        assert store.saver.serde.loads_typed((kind, content)) == {"planted": True}
        for planted in (("json", b"{}"), ("json+sealed", plain)):
            with pytest.raises(SettingsError, match="refused"):
                store.saver.serde.loads_typed(planted)


@pytest.mark.parametrize(
    ("first", "then", "message"),
    [
        (None, KEY, "is not encrypted"),
        (KEY, None, "is encrypted"),
        (KEY, OTHER_KEY, "another key"),
        (None, "short", "32 bytes in base64"),
    ],
)
async def test_a_store_is_opened_only_as_it_was_made(
    open_store: Stores, monkeypatch: pytest.MonkeyPatch, first: str | None, then: str | None, message: str
) -> None:
    for key in (first, then):
        monkeypatch.setenv("COURSEAI_ENCRYPTION_KEY", key or "")
        if key == then:
            with pytest.raises(SettingsError, match=message):
                async with open_store():
                    pass
        else:
            async with open_store():
                pass


async def test_the_key_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    monkeypatch.setenv("COURSEAI_ENCRYPTION_KEY_FILE", str(tmp_path / "key"))
    async with open_run_store(tmp_path) as store:
        assert store.database.seal.encrypts


@pytest.mark.parametrize("url", ["mysql://u:secret@h/d", "postgresql://u:secret@h", "secret"])
def test_a_url_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="COURSEAI_DATABASE_URL") as refused:
        store_location({"COURSEAI_DATABASE_URL": url})
    assert "secret" not in str(refused.value)


async def test_what_postgresql_confirms_is_on_its_disk_however_it_is_configured(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    with psycopg.connect(postgres_server.url()) as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("off",)
    async with open_run_store(postgres_url) as store:
        assert isinstance(store.saver, PostgresRunSaver)
        async with store.saver._cursor() as cursor:
            await cursor.execute("SHOW synchronous_commit")
            assert await cursor.fetchone() == {"synchronous_commit": "on"}
        shown = text("SHOW synchronous_commit")
        assert await store.database.read(lambda connection: connection.scalar(shown)) == "on"


async def test_a_server_that_is_not_there_is_named_at_once() -> None:
    with pytest.raises(StoreUnavailableError, match=r"the database d on 127\.0\.0\.1") as refused:
        async with open_run_store("postgresql://u:secret@127.0.0.1:9/d"):
            pass
    assert "secret" not in str(refused.value)


@pytest.fixture
def cut(postgres_server: PostgresServer, postgres_url: str) -> Callable[[], None]:
    """Ends every connection to the test's database, as a server does that is started again."""

    def end_all() -> None:
        name = postgres_url.rpartition("/")[2]
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
            connection.execute(query, (name,))

    return end_all


async def test_a_run_goes_on_when_the_database_went_away_and_came_back(
    postgres_url: str, cut: Callable[[], None]
) -> None:
    async with open_run_store(postgres_url) as store:
        first = await step(store, "first")
        await asyncio.to_thread(cut)
        await store.journal.begin(begun(), ASKED)
        await step(store, "second")
        await asyncio.to_thread(cut)
        kept, ref = await store.saver.aget_tuple(first), await store.drafts.put("r", {"text": "a"})
        assert kept is not None
        assert await store.drafts.get(ref) == {"text": "a"}
        assert await store.journal.in_flight("r") == [begun()]
