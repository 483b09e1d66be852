"""The whole pipeline against a model server on loopback that fails in every way there is."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from courseai.course.policy import Policy
from courseai.graph import RunContext, Services, build_graph, make_services
from courseai.models.offline import OfflineSettings, create_app
from courseai.models.provider import openrouter
from courseai.models.routing import most_requests
from courseai.models.tiers import load_tiers
from courseai.quality.embeddings import Embedder
from tests.graph.conftest import LESSONS, Json, changed_policy

RUN_ID = "run-1"
CHEAP, MIDDLE = "openai/gpt-oss-20b", "openai/gpt-oss-120b"
KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"
PATIENT = {"backoff_s": [0.01], "timeout_s": 10, "breaker_failures": 1000, "breaker_cooldown_s": 0.05}
"""Waits too short to slow a test down, and breakers that do not depend on the order of answers."""


@dataclass
class Server:
    """The offline author behind a socket, and what reached it."""

    app: ASGIApp
    url: str = ""
    models: list[str] = field(default_factory=list)
    """The model of every request, in the order in which they came."""
    in_flight: int = 0
    most_in_flight: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a request and pass it on."""
        body = await Request(scope, receive).body()
        self.models.append(json.loads(body)["model"])
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        try:
            await self.app(scope, again, send)
        finally:
            self.in_flight -= 1


@dataclass(frozen=True)
class Run:
    """A finished run, and the server that it talked to."""

    course: Json
    report: Json
    server: Server
    unfinished_calls: int
    policy: Policy

    @property
    def outcomes(self) -> set[str]:
        """How calls ended."""
        return {call["outcome"] for call in self.report["calls"]}

    @property
    def decisions(self) -> list[tuple[str, str, str]]:
        """Section, action and reason of every decision on a draft."""
        return [
            (section["section_id"], draft["decision"]["action"], draft["decision"]["reason"])
            for section in self.report["sections"]
            for draft in section["drafts"]
        ]

    def section(self, section_id: str) -> Json:
        """The report's entry of one section."""
        found: Json = next(s for s in self.report["sections"] if s["section_id"] == section_id)
        return found

    def assert_nothing_is_lost(self) -> None:
        """Every section is there, accepted or flagged, and every request is in the ledger."""
        sections = {section["section_id"]: section for section in self.report["sections"]}
        assert set(sections) == set(LESSONS)
        flagged = {flag["item_id"] for flag in self.report["flags"]}
        for section_id, section in sections.items():
            assert section["status"] == "accepted" or f"section:{section_id}" in flagged
            if section["status"] != "flagged":
                assert len(section["lesson_numbers"]) == LESSONS[section_id]
            self._assert_bounded(section)
        calls = self.report["calls"]
        served = Counter(self.server.models)
        recorded = Counter(call["model_requested"] for call in calls)
        assert served <= recorded
        # On a busy machine a call can time out before the server has seen it.
        unanswered = [call for call in calls if call["outcome"] in ("timeout", "connection_error")]
        assert (recorded - served).total() <= len(unanswered)
        assert self.unfinished_calls == 0
        known = [call["cost_usd"] for call in calls if call["cost_usd"] is not None]
        totals = self.report["totals"]
        assert totals["cost_usd"] == pytest.approx(sum(known))
        assert totals["calls_of_unknown_cost"] == len(calls) - len(known)
        assert all(call["cost_usd"] for call in calls if call["tokens_out"])

    def _assert_bounded(self, section: Json) -> None:
        """No more was asked for a section than its ladder has, and nothing after it was decided on.

        A section that was filled went through the ladder once more, from its top.
        """
        own = [call for call in self.report["calls"] if call["subject"] == section["section_id"]]
        requests = Counter((call["purpose"], call["attempt"]) for call in own)
        decided = sum(draft.get("samples", 1) for draft in section["drafts"])
        assert sum(purpose in ("draft", "sample", "fill") for purpose, _ in requests) <= decided
        passes = 1 + any(purpose == "fill" for purpose, _ in requests)
        assert decided <= passes * most_requests(self.policy)
        tries = self.policy.availability.attempts * len(load_tiers().by_name)
        assert all(count <= tries for count in requests.values())
        ended = [draft["decision"]["action"] not in ("retry", "escalate") for draft in section["drafts"]]
        assert sum(ended) == passes
        assert ended[-1]


@contextmanager
def served(settings: OfflineSettings) -> Iterator[Server]:
    """The offline author on a free port of this machine."""
    server = Server(create_app(settings, served=True))
    config = uvicorn.Config(server, port=0, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    process = uvicorn.Server(config)
    thread = threading.Thread(target=process.run, daemon=True)
    thread.start()
    while not process.started:
        time.sleep(0.01)
    server.url = f"http://127.0.0.1:{process.servers[0].sockets[0].getsockname()[1]}/v1"
    yield server
    process.should_exit = True
    thread.join()


Runner = Callable[..., Any]


@pytest.fixture
async def run(embedder: Embedder, document: Json) -> AsyncIterator[Runner]:
    """Make the small course with a server whose models have these faults, "*" for every model."""
    made: list[Services] = []

    async def go(
        faults: dict[str, Json], seed: int = 0, availability: Json | None = None, **blocks: Json
    ) -> Run:
        policy: Policy = changed_policy(
            availability=PATIENT | (availability or {}), course={"min_lessons": 1}, **blocks
        )
        with served(OfflineSettings.model_validate({"models": faults})) as server:
            provider = replace(openrouter(KEY), base_url=server.url)
            services = make_services(provider, policy=policy, embedder=embedder)
            made.append(services)
            given: Any = {"analysis_result": document}
            state = await build_graph(services).ainvoke(
                given,
                {"configurable": {"thread_id": RUN_ID}},
                context=RunContext(seed=seed),
            )
        assert state["status"] == "finished"
        unfinished = await services.gateway.journal.in_flight(RUN_ID)
        return Run(state["course"], state["report"], server, len(unfinished), policy)

    yield go
    for services in made:
        await services.aclose()


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"status_faults": [{"status": 429, "share": 1, "retry_after_s": 0.02}]}, "rate_limited"),
        ({"status_faults": [{"status": 500, "share": 1}]}, "server_error"),
        ({"status_faults": [{"status": 503, "share": 1}]}, "server_error"),
        ({"disconnect_share": 1}, "connection_error"),
        ({"hang_share": 1, "hang_s": 30}, "timeout"),
    ],
    ids=["429", "500", "503", "closed connections", "no answer"],
)
async def test_a_fallback_stands_in_for_a_model_that_only_gives(
    run: Runner, fault: Json, outcome: str
) -> None:
    result = await run({CHEAP: fault}, availability={"timeout_s": 1, "attempts": 2})

    assert result.outcomes == {"ok", outcome}
    assert [d[1] for d in result.decisions] == ["accept"] * len(LESSONS)
    assert result.section("s1")["degraded"]
    result.assert_nothing_is_lost()


async def test_no_stand_in_judges_what_its_model_wrote(run: Runner) -> None:
    away = {"status_faults": [{"status": 500, "share": 1}]}
    every_lesson = {"accept": 1.0, "accept_with_flag": 0.0, "borderline": 0.0}

    result = await run({CHEAP: away, MIDDLE: away}, availability={"attempts": 1}, alignment=every_lesson)

    assert {result.section(section_id)["tier"] for section_id in LESSONS} == {"gemini_flash"}
    assert {verdict["method"] for verdict in result.report["verdicts"]} == {"qwen3_max"}


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"broken_json_share": 1}, "schema_failure"),
        ({"missing_field_share": 1}, "schema_failure"),
        ({"truncated_share": 1}, "truncated"),
    ],
    ids=["broken JSON", "missing fields", "truncated answers"],
)
async def test_the_next_tier_writes_what_came_as(run: Runner, fault: Json, outcome: str) -> None:
    result = await run({CHEAP: fault})

    assert result.outcomes == {"ok", outcome}
    assert [d for d in result.decisions if d[0] == "s1"] == [
        ("s1", "escalate", "schema_failure"),
        ("s1", "accept", "aligned"),
    ]
    result.assert_nothing_is_lost()


async def test_off_topic_text_is_tried_again_and_then_written_by_the_next_tier(run: Runner) -> None:
    result = await run({CHEAP: {"off_topic_share": 1}})

    assert [d for d in result.decisions if d[0] == "s1"] == [
        ("s1", "retry", "low_alignment"),
        ("s1", "escalate", "low_alignment"),
        ("s1", "accept", "aligned"),
    ]
    result.assert_nothing_is_lost()


@pytest.mark.parametrize("seed", [0, 1])
async def test_course_is_finished_in_spite_of_everything_at_once(run: Runner, seed: int) -> None:
    faults = {
        "status_faults": [
            {"status": 429, "share": 0.1, "retry_after_s": 0.02},
            {"status": 500, "share": 0.1},
        ],
        "hang_share": 0.03,
        "hang_s": 30,
        "disconnect_share": 0.06,
        "broken_json_share": 0.08,
        "missing_field_share": 0.04,
        "truncated_share": 0.04,
        "off_topic_share": 0.15,
    }
    result = await run({"*": faults}, seed=seed, availability={"timeout_s": 1, "breaker_failures": 3})

    result.assert_nothing_is_lost()


async def test_no_more_calls_are_in_flight_than_the_policy_allows(run: Runner) -> None:
    faults = {"latency": {"median_s": 0.2}, "status_faults": [{"status": 500, "share": 0.2}]}
    samples = {"mode": "on", "tiers": ["oss_20b", "oss_120b"], "min_complexity": 1}
    result = await run({"*": faults}, availability={"concurrency": 3}, consistency=samples)

    assert len(result.server.models) > 3
    assert result.server.most_in_flight == 3
    result.assert_nothing_is_lost()


async def test_same_seed_gives_the_same_course_whatever_the_latency(run: Runner) -> None:
    faults = {
        "off_topic_share": 0.2,
        "broken_json_share": 0.2,
        "status_faults": [{"status": 500, "share": 0.2}],
    }
    at_once = await run({"*": faults})
    late = await run({"*": faults | {"latency": {"median_s": 0.05, "sigma": 1.5}}})

    assert late.decisions == at_once.decisions
    assert late.course == at_once.course
    assert late.report["verdicts"] == at_once.report["verdicts"]
    assert late.report["totals"]["cost_usd"] == at_once.report["totals"]["cost_usd"]
