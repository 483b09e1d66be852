"""The course graph in a FastAPI backend (backend.py), over real HTTP."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn

from tests.embedding.backend import create_backend
from tests.embedding.conftest import approval
from tests.graph.conftest import PLANNED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.graph.conftest import Json


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, embedder: object) -> None:  # noqa: ARG001
    """Runs are kept in the test's own folder; `embedder` skips the tests where there are no weights."""
    monkeypatch.setenv("COURSEAI_HOME", str(tmp_path))
    monkeypatch.delenv("COURSEAI_DATABASE_URL", raising=False)


@asynccontextmanager
async def serving() -> AsyncIterator[httpx.AsyncClient]:
    """The backend behind a socket of this machine, and a client of it."""
    server = uvicorn.Server(uvicorn.Config(create_backend(), port=0, log_level="error"))
    work = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        yield client
    server.should_exit = True
    await work


async def start(client: httpx.AsyncClient, document: Json, review: str = "flag") -> str:
    answer = await client.post("/courses", json={"analysis_result": document, "review": review})
    assert answer.status_code == 202
    run_id: str = answer.json()["run_id"]
    return run_id


async def follow(client: httpx.AsyncClient, run_id: str, after: int | None = None) -> list[tuple[int, Json]]:
    """Number and event of everything that is streamed until the work ends."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    async with client.stream("GET", f"/courses/{run_id}/events", headers=headers) as stream:
        text = (await stream.aread()).decode()
    blocks = [
        dict(line.split(": ", 1) for line in block.splitlines()) for block in text.split("\n\n") if block
    ]
    return [(int(block["id"]), json.loads(block["data"])) for block in blocks]


async def standing(client: httpx.AsyncClient, run_id: str) -> Any:
    return (await client.get(f"/courses/{run_id}")).json()


async def test_a_course_is_started_followed_and_fetched(document: Json) -> None:
    async with serving() as client:
        run_id = await start(client, document)
        events = await follow(client, run_id)
        made = await standing(client, run_id)

    kinds = [event["kind"] for _number, event in events]
    assert (kinds[0], kinds[-1]) == ("planned", "finished")
    assert [number for number, _event in events] == list(range(len(events)))
    lessons = [lesson["lesson_id"] for section in made["course"]["sections"] for lesson in section["lessons"]]
    assert (made["status"], lessons) == ("finished", PLANNED)


async def test_a_client_that_lost_its_connection_gets_the_events_that_it_missed(document: Json) -> None:
    async with serving() as client:
        run_id = await start(client, document)
        everything = await follow(client, run_id)
        missed = await follow(client, run_id, after=4)

    assert missed == everything[5:]


async def test_what_waits_is_listed_and_decided_on(risky_document: Json) -> None:
    async with serving() as client:
        run_id = await start(client, risky_document, review="ask")
        await follow(client, run_id)
        (waiting,) = (await client.get("/reviews")).json()
        answer = approval(waiting["review"])
        accepted = await client.post(f"/courses/{run_id}/decisions", json=answer)
        await follow(client, run_id)
        made = await standing(client, run_id)
        left = (await client.get("/reviews")).json()

    assert waiting["run_id"] == run_id
    assert accepted.status_code == 202
    assert (made["status"], made["review"], left) == ("finished", None, [])


async def test_a_run_that_waits_is_decided_on_in_another_process_with_only_its_id(
    risky_document: Json,
) -> None:
    async with serving() as client:
        run_id = await start(client, risky_document, review="ask")
        await follow(client, run_id)
    async with serving() as client:
        answer = approval((await standing(client, run_id))["review"])
        await client.post(f"/courses/{run_id}/decisions", json=answer)
        await follow(client, run_id)
        made = await standing(client, run_id)

    assert made["status"] == "finished"


async def test_a_cancelled_run_stops_and_keeps_what_it_has(document: Json) -> None:
    async with serving() as client:
        run_id = await start(client, document)
        async with client.stream("GET", f"/courses/{run_id}/events") as stream:
            async for line in stream.aiter_lines():
                if "metadata_written" in line:
                    break
        cancelled = await client.delete(f"/courses/{run_id}")
        stopped = await standing(client, run_id)

    assert cancelled.status_code == 204
    assert (stopped["status"], stopped["course"]) == ("stopped", None)


async def test_decisions_nobody_asked_for_and_unknown_runs_are_refused(document: Json) -> None:
    async with serving() as client:
        run_id = await start(client, document)
        await follow(client, run_id)
        early = await client.post(f"/courses/{run_id}/decisions", json={"decisions": []})
        unknown = await client.get("/courses/no-such-run")

    assert (early.status_code, unknown.status_code) == (409, 404)


async def test_two_people_who_answer_at_once_do_not_work_on_the_run_twice(risky_document: Json) -> None:
    async with serving() as client:
        run_id = await start(client, risky_document, review="ask")
        await follow(client, run_id)
        answer = approval((await standing(client, run_id))["review"])
        both = await asyncio.gather(
            *(client.post(f"/courses/{run_id}/decisions", json=answer | {"by": by}) for by in ("Ada", "Bo"))
        )
        await follow(client, run_id)
        made = await standing(client, run_id)

    assert sorted(answered.status_code for answered in both) == [202, 409]
    assert made["status"] == "finished"


async def test_a_question_about_an_unknown_run_leaves_no_trace(document: Json) -> None:
    async with serving() as client:
        run_id = await start(client, document)
        await follow(client, run_id)
        await client.get("/courses/no-such-run/events")
        listed = await client.get("/reviews")

    assert (listed.status_code, listed.json()) == (200, [])


async def test_a_rejected_input_is_told_with_its_problems(document: Json) -> None:
    del document["topic_analysis"]
    async with serving() as client:
        run_id = await start(client, document)
        events = await follow(client, run_id)
        rejected = await standing(client, run_id)

    assert [event["kind"] for _number, event in events] == ["input_rejected"]
    assert "topic_analysis is missing" in events[0][1]["message"]
    assert rejected["status"] == "rejected"
    assert rejected["problems"][0]["pointer"] == "/topic_analysis"
