"""Real runs in which everything happens that monitoring knows of, told to one watcher."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from courseai.course.errors import BudgetExceededError
from courseai.graph import CourseInput, RunContext, build_graph, make_services
from courseai.models.journal import MemoryJournal
from courseai.models.offline import OfflineSettings, create_app
from courseai.models.provider import offline
from courseai.models.rate_limit import RateLimits
from courseai.ops.watch import Watcher, hooks_of
from tests.graph.conftest import SAMPLE, changed_policy, shortened
from tests.graph.reviewing import STRICT, answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.runnables import RunnableConfig
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from courseai.course.policy import Policy
    from courseai.models.provider import Provider
    from courseai.quality.embeddings import Embedder

AT_ONCE = {"backoff_s": [0, 0, 0], "jitter": 0}
"""No waiting between two tries."""
TROUBLED = {
    "openai/gpt-oss-20b": {"off_topic_share": 1.0},
    "qwen/qwen3-max": {"missing_field_share": 0.4},
    "openai/gpt-oss-120b": {
        "broken_json_share": 0.7,
        "status_faults": [{"status": 429, "share": 0.2}],
    },
}
OUTAGE = {"openai/gpt-oss-20b": {"status_faults": [{"status": 503, "share": 1.0}]}}


class Rewriting:
    """An author each of whose answers is changed before it is sent."""

    def __init__(self, app: ASGIApp, change: Callable[[dict[str, Any]], None]) -> None:
        self._app = app
        self._change = change

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: dict[str, Any] = {}

        async def send_changed(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            answer = json.loads(message["body"])
            self._change(answer)
            body = json.dumps(answer).encode()
            length = [(b"content-length", str(len(body)).encode())]
            headers = [header for header in start["headers"] if header[0] != b"content-length"]
            await send({**start, "headers": headers + length})
            await send({**message, "body": body})

        await self._app(scope, receive, send_changed)


def cached(answer: dict[str, Any]) -> None:
    """The provider had part of the prompt in its cache, and says so."""
    answer["usage"]["prompt_tokens_details"] = {"cached_tokens": 64}


def dear(answer: dict[str, Any]) -> None:
    """The provider says that the call cost two cents."""
    answer["usage"]["cost"] = 0.02


class Stage:
    """Makes runs of the small course that one watcher is told of."""

    def __init__(self, watcher: Watcher, embedder: Embedder) -> None:
        self._hooks = hooks_of([watcher])
        self._embedder = embedder
        self.document = shortened(json.loads(SAMPLE.read_bytes()))

    async def run(
        self,
        thread: str,
        faults: dict[str, Any] | None = None,
        *,
        provider: Provider | None = None,
        policy: Policy | None = None,
        then: Command[Any] | None = None,
        journal: MemoryJournal | None = None,
        **context: Any,
    ) -> dict[str, Any]:
        """The state of one course, after `then` has answered what it asks a person."""
        author = create_app(OfflineSettings.model_validate({"models": faults or {}}))
        services = make_services(
            provider or offline(author),
            policy=policy or changed_policy(availability=AT_ONCE),
            embedder=self._embedder,
            journal=journal,
            **self._hooks,
        )
        graph = build_graph(services, InMemorySaver())
        try:
            place: RunnableConfig = {"configurable": {"thread_id": thread}}
            given = CourseInput(analysis_result=self.document)
            state = await graph.ainvoke(given, place, context=RunContext(**context))
            return state if then is None else await graph.ainvoke(then, place)
        finally:
            await services.aclose()


async def everything(watcher: Watcher, embedder: Embedder) -> None:
    """Trouble with models, a person's decision, a budget that ends, answers read again, prices unknown."""
    stage = Stage(watcher, embedder)
    await stage.run("troubled", TROUBLED)
    doubting = changed_policy(alignment=STRICT, judge={"accept": 1.0, "fail_below": 0.1})
    await stage.run("asked", policy=doubting, then=Command(resume=answer()), review="ask")
    journal = MemoryJournal()
    for _ in range(2):
        await stage.run("replayed", journal=journal)
    await stage.run("moved", budget_usd=0.0045)
    poor = changed_policy(budget={"cheaper_tier": []}, output={"metadata_tokens": 1000})
    with pytest.raises(BudgetExceededError):
        await stage.run("stopped", policy=poor, budget_usd=0.0037)
    caching = replace(
        offline(Rewriting(create_app(), cached)),
        name="a server",
        charges_list_price=False,
        rate_limits=RateLimits(requests=100_000),
    )
    await stage.run("unpriced", provider=caching)
    await stage.run("dear", provider=offline(Rewriting(create_app(), dear)))
    await stage.run("outage", OUTAGE)
