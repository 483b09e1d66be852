"""A small real input, and the whole pipeline on it with the offline author behind a door that tests watch."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.types import Command
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from courseai.course.errors import WeightsUnavailableError
from courseai.course.policy import Policy, default_policy
from courseai.graph import CourseGraph, RunContext, Services, build_graph, make_services
from courseai.models.draft_store import DraftStore
from courseai.models.journal import Journal
from courseai.models.offline import OfflineSettings, create_app
from courseai.models.offline.completion import Completion
from courseai.models.provider import offline
from courseai.quality.embeddings import Embedder, VectorStore
from courseai.quality.weights import locate_weights

SAMPLE = Path(__file__).parents[2] / "studio" / "samples" / "programming_beginner.json"
BAD_INPUTS = Path(__file__).parents[1] / "data" / "bad_inputs"
LESSONS = {"s1": 4, "s2": 3, "s3": 3}
PLANNED = [f"{section}-l{number}" for section, count in LESSONS.items() for number in range(1, count + 1)]

Json = dict[str, Any]


def shortened(document: Json) -> Json:
    """The first three sections with ten lessons: the least that makes a course."""
    short = deepcopy(document)
    structure = short["recommended_structure"]
    structure |= {"total_lessons": 10, "total_sections": 3, "estimated_content_hours": 4.2}
    structure["sections_breakdown"] = structure["sections_breakdown"][:3]
    for section in structure["sections_breakdown"]:
        section["estimated_lessons"] = LESSONS[section["section_id"]]
        del section["estimated_duration_hours"]
    short["verifiable_facts"] = []
    return short


def changed_policy(**blocks: Json) -> Policy:
    """The shipped policy with some values of some blocks changed."""
    shipped = default_policy().model_dump(mode="json")
    for block, values in blocks.items():
        shipped[block] |= values
    return Policy.model_validate(shipped)


@dataclass(frozen=True)
class Asked:
    """One request as a model server sees it."""

    model: str
    kind: str
    """Name of the schema that was asked for."""
    system: str
    user: str

    @property
    def brief(self) -> Json:
        """The JSON between the delimiters."""
        quoted: Json = json.loads(self.user.partition("<brief>")[2].rpartition("</brief>")[0])
        return quoted

    @property
    def section_id(self) -> str | None:
        """The section that is written, None for metadata and verdicts."""
        section: Json = self.brief.get("section", {})
        return section.get("section_id")

    @classmethod
    def of(cls, body: Json) -> Asked:
        system, user = (message["content"] for message in body["messages"])
        return cls(body["model"], body["response_format"]["json_schema"]["name"], system, user)


Interference = Callable[[Asked], Awaitable[str | Response | None]]
"""The text of the answer, a response in its place, or None."""


async def leave_alone(_asked: Asked) -> str | None:
    """Let the offline author answer."""
    return None


class Author:
    """The offline author. It notes what it is asked; `interfere` may give another answer in its place."""

    def __init__(self, settings: OfflineSettings | None = None) -> None:
        self._app = create_app(settings)
        self.asked: list[Asked] = []
        self.interfere: Interference = leave_alone

    def requests(self, kind: str, section_id: str | None = None) -> list[Asked]:
        """What was asked of one kind, in order."""
        return [a for a in self.asked if a.kind == kind and section_id in (None, a.section_id)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body = await Request(scope, receive).body()
        asked = Asked.of(json.loads(body))
        self.asked.append(asked)
        answer = await self.interfere(asked)
        if answer is not None:
            if isinstance(answer, str):
                completion = Completion("1", asked.model, answer, "stop", prompt_tokens=100)
                answer = JSONResponse(completion.as_object())
            await answer(scope, receive, send)
            return

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)


@dataclass
class Outcome:
    """What a run, or a part of it up to an interrupt, gave."""

    state: Json = field(default_factory=dict)
    events: list[Json] = field(default_factory=list)
    interrupts: list[Any] = field(default_factory=list)

    @property
    def lesson_ids(self) -> list[str]:
        """Lessons of the finished course, in order."""
        sections = self.state["course"]["sections"]
        return [lesson["lesson_id"] for section in sections for lesson in section["lessons"]]

    @property
    def report(self) -> Json:
        report: Json = self.state["report"]
        return report

    @property
    def flags(self) -> dict[str, str]:
        """Reason by flagged item."""
        return {flag["item_id"]: flag["reason"] for flag in self.report["flags"]}

    def section(self, section_id: str) -> Json:
        """The report's entry of one section."""
        return next(entry for entry in self.report["sections"] if entry["section_id"] == section_id)

    def route(self, section_id: str) -> list[tuple[str, str]]:
        """Tier of every draft of a section, and what was decided on it."""
        drafts = self.section(section_id)["drafts"]
        return [(draft["tier"], draft["decision"]["action"]) for draft in drafts]

    def kinds(self, section_id: str | None = None) -> list[str]:
        """Kinds of the events, of one section or of all."""
        return [e["kind"] for e in self.events if section_id in (None, e.get("section_id"))]


@dataclass
class Pipeline:
    """A graph with its services, and what its models were asked."""

    author: Author
    services: Services
    graph: CourseGraph

    async def run(
        self, document: Json, *, language: str | None = None, thread: str | None = None, **context: Any
    ) -> Outcome:
        """Run to the end or to an interrupt; `context` are the run's settings."""
        given = {"analysis_result": document} | ({"language": language} if language else {})
        return await self.drive(given, thread, RunContext(**context))

    async def answer(self, answer: object, thread: str) -> Outcome:
        """Resume a run that waits for a person."""
        return await self.drive(Command(resume=answer), thread)

    async def drive(
        self, given: Any, thread: str | None = None, context: RunContext | None = None
    ) -> Outcome:
        """Stream the graph and collect what it says."""
        outcome = Outcome()
        async for part in self.graph.astream(
            given,
            {"configurable": {"thread_id": thread}} if thread else None,
            context=context,
            stream_mode=["custom", "values"],
            subgraphs=True,
            version="v2",
        ):
            if part["type"] == "custom":
                outcome.events.append(part["data"])
            elif part["type"] == "values" and not part["ns"]:
                outcome.state = dict(part["data"])
                outcome.interrupts = list(part["interrupts"])
        return outcome


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The real model, shared; what it has encoded once lies in the cache folder."""
    try:
        locate_weights()
    except WeightsUnavailableError as missing:
        pytest.skip(str(missing))
    return Embedder(store=VectorStore())


@pytest.fixture
def document() -> Json:
    """A fresh copy of the small input, which has no problems."""
    return shortened(json.loads(SAMPLE.read_bytes()))


@pytest.fixture
def sections(document: Json) -> dict[str, Json]:
    """The sections of `document` by id, to be changed in place."""
    return {s["section_id"]: s for s in document["recommended_structure"]["sections_breakdown"]}


PipelineMaker = Callable[..., Pipeline]


@pytest.fixture
async def make_pipeline(embedder: Embedder) -> AsyncIterator[PipelineMaker]:
    """Make pipelines; `faults` are the offline author's settings by model, "*" for every model.

    `hooks` are those of `make_services`.
    """
    made: list[Services] = []

    def make(
        faults: Mapping[str, Json] | None = None,
        *,
        policy: Policy | None = None,
        checkpointer: BaseCheckpointSaver[Any] | None = None,
        journal: Journal | None = None,
        drafts: DraftStore | None = None,
        **hooks: Any,
    ) -> Pipeline:
        author = Author(OfflineSettings.model_validate({"models": faults or {}}))
        services = make_services(
            offline(author), policy=policy, embedder=embedder, journal=journal, drafts=drafts, **hooks
        )
        made.append(services)
        return Pipeline(author, services, build_graph(services, checkpointer))

    yield make
    for services in made:
        await services.aclose()


@pytest.fixture
def pipeline(make_pipeline: PipelineMaker) -> Pipeline:
    """The pipeline as it ships."""
    return make_pipeline()
