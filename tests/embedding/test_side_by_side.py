"""Many graphs and many runs in one process: own services, own settings, nothing shared unless it is given."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from langgraph.checkpoint.memory import InMemorySaver

from courseai.course.policy import default_policy
from courseai.graph import CourseInput, RunContext, build_graph, make_services
from courseai.models.gateway import Gateway
from courseai.models.provider import offline
from courseai.models.tiers import load_tiers
from courseai.quality.alignment import AlignmentScorer
from tests.embedding.conftest import STRICT
from tests.graph.conftest import PLANNED, Author, changed_policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from courseai.models.breaker import BreakerChange
    from courseai.models.call import Call
    from courseai.quality.embeddings import Embedder, Vectors
    from tests.graph.conftest import Json, Pipeline, PipelineMaker


class OneDirection:
    """An embedding model of one's own, to which all texts are the same."""

    name = "one direction"
    weights_sha256 = "0" * 64

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += len(texts)
        return np.ones((len(texts), 1), dtype=np.float32)


async def test_two_policies_live_side_by_side(make_pipeline: PipelineMaker, document: Json) -> None:
    strict = make_pipeline(policy=changed_policy(alignment=STRICT))
    shipped = make_pipeline()

    first, second = await asyncio.gather(strict.run(document), shipped.run(document))

    assert first.lesson_ids == second.lesson_ids == PLANNED
    assert first.flags
    assert not second.flags
    assert first.report["policy"]["fingerprint"] != second.report["policy"]["fingerprint"]


async def test_two_providers_and_two_embedding_models_live_side_by_side(
    embedder: Embedder, document: Json
) -> None:
    authors, own = (Author(), Author()), OneDirection()
    services = [
        make_services(offline(authors[0]), embedder=embedder),
        make_services(replace(offline(authors[1]), name="other", label="other"), embedder=own),
    ]

    shipped, other = await asyncio.gather(
        *(build_graph(each).ainvoke(CourseInput(analysis_result=document)) for each in services)
    )

    assert (shipped["course"]["author"], other["course"]["author"]) == ("offline author", "other")
    assert all(author.asked for author in authors)
    assert own.encoded > 0
    # The shipped calibration holds for the shipped model only: nothing is made of other cosines.
    assert shipped["report"]["quality"]["unverified_lessons"] == 0
    assert other["report"]["quality"]["unverified_lessons"] == len(PLANNED)


async def test_a_gateway_of_ones_own_is_asked_for_everything(embedder: Embedder, document: Json) -> None:
    author = Author()

    class CountingGateway(Gateway):
        requests = 0

        async def complete(self, request: Any) -> Any:
            self.requests += 1
            return await super().complete(request)

    gateway = CountingGateway(offline(author), load_tiers(), default_policy().availability)
    services = replace(make_services(offline(author), embedder=embedder), gateway=gateway)

    result = await build_graph(services).ainvoke(CourseInput(analysis_result=document))

    assert gateway.requests == len(author.asked) == len(result["report"]["calls"])


async def test_hooks_get_every_call_and_every_change_of_a_breaker(embedder: Embedder, document: Json) -> None:
    calls: list[Call] = []
    changes: list[BreakerChange] = []
    services = make_services(
        offline(Author()), embedder=embedder, on_call=[calls.append], on_breaker=[changes.append]
    )

    result = await build_graph(services).ainvoke(CourseInput(analysis_result=document))

    assert [call.call_id for call in calls] == [call["call_id"] for call in result["report"]["calls"]]
    assert changes == []


async def test_services_that_are_made_twice_share_nothing() -> None:
    first, second = make_services(offline(Author())), make_services(offline(Author()))

    assert first.gateway is not second.gateway
    assert first.gateway.journal is not second.gateway.journal
    assert first.embedder is not second.embedder
    assert first.drafts is not second.drafts


async def test_an_alignment_scorer_uses_the_embedder_that_it_was_given() -> None:
    own = OneDirection()
    services = make_services(offline(Author()), embedder=own)

    assert services.embedder is own
    assert isinstance(services.alignment, AlignmentScorer)


async def test_many_runs_share_one_graph(pipeline: Pipeline, document: Json) -> None:
    outcomes = await asyncio.gather(*(pipeline.run(document) for _ in range(3)))

    assert [outcome.lesson_ids for outcome in outcomes] == [PLANNED] * 3
    assert len({outcome.state["run_id"] for outcome in outcomes}) == 3
    assert len({len(outcome.report["calls"]) for outcome in outcomes}) == 1


async def test_the_result_holds_what_a_caller_needs_and_no_more(pipeline: Pipeline, document: Json) -> None:
    result = await pipeline.graph.ainvoke(CourseInput(analysis_result=document))

    assert set(result) == {"run_id", "status", "problems", "course", "report"}


async def test_a_checkpointer_of_ones_own_keeps_the_run(make_pipeline: PipelineMaker, document: Json) -> None:
    saver = InMemorySaver()
    course = make_pipeline(checkpointer=saver)

    await course.graph.ainvoke(
        CourseInput(analysis_result=document), {"configurable": {"thread_id": "mine"}}, context=RunContext()
    )

    assert saver.get_tuple({"configurable": {"thread_id": "mine"}})
