"""Circuit breakers that all workers on one PostgreSQL database keep in step: two gateways are two workers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest

from courseai.course.errors import ModelUnavailableError
from courseai.models.call import Outcome
from courseai.models.provider import openrouter
from courseai.store.database import Database, StoreLocation, at_url
from courseai.store.seal import Seal
from courseai.store.shared_breaker_board import SharedBoard
from tests.models.conftest import GOOD, KEY, Hangs, Holds, Rig, RigMaker, fails, says

QWEN, OSS = "qwen/qwen3-max", "openai/gpt-oss-120b"
Workers = Callable[..., tuple[Rig, Rig]]


@pytest.fixture
def board(postgresql_place: StoreLocation, open_place: Callable[[StoreLocation], Database]) -> SharedBoard:
    """An empty one."""
    return SharedBoard(open_place(postgresql_place))


@pytest.fixture
def make_workers(board: SharedBoard, make_rig: RigMaker) -> Workers:
    """Makes two that open at the first failure and try once."""

    def make(**policy: float) -> tuple[Rig, Rig]:
        chosen = {"breaker_failures": 1, "attempts": 1} | policy
        return make_rig(breaker_board=board, **chosen), make_rig(breaker_board=board, **chosen)

    return make


async def ask_again(rig: Rig, subject: str) -> bool:
    """A second later: whether the model itself answers."""
    rig.clock.now += 1
    return not (await rig.ask(subject=subject)).degraded


async def test_within_a_second_no_worker_asks_a_model_that_another_one_found_down(
    make_workers: Workers,
) -> None:
    one, other = make_workers(breaker_failures=3, attempts=4, jitter=0)
    await ask_again(other, "s0")
    one.server.will(QWEN, *[fails(503)] * 4)
    assert (await one.ask(subject="s1")).degraded
    one.server.requests.clear()
    assert not await ask_again(other, "s2")
    assert one.server.asked() == [OSS]
    assert [(change.state, change.reason, change.adopted) for change in other.changes] == [
        ("open", "server_error", True)
    ]


async def test_one_probe_goes_over_all_workers_and_its_answer_closes_all_breakers(
    make_workers: Workers,
) -> None:
    one, other = make_workers(breaker_cooldown_s=0)
    probe = Holds(says(GOOD))
    one.server.will(QWEN, fails(503), probe)
    await one.ask(subject="s1")
    probing = asyncio.create_task(one.ask(subject="s2"))
    await asyncio.to_thread(probe.reached.wait)
    assert not await ask_again(other, "s3")
    probe.let_go.set()
    assert not (await probing).degraded
    assert await ask_again(other, "s4")
    assert one.server.asked() == [QWEN, OSS, QWEN, OSS, QWEN]
    assert [change.state for change in other.changes] == ["half_open", "closed"]


async def test_while_the_cooldown_runs_in_the_database_no_worker_probes(make_workers: Workers) -> None:
    one, other = make_workers()
    one.server.will(QWEN, fails(503))
    await one.ask(subject="s1")
    one.server.requests.clear()
    for rig in (one, other):
        rig.clock.now += 60  # Its own clock runs ahead.
        assert not await ask_again(rig, f"s{rig.clock.now}")
    assert one.server.asked() == [OSS, OSS]


async def test_a_probe_that_fails_opens_it_for_all_workers_anew(
    make_workers: Workers, board: SharedBoard
) -> None:
    one, other = make_workers(breaker_cooldown_s=0)
    one.server.will(QWEN, fails(503), fails(429))
    await one.ask(subject="s1")
    await ask_again(other, "s2")
    notice = (await board.read("OpenRouter"))[QWEN]
    assert (notice.state, notice.reason, notice.number) == ("open", "rate_limited", 3)


async def test_a_cancelled_probe_is_left_to_another_worker(make_workers: Workers) -> None:
    one, other = make_workers(breaker_cooldown_s=0)
    hang = Hangs()
    one.server.will(QWEN, fails(503), hang)
    await one.ask(subject="s1")
    probe = asyncio.create_task(one.ask(subject="s2"))
    await asyncio.to_thread(hang.reached.wait)
    assert not await ask_again(other, "s3")
    probe.cancel()
    await asyncio.wait([probe])
    assert await ask_again(other, "s4")


async def test_the_probe_of_a_worker_that_died_can_be_had_again(board: SharedBoard) -> None:
    await board.post_open("p", "m", Outcome.TIMEOUT)
    assert await board.claim_probe("p", "m", cooldown_s=0, probe_s=0)
    assert (await board.read("p"))["m"].state == "open"
    assert await board.claim_probe("p", "m", cooldown_s=0, probe_s=60)
    assert (await board.read("p"))["m"].state == "half_open"
    assert not await board.claim_probe("p", "m", cooldown_s=0, probe_s=60)


async def test_a_worker_without_a_network_stops_no_other(make_rig: RigMaker, board: SharedBoard) -> None:
    cut_off = replace(openrouter(KEY), base_url="http://127.0.0.1:1/v1")
    lonely = make_rig(cut_off, breaker_board=board, breaker_failures=1, attempts=1)
    healthy = make_rig(breaker_board=board)
    with pytest.raises(ModelUnavailableError):
        await lonely.ask()
    assert {change.state.value for change in lonely.changes} == {"open"}
    assert await ask_again(healthy, "s2")


async def test_nor_does_its_probe_keep_the_others_out(make_rig: RigMaker, board: SharedBoard) -> None:
    await board.post_open("OpenRouter", QWEN, Outcome.SERVER_ERROR)
    cut_off = replace(openrouter(KEY), base_url="http://127.0.0.1:1/v1")
    policy = {"breaker_failures": 1, "attempts": 1, "breaker_cooldown_s": 0}
    lonely, healthy = (
        make_rig(cut_off, breaker_board=board, **policy),
        make_rig(breaker_board=board, **policy),
    )
    with pytest.raises(ModelUnavailableError):
        await lonely.ask()
    assert await ask_again(healthy, "s2")


async def test_without_the_database_breakers_work_alone_and_say_so_once(
    make_rig: RigMaker, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = Database(at_url("postgresql://courseai:secret@127.0.0.1:1/none"), Seal())
    rig = make_rig(breaker_board=SharedBoard(nowhere), breaker_failures=1, attempts=1)
    rig.server.will(QWEN, fails(503))
    assert not await ask_again(rig, "s1")
    rig.clock.now += 58
    assert not await ask_again(rig, "s2")
    assert await ask_again(rig, "s3")
    assert [change.state for change in rig.changes] == ["open", "half_open", "closed"]
    assert len([one for one in caplog.records if "not shared with other workers" in one.message]) == 1
    assert "secret" not in caplog.text
    await nowhere.aclose()


async def test_a_call_does_not_wait_for_a_database_that_stands_still(
    make_workers: Workers, postgres_url: str
) -> None:
    rig, _ = make_workers()
    with psycopg.connect(postgres_url) as other:
        other.execute("LOCK TABLE provider_breaker")
        assert not (await rig.ask()).degraded
