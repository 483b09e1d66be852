"""One model fails: what is retried, what is not, and what stands in the record."""

from __future__ import annotations

import asyncio
import gzip
import logging
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from courseai.course.errors import ModelUnavailableError
from courseai.models.call import Answer, Outcome
from tests.models.conftest import (
    GOOD,
    KEY,
    Hangs,
    breaks_off,
    fails,
    floods,
    refuses_schema,
    says,
    sends,
)

if TYPE_CHECKING:
    from tests.models.conftest import Behaviour, Rig, RigMaker

MODEL = "qwen/qwen3-max"
FALLBACK = "openai/gpt-oss-120b"

TRANSIENT = {
    "429": (fails(429), Outcome.RATE_LIMITED),
    "408": (fails(408), Outcome.TIMEOUT),
    "500": (fails(500), Outcome.SERVER_ERROR),
    "503": (fails(503), Outcome.SERVER_ERROR),
    "reset": (breaks_off, Outcome.CONNECTION_ERROR),
    "upstream error under 200": (sends(b'{"error": {"code": 502, "message": "up"}}'), Outcome.SERVER_ERROR),
    "broken off": (says("half", finish="error"), Outcome.SERVER_ERROR),
}
REFUSED = {
    "403": (fails(403), Outcome.FORBIDDEN),
    "413": (fails(413), Outcome.BAD_REQUEST),
    "404": (fails(404), Outcome.BAD_REQUEST),
    "redirect": (fails(307, location="http://127.0.0.1:1/"), Outcome.BAD_RESPONSE),
    "HTML": (sends(b"<html>hello</html>", "text/html"), Outcome.BAD_RESPONSE),
    "HTML as JSON": (sends(b"<html>hello</html>"), Outcome.BAD_RESPONSE),
    "not UTF-8": (sends(b'{"id": "\xff\xfe"}'), Outcome.BAD_RESPONSE),
    "empty body": (sends(b""), Outcome.BAD_RESPONSE),
    "other JSON": (sends(b"[1, 2]"), Outcome.BAD_RESPONSE),
    "no choices": (sends(b'{"id": "1", "choices": []}'), Outcome.BAD_RESPONSE),
    "null choices": (sends(b'{"id": "1", "choices": null}'), Outcome.BAD_RESPONSE),
    "choices of nothing": (sends(b'{"id": "1", "choices": [null]}'), Outcome.BAD_RESPONSE),
    "deep nesting": (sends(b'{"id": ' * 100_000), Outcome.BAD_RESPONSE),
    "odd usage": (says(GOOD, usage={"prompt_tokens": "many", "completion_tokens": []}), Outcome.BAD_RESPONSE),
    "flood": (floods, Outcome.BAD_RESPONSE),
    "compressed": (sends(gzip.compress(b"{}"), content_encoding="gzip"), Outcome.BAD_RESPONSE),
}
CHAOTIC = ("403", "404", "HTML", "not UTF-8", "no choices", "compressed")


@pytest.mark.parametrize(("behaviour", "outcome"), TRANSIENT.values(), ids=TRANSIENT)
async def test_a_passing_failure_is_retried_on_the_same_model(
    rig: Rig, behaviour: Behaviour, outcome: Outcome
) -> None:
    rig.server.will(MODEL, behaviour)
    answer = await rig.ask()
    assert answer.value is not None
    assert rig.server.asked() == [MODEL, MODEL]
    assert rig.outcomes() == [outcome, "ok"]


@pytest.mark.parametrize(("behaviour", "outcome"), REFUSED.values(), ids=REFUSED)
async def test_a_lasting_failure_goes_to_the_fallback_at_once(
    rig: Rig, behaviour: Behaviour, outcome: Outcome
) -> None:
    rig.server.will(MODEL, behaviour)
    answer = await rig.ask()
    assert answer.degraded
    assert rig.server.asked() == [MODEL, FALLBACK]
    assert rig.outcomes() == [outcome, "ok"]
    assert rig.clock.slept == []


async def test_a_model_that_hangs_times_out_and_is_tried_again(make_rig: RigMaker) -> None:
    rig = make_rig(timeout_s=1.5)
    rig.server.will(MODEL, Hangs())
    await rig.ask()
    assert rig.outcomes() == ["timeout", "ok"]


async def test_a_server_that_is_not_there_is_a_connection_error(make_rig: RigMaker, rig: Rig) -> None:
    absent = make_rig(replace(rig.gateway.provider, base_url="http://127.0.0.1:9/v1"), attempts=1)
    with pytest.raises(ModelUnavailableError, match="Check that the server runs"):
        await absent.ask()
    assert set(absent.outcomes()) == {"connection_error"}


async def test_waits_grow_as_the_policy_says(make_rig: RigMaker) -> None:
    rig = make_rig(jitter=0)
    rig.server.will(MODEL, fails(503), fails(503), fails(503))
    await rig.ask()
    assert rig.clock.slept == [1, 2, 4]


async def test_jitter_only_ever_adds(make_rig: RigMaker) -> None:
    rig = make_rig(jitter=0.5)
    rig.server.will(MODEL, fails(503))
    await rig.ask()
    assert 1 <= rig.clock.slept[0] <= 1.5


async def test_retry_after_in_seconds_is_honoured(make_rig: RigMaker) -> None:
    rig = make_rig(jitter=0)
    rig.server.will(MODEL, fails(429, retry_after="17"))
    await rig.ask()
    assert rig.clock.slept == [17]


async def test_a_retry_after_beyond_the_policy_goes_to_the_fallback(make_rig: RigMaker) -> None:
    rig = make_rig(max_wait_s=60)
    rig.server.will(MODEL, fails(429, retry_after="61"))
    answer = await rig.ask()
    assert answer.degraded
    assert rig.clock.slept == []


async def test_every_try_is_in_the_ledger_and_numbered(rig: Rig) -> None:
    rig.server.will(MODEL, fails(500), fails(429), breaks_off, says("no JSON"))
    answer = await rig.ask()
    assert rig.outcomes() == ["server_error", "rate_limited", "connection_error", "schema_failure"]
    assert [call.transport_attempt for call in rig.calls] == [1, 2, 3, 4]
    assert [call.cost_usd is None for call in rig.calls] == [True, True, True, False]
    assert await rig.gateway.journal.calls("run-1") == rig.calls
    assert answer.call == rig.calls[-1]


async def test_nobody_but_the_gateway_retries(make_rig: RigMaker) -> None:
    rig = make_rig(attempts=1)
    rig.server.will(MODEL, fails(500), always=True)
    await rig.ask()
    assert rig.server.asked() == [MODEL, FALLBACK]


async def test_a_server_without_response_format_is_asked_in_words(rig: Rig) -> None:
    rig.server.will(MODEL, refuses_schema, always=True)
    answer = await rig.ask()
    assert not answer.degraded
    assert rig.outcomes() == ["bad_request", "ok"]
    assert "JSON Schema" in rig.server.requests[1]["messages"][0]["content"]


async def test_and_is_not_asked_for_it_again(rig: Rig) -> None:
    rig.server.will(MODEL, refuses_schema, always=True)
    await rig.ask(subject="s1")
    await rig.ask(subject="s2")
    assert rig.outcomes() == ["bad_request", "ok", "ok"]


async def test_a_request_that_is_bad_either_way_goes_to_the_fallback(rig: Rig) -> None:
    rig.server.will(MODEL, fails(400), fails(400))
    answer = await rig.ask()
    assert answer.degraded
    assert rig.server.asked() == [MODEL, MODEL, FALLBACK]


async def test_the_servers_reason_for_a_bad_request_is_kept_short_and_without_the_key(rig: Rig) -> None:
    rig.server.will(MODEL, fails(404, f"key {KEY}\nknows no such model" + "x" * 500))
    await rig.ask()
    assert rig.calls[0].detail.startswith("HTTP 404: key [key] knows")
    assert len(rig.calls[0].detail) < 200


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 429, 500])
async def test_the_key_is_in_no_record_log_or_error(
    make_rig: RigMaker, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    rig = make_rig(attempts=1)
    for model in (MODEL, FALLBACK, "google/gemini-2.5-flash"):
        rig.server.will(model, fails(status, f"the key was {KEY}"), always=True)
    with pytest.raises(ModelUnavailableError) as caught:
        await rig.ask()
    assert KEY not in str(caught.value)
    assert KEY not in repr(rig.calls)
    assert KEY not in caplog.text


@pytest.mark.parametrize("seed", range(3))
async def test_a_server_in_chaos_gets_every_request_answered_or_refused_and_every_try_recorded(
    make_rig: RigMaker, seed: int
) -> None:
    rig = make_rig(breaker_failures=3)
    chance = random.Random(seed)
    kinds = [each for each, _ in (TRANSIENT | {name: REFUSED[name] for name in CHAOTIC}).values()]
    for model in (MODEL, FALLBACK, "google/gemini-2.5-flash"):
        rig.server.will(model, *chance.choices([*kinds, says(GOOD), says("no JSON")], k=40))
    asked = (rig.ask(subject=f"s{number}") for number in range(12))
    ended = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(end, Answer | ModelUnavailableError) for end in ended)
    assert len(rig.calls) == len(rig.server.requests)


async def test_cancelling_passes_through_and_leaves_the_request_in_flight(rig: Rig) -> None:
    hang = Hangs()
    rig.server.will(MODEL, hang)
    task = asyncio.create_task(rig.ask())
    await asyncio.to_thread(hang.reached.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert rig.calls == []
    assert len(await rig.gateway.journal.in_flight("run-1")) == 1
