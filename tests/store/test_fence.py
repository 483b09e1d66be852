"""One process at a time works on a run, and one that slept through losing it writes nothing more."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from langgraph.checkpoint.base import empty_checkpoint
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from courseai.course.errors import FenceLostError, RunInUseError
from courseai.models.call import Prompt
from courseai.models.journal import Begun
from courseai.store import database
from courseai.store.database import at_url
from courseai.store.run_store import RunStore, open_run_store

RUN = "run-1"
ASKED = Prompt("section", "v1", "You write lessons.", "Write one.")
Place = Path | str


def begun(number: int = 1) -> Begun:
    """A call about to be sent."""
    return Begun(
        call_id=f"call-{number}",
        call_key=f"key-{number}",
        run_id=RUN,
        phase="sections",
        purpose="draft",
        subject="s1",
        tier="oss_20b",
        model="m",
        attempt=1,
        reserved_usd=0.0,
        ceiling_usd=None,
        started_at="2026-11-24T00:00:00+00:00",
    )


async def checkpoint(store: RunStore) -> None:
    """Write a checkpoint as LangGraph does."""
    config: Any = {"configurable": {"thread_id": RUN, "checkpoint_ns": ""}}
    written = await store.saver.aput(config, empty_checkpoint(), {}, {})
    await store.saver.aput_writes(written, [("channel", 1)], "task")


async def written(store: RunStore, order: str | int) -> None:
    """A checkpoint, a draft, or the note that a call with that number is about to be sent."""
    if order == "checkpoint":
        await checkpoint(store)
    elif order == "draft":
        await store.drafts.put(RUN, {"lessons": ["written late"]})
    else:
        await store.journal.begin(begun(int(order)), ASKED)


def hold_and_obey(place: Place, orders: Connection) -> None:
    """The other process: takes the run and does what it is told, until it is told to let go."""
    asyncio.run(_obey(place, orders))


async def _obey(place: Place, orders: Connection) -> None:
    async with open_run_store(place) as store, store.fence.hold(RUN):
        orders.send("held")
        while (order := orders.recv()) != "let go":
            try:
                await written(store, order)
                orders.send("written")
            except FenceLostError:
                orders.send("fence lost")


def end_fence_sessions(url: str) -> None:
    """As an operator would, or a network that breaks."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'courseai fence' AND datname = current_database()"
        )


class Other:
    """Another process that holds the run."""

    def __init__(self, place: Place) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["courseai.store.run_store"])
        self._orders, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=hold_and_obey, args=(place, theirs), daemon=True)
        self.process.start()
        theirs.close()
        assert self._orders.recv() == "held"

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def does(self, order: str | int) -> str:
        """What came of it."""
        self._orders.send(order)
        answer: str = self._orders.recv()
        return answer

    def let_go(self) -> None:
        """Tell it to end."""
        self._orders.send("let go")
        self.process.join()

    def end(self) -> None:
        """Kill it, frozen or not."""
        self.process.kill()
        self.process.join()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A new store in either database."""
    if request.param == "sqlite":
        return tmp_path
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def other(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Other]:
    """A process that holds the run."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2])  # It inherits the path and imports this module.
    process = Other(place)
    yield process
    process.end()


@pytest.fixture
def take_away(place: Place) -> Callable[[], None]:
    """Makes the other process lose its lock, as an operator or a broken network would."""

    def remove_file() -> None:
        Path(place, "locks", f"{RUN}.lock").unlink()

    return remove_file if isinstance(place, Path) else partial(end_fence_sessions, place)


async def test_a_second_process_is_refused_and_told_who_works_on_the_run(place: Place, other: Other) -> None:
    async with open_run_store(place) as store:
        with pytest.raises(RunInUseError, match=f"process {other.pid} on") as refused:
            async with store.fence.hold(RUN):
                pass
        assert refused.value.exit_code == 6
        async with store.fence.hold("another-run"):
            pass


async def test_a_second_process_may_wait_until_the_first_lets_go(place: Place, other: Other) -> None:
    async with open_run_store(place) as store:

        def let_go_then_wait() -> bool:
            if other.process.is_alive():
                other.let_go()
            return True

        async with store.fence.hold(RUN, let_go_then_wait):
            await checkpoint(store)


async def test_kill_9_frees_the_run(place: Place, other: Other) -> None:
    other.end()
    async with open_run_store(place) as store, store.fence.hold(RUN, lambda: True):
        await checkpoint(store)


async def test_a_frozen_process_keeps_the_run(place: Place, other: Other) -> None:
    os.kill(other.pid, signal.SIGSTOP)
    async with open_run_store(place) as store:
        with pytest.raises(RunInUseError):
            async with store.fence.hold(RUN):
                pass
    os.kill(other.pid, signal.SIGCONT)
    assert other.does("checkpoint") == "written"


async def test_a_process_that_lost_the_run_while_it_was_frozen_writes_and_sends_nothing(
    place: Place, other: Other, take_away: Callable[[], None]
) -> None:
    assert other.does("checkpoint") == other.does(1) == "written"
    os.kill(other.pid, signal.SIGSTOP)
    take_away()
    async with open_run_store(place) as store, store.fence.hold(RUN, lambda: True):
        os.kill(other.pid, signal.SIGCONT)
        assert other.does("checkpoint") == other.does("draft") == other.does(2) == "fence lost"
        await checkpoint(store)
        assert [call.call_id for call in await store.journal.in_flight(RUN)] == ["call-1"]


async def test_a_process_that_lost_its_lock_cannot_take_the_run_beside_itself(
    place: Place, take_away: Callable[[], None]
) -> None:
    """Both would write under the newer epoch."""
    async with open_run_store(place) as store:
        async with store.fence.hold(RUN):
            take_away()
            with pytest.raises(RunInUseError, match=f"process {os.getpid()}"):
                async with store.fence.hold(RUN):
                    pass
            await checkpoint(store)
        async with store.fence.hold(RUN):
            await checkpoint(store)


async def test_what_is_written_after_letting_go_is_refused(place: Place) -> None:
    async with open_run_store(place) as store:
        async with store.fence.hold(RUN):
            await checkpoint(store)
        with pytest.raises(FenceLostError):
            await checkpoint(store)
        with pytest.raises(FenceLostError):
            await store.journal.begin(begun(), ASKED)


async def test_a_process_that_stands_still_inside_a_transaction_does_not_keep_the_run(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection to PostgreSQL lives on, with a lock on the run's epoch."""
    settings = database._POSTGRES_SESSION.replace("=60s", "=1s")
    monkeypatch.setattr(database, "_POSTGRES_SESSION", settings)
    async with (
        open_run_store(postgres_url) as frozen,
        open_run_store(postgres_url) as other,
        frozen.fence.hold(RUN),
    ):
        with frozen.database.engine.connect() as connection:
            frozen.fence.epochs.require(connection, RUN)
            end_fence_sessions(postgres_url)
            async with other.fence.hold(RUN, lambda: True):
                await checkpoint(other)
            with pytest.raises(DBAPIError, match="idle-in-transaction"):
                connection.execute(text("SELECT 1"))
        with pytest.raises(FenceLostError):
            await checkpoint(frozen)


def test_options_of_the_database_url_are_kept() -> None:
    url = at_url("postgresql://u@h/d?options=-csearch_path%3Dcourses").url
    assert str(database.postgres_settings(url, "x")["options"]).startswith("-csearch_path=courses -c ")
