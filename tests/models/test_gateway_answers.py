"""What the gateway makes of answers, good and bad."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import Response

from courseai.course.policy import default_policy
from courseai.models.call import Answer, Outcome
from courseai.models.gateway import Gateway
from courseai.models.provider import compatible, openrouter
from courseai.models.tiers import load_tiers
from tests.models.conftest import GOOD, KEY, USAGE, note_request, says, sends

if TYPE_CHECKING:
    from tests.models.conftest import Behaviour, Note, Rig, RigMaker, Server

MODEL = "qwen/qwen3-max"


async def test_a_good_answer_comes_back_as_a_checked_value(rig: Rig) -> None:
    answer = await rig.ask()
    assert answer.value is not None
    assert answer.value.text == "a good answer"
    assert answer.problems == ()
    assert not answer.degraded


async def test_the_request_carries_a_strict_schema_and_the_token_limit(rig: Rig) -> None:
    await rig.ask(seed=7)
    body = rig.server.requests[0]
    assert body["model"] == MODEL
    assert body["max_tokens"] == 500
    assert body["seed"] == 7
    assert body["response_format"]["json_schema"]["strict"] is True
    assert body["response_format"]["json_schema"]["name"] == "note"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


async def test_openrouter_is_asked_for_the_cost(rig: Rig) -> None:
    await rig.ask()
    assert rig.server.requests[0]["usage"] == {"include": True}


async def test_the_providers_own_cost_is_recorded(rig: Rig) -> None:
    rig.server.will(MODEL, says(GOOD, usage=USAGE | {"cost": 0.0123}))
    answer = await rig.ask()
    assert answer.call.cost_usd == 0.0123


async def test_without_it_the_list_price_is(rig: Rig) -> None:
    answer = await rig.ask()
    assert answer.call.cost_usd == pytest.approx(1000 * 0.60e-6 + 100 * 1.80e-6)


@pytest.mark.parametrize("cost", [-1, True, "free"])
async def test_a_cost_that_is_no_amount_is_not_believed(rig: Rig, cost: Any) -> None:
    rig.server.will(MODEL, says(GOOD, usage=USAGE | {"cost": cost}))
    answer = await rig.ask()
    assert answer.call.cost_usd == load_tiers()["qwen3_max"].list_price_usd(1000, 100)


async def test_with_a_key_of_ones_own_the_makers_bill_counts_too(rig: Rig) -> None:
    """OpenRouter's `cost` is then its fee alone."""
    usage = USAGE | {"cost": 0.01, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.02}}
    rig.server.will(MODEL, says(GOOD, usage=usage), says(GOOD, usage=usage | {"is_byok": False}))
    assert [(await rig.ask(subject=name)).call.cost_usd for name in ("s1", "s2")] == [0.03, 0.01]


async def test_counts_of_zero_tokens_are_not_believed(make_rig: RigMaker, rig: Rig) -> None:
    local = make_rig(compatible(rig.server.url))
    rig.server.will(MODEL, says(GOOD, usage={"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}))
    call = (await local.ask()).call
    assert (call.tokens_in, call.tokens_out) == (None, None)
    assert call.charged_usd == call.reserved_usd > 0


async def test_a_local_model_has_no_known_cost(make_rig: RigMaker, rig: Rig) -> None:
    local = make_rig(compatible(rig.server.url, model="llama"))
    answer = await local.ask()
    assert answer.call.cost_usd is None
    assert answer.call.model_requested == "llama"


async def test_cached_tokens_are_recorded(rig: Rig) -> None:
    rig.server.will(MODEL, says(GOOD, usage=USAGE | {"prompt_tokens_details": {"cached_tokens": 800}}))
    answer = await rig.ask()
    assert answer.call.tokens_cached == 800


async def test_missing_usage_leaves_tokens_and_cost_unknown(rig: Rig) -> None:
    body = {"id": "1", "object": "chat.completion", "created": 0, "model": MODEL}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": GOOD}}
    rig.server.will(MODEL, sends(json.dumps(body | {"choices": [choice]}).encode()))
    answer = await rig.ask()
    assert answer.value is not None
    assert (answer.call.tokens_in, answer.call.tokens_out, answer.call.cost_usd) == (None, None, None)


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (says('{"text": "x", "number": '), Outcome.SCHEMA_FAILURE),
        (says('{"text": "x"}'), Outcome.SCHEMA_FAILURE),
        (says("Sorry, I cannot."), Outcome.SCHEMA_FAILURE),
        (says(""), Outcome.SCHEMA_FAILURE),
        (says(None), Outcome.SCHEMA_FAILURE),
        (says('{"text": "cut of', finish="length"), Outcome.TRUNCATED),
    ],
    ids=["broken JSON", "missing field", "prose", "empty", "null", "truncated"],
)
async def test_a_bad_answer_is_an_answer_with_its_cost(
    rig: Rig, behaviour: Behaviour, outcome: Outcome
) -> None:
    rig.server.will(MODEL, behaviour)
    answer = await rig.ask()
    assert answer.value is None
    assert answer.problems
    assert answer.call.outcome is outcome
    assert answer.call.cost_usd == pytest.approx(0.00078)
    assert rig.server.asked() == [MODEL]


async def test_a_complete_object_counts_though_the_model_ran_on_to_the_limit(rig: Rig) -> None:
    rig.server.will(MODEL, says(GOOD + " " * 50, finish="length"))
    answer = await rig.ask()
    assert answer.call.outcome is Outcome.OK


async def test_a_server_may_answer_under_another_model_name(rig: Rig) -> None:
    rig.server.will(MODEL, says(GOOD, model="qwen3-max-2026-01"))
    answer = await rig.ask()
    assert answer.call.model_requested == MODEL
    assert answer.call.model_answered == "qwen3-max-2026-01"


async def test_half_a_surrogate_pair_does_not_reach_the_course(rig: Rig) -> None:
    completion = json.dumps({"text": "a\ud800b", "number": 1}, ensure_ascii=False)
    rig.server.will(MODEL, says(completion.replace("\ud800", "\\ud800")))
    answer = await rig.ask()
    assert answer.call.outcome is Outcome.SCHEMA_FAILURE


async def test_a_replayed_request_is_neither_sent_nor_recorded_again(rig: Rig) -> None:
    first = await rig.ask()
    again = await rig.ask()
    assert again.value == first.value
    assert again.call == replace(first.call, replayed=True)
    assert len(rig.server.requests) == len(rig.calls) == 1


async def test_another_draft_of_the_same_section_is_another_request(rig: Rig) -> None:
    await rig.ask(attempt=1)
    await rig.ask(attempt=2)
    assert len(rig.server.requests) == 2


async def test_the_record_says_who_was_asked_for_what(rig: Rig) -> None:
    call = (await rig.ask()).call
    request = note_request()
    assert (call.run_id, call.phase, call.subject, call.tier) == ("run-1", "sections", "s1", "qwen3_max")
    assert (call.prompt_name, call.prompt_version) == (request.prompt.name, request.prompt.version)
    assert (call.provider, call.attempt, call.transport_attempt) == ("OpenRouter", 1, 1)


async def test_the_key_is_sent_to_the_server_and_written_nowhere(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rig.server.will(MODEL, says("no JSON"))
    await rig.ask()
    assert rig.server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert KEY not in caplog.text
    assert KEY not in repr((rig.calls, rig.gateway.provider, vars(rig.gateway)))


async def test_no_more_calls_are_in_flight_than_the_policy_allows(make_rig: RigMaker) -> None:
    rig = make_rig(concurrency=2)
    crowd = Crowd()
    rig.server.will(MODEL, crowd, always=True)
    await asyncio.gather(*(rig.ask(subject=f"s{number}") for number in range(8)))
    assert crowd.most == 2


class Crowd:
    """A behaviour that counts how many requests it is answering at once."""

    def __init__(self) -> None:
        self.inside = self.most = 0

    async def __call__(self, body: dict[str, Any]) -> Response:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await asyncio.sleep(0.05)
        self.inside -= 1
        return await says(GOOD)(body)


def test_one_gateway_serves_one_event_loop_after_another(served: Server) -> None:
    provider = replace(openrouter(KEY), base_url=served.url)
    gateway = Gateway(provider, load_tiers(), default_policy().availability)

    async def ask(subject: str) -> Answer[Note]:
        answer = await gateway.complete(note_request(subject=subject))
        await gateway.aclose()
        return answer

    assert asyncio.run(ask("s1")).value == asyncio.run(ask("s2")).value
