"""The journal of paid calls, in memory and in a file."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from courseai.models.call import Outcome, Prompt
from courseai.models.journal import Journal, MemoryJournal, call_key
from courseai.models.provider import openrouter
from courseai.store.database import StoreLocation
from courseai.store.database_journal import DatabaseJournal
from tests.models.conftest import KEY, Note, fails, note_request, says

if TYPE_CHECKING:
    from tests.models.conftest import Rig, RigMaker, Server
    from tests.postgres import Opener

MODEL = "qwen/qwen3-max"


class OtherNote(Note):
    """The same question for another shape."""

    mood: str


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def journal(request: pytest.FixtureRequest) -> Journal:
    if request.param == "memory":
        return MemoryJournal()
    open_place: Opener = request.getfixturevalue("open_place")
    return DatabaseJournal(open_place(request.getfixturevalue(f"{request.param}_place")))


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


async def test_an_answer_is_found_by_the_next_process(
    make_rig: RigMaker, store_place: StoreLocation, open_place: Opener
) -> None:
    await make_rig(journal=DatabaseJournal(open_place(store_place))).ask()
    answer = await make_rig(journal=DatabaseJournal(open_place(store_place))).ask()
    assert answer.call.replayed


async def test_the_key_is_not_in_the_journal(make_rig: RigMaker, server: Server, journal: Journal) -> None:
    rig = make_rig(replace(openrouter(KEY), base_url=server.url), journal=journal)
    rig.server.will(MODEL, fails(404, f"not with {KEY}"), says(f'{{"text": "{KEY}'))
    await rig.ask()
    records = str([call.to_dict() for call in await journal.calls("run-1")])
    assert KEY not in records


async def test_a_fork_takes_what_its_origin_was_answered(make_rig: RigMaker) -> None:
    journal = MemoryJournal()
    first = await make_rig(journal=journal).ask()
    fork = make_rig(journal=journal, forked_from=["run-0", "run-1"])
    again = await fork.ask(run_id="run-2")
    assert again.call == replace(first.call, replayed=True)
    assert (await journal.charges("run-2")).usd == 0


async def test_a_fork_asks_anew_what_a_stand_in_answered(make_rig: RigMaker, rig: Rig) -> None:
    journal = MemoryJournal()
    rig.server.will("qwen/qwen3-max", fails(404))
    assert (await make_rig(journal=journal).ask()).degraded
    again = await make_rig(journal=journal, forked_from=["run-1"]).ask(run_id="run-2")
    assert (again.call.replayed, again.degraded) == (False, False)
