"""The journal of paid calls, in memory and in a file."""

from __future__ import annotations

import asyncio
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from courseai.models.call import Outcome, Prompt
from courseai.models.journal import Journal, MemoryJournal, SqliteJournal, call_key
from courseai.models.provider import openrouter
from tests.models.conftest import KEY, Note, fails, note_request, says

if TYPE_CHECKING:
    from tests.models.conftest import RigMaker, Server

MODEL = "qwen/qwen3-max"


class OtherNote(Note):
    """The same question for another shape."""

    mood: str


@pytest.fixture(params=["memory", "file"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Journal:
    return MemoryJournal() if request.param == "memory" else SqliteJournal(tmp_path / "calls.sqlite")


@pytest.mark.parametrize(
    "changes",
    [
        {"run_id": "run-2"},
        {"phase": "judge"},
        {"purpose": "sample"},
        {"subject": "s2"},
        {"tier": "oss_20b"},
        {"attempt": 2},
        {"prompt": Prompt("section", "v1", "You write notes.", "Write one about winds.")},
        {"answer_type": OtherNote},
        {"max_output_tokens": 501},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_whatever_makes_a_request_another_one_changes_its_key(changes: dict[str, Any]) -> None:
    assert call_key(note_request(**changes)) != call_key(note_request())


def test_the_same_request_has_the_same_key() -> None:
    assert call_key(note_request()) == call_key(note_request())


async def test_a_paid_answer_is_found_again(make_rig: RigMaker, journal: Journal) -> None:
    first = await make_rig(journal=journal).ask()
    other = make_rig(journal=journal)
    again = await other.ask()
    assert again.value == first.value
    assert again.call == replace(first.call, replayed=True)
    assert other.calls == []


async def test_a_bad_answer_was_paid_too_and_is_not_asked_for_again(
    make_rig: RigMaker, journal: Journal
) -> None:
    rig = make_rig(journal=journal)
    rig.server.will(MODEL, says("no JSON"))
    first = await rig.ask()
    again = await rig.ask()
    assert (again.value, again.problems) == (None, first.problems)
    assert len(rig.server.requests) == 1


async def test_every_try_is_kept_in_order(make_rig: RigMaker, journal: Journal) -> None:
    rig = make_rig(journal=journal)
    rig.server.will(MODEL, fails(500), fails(429))
    await rig.ask()
    assert await journal.calls("run-1") == rig.calls
    assert [call.outcome for call in rig.calls] == [Outcome.SERVER_ERROR, Outcome.RATE_LIMITED, Outcome.OK]


async def test_runs_are_kept_apart(make_rig: RigMaker, journal: Journal) -> None:
    await make_rig(journal=journal).ask()
    assert await journal.calls("run-2") == []
    assert await journal.in_flight("run-1") == []


async def test_many_writers_at_once_lose_nothing(make_rig: RigMaker, journal: Journal) -> None:
    rig = make_rig(journal=journal)
    await asyncio.gather(*(rig.ask(subject=f"s{number}") for number in range(30)))
    assert len(await journal.calls("run-1")) == 30


async def test_a_file_is_read_by_the_next_process(make_rig: RigMaker, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "calls.sqlite"
    before = SqliteJournal(path)
    await make_rig(journal=before).ask()
    await before.aclose()
    after = SqliteJournal(path)
    answer = await make_rig(journal=after).ask()
    assert answer.call.replayed


async def test_only_the_owner_can_read_the_file(make_rig: RigMaker, tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    path.touch(0o644)
    await make_rig(journal=SqliteJournal(path)).ask()
    files = [path, *(tmp_path / f"calls.sqlite-{side}" for side in ("wal", "shm"))]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


async def test_the_key_is_not_in_the_file(make_rig: RigMaker, server: Server, tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "calls.sqlite")
    rig = make_rig(replace(openrouter(KEY), base_url=server.url), journal=journal)
    rig.server.will(MODEL, fails(404, f"not with {KEY}"), says(f'{{"text": "{KEY}'))
    await rig.ask()
    await journal.aclose()
    records = str([call.to_dict() for call in await journal.calls("run-1")])
    assert KEY not in records
