"""Agent Chat UI and Agent Inbox answer a run of the development server with the very requests that they send.

Read from their sources of November 2026: langchain-ai/agent-chat-ui (thread-actions-view.tsx, utils.ts, the
SDK's useStream) and langchain-ai/agent-inbox (use-interrupted-actions.tsx, ThreadContext.tsx).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.dev_server import DevServer

Json = dict[str, Any]


class Interface:
    """A browser's view of one thread."""

    def __init__(self, web: httpx.AsyncClient, thread: str) -> None:
        self._web = web
        self._thread = thread

    async def state(self) -> Json:
        state: Json = (await self._web.get(f"/threads/{self._thread}/state")).json()
        return state

    async def asked(self) -> list[Json]:
        """The action requests; none once the run is finished."""
        interrupts = (await self.state())["interrupts"]
        requests: list[Json] = interrupts[0]["value"]["action_requests"] if interrupts else []
        return requests

    async def stream(self, **body: Any) -> None:
        """What the SDK's `runs.stream` sends."""
        path = f"/threads/{self._thread}/runs/stream"
        answer = await self._web.post(path, json={"assistant_id": "course"} | body)
        assert answer.is_success
        assert "event: error" not in answer.text


class AgentChat(Interface):
    """`useStream().submit({}, {command})` of Agent Chat UI."""

    async def submit(self, command: Json) -> None:
        head = (await self.state())["checkpoint"]
        await self.stream(
            input={},
            command=command,
            checkpoint={name: value for name, value in head.items() if name != "thread_id"},
            stream_mode=["values", "messages-tuple", "custom"],
            on_disconnect="cancel",
        )

    async def resume(self, decisions: list[Json]) -> None:
        await self.submit({"resume": {"decisions": decisions}})


class AgentInbox(Interface):
    """`sendHumanResponse` of Agent Inbox, for requests of LangChain's shape: it shows the first one."""

    async def respond(self, kind: str, args: Any) -> None:
        decisions = [{"type": kind, "args": args}]
        command = {"resume": {"decisions": decisions}}
        await self.stream(command=command, stream_mode="events")


@pytest.fixture
async def web(server: DevServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, timeout=120) as client:
        yield client


@pytest.fixture
def chat(web: httpx.AsyncClient, waiting: str) -> AgentChat:
    return AgentChat(web, waiting)


@pytest.fixture
def inbox(web: httpx.AsyncClient, waiting: str) -> AgentInbox:
    return AgentInbox(web, waiting)


def retitled(args: Json, title: str) -> Json:
    """The arguments as both send them back after their text box of `content_json` was edited: as text."""
    first, *others = args["content_json"]["lessons"]
    content = {"lessons": [first | {"title": title}, *others]}
    return args | {"content_json": json.dumps(content)}


async def titles(interface: Interface) -> list[str]:
    """Of all lessons of the finished course."""
    course = (await interface.state())["values"]["course"]
    return [lesson["title"] for section in course["sections"] for lesson in section["lessons"]]


class TestAgentChatUI:
    async def test_approve_all(self, chat: AgentChat) -> None:
        await chat.resume([{"type": "approve"} for _ in await chat.asked()])

        assert (await chat.state())["values"]["status"] == "finished"

    async def test_submit_all_with_an_edit_and_a_rejection(self, chat: AgentChat) -> None:
        first, second = await chat.asked()
        edited = {"name": first["name"], "args": retitled(first["args"], "A title of my own")}
        await chat.resume(
            [{"type": "edit", "edited_action": edited}, {"type": "reject", "message": "Wrong audience."}]
        )

        # The course has ten lessons and needs them all, so what was rejected is written anew and comes back.
        (again,) = await chat.asked()
        assert again["args"]["item_id"] == second["args"]["item_id"]
        assert again["args"]["route"][-1]["note"] == "Wrong audience."
        await chat.resume([{"type": "approve"}])
        assert "A title of my own" in await titles(chat)

    async def test_mark_as_resolved_leaves_the_run_waiting(self, chat: AgentChat) -> None:
        before = await chat.asked()

        await chat.submit({"goto": "__end__"})

        assert await chat.asked() == before


class TestAgentInbox:
    async def test_accept_edit_and_response_one_item_after_another(self, inbox: AgentInbox) -> None:
        first, second = await inbox.asked()
        await inbox.respond("approve", {"action": first["name"], "args": first["args"]})
        (left,) = await inbox.asked()
        assert left["args"]["item_id"] == second["args"]["item_id"]

        await inbox.respond("reject", "Shorten the example.")
        (anew,) = await inbox.asked()
        assert anew["args"]["route"][-1] | {"score": None} == {
            "tier": "qwen3_max",
            "step": "reviewer_request",
            "score": None,
            "note": "Shorten the example.",
        }

        args = retitled(anew["args"], "A title of my own")
        await inbox.respond("edit", {"action": anew["name"], "args": args})
        if await inbox.asked():  # the edit is checked like any other text, and may come back
            await inbox.respond("approve", {"action": anew["name"], "args": args})
        assert "A title of my own" in await titles(inbox)

    async def test_ignore_is_a_rejection(self, inbox: AgentInbox) -> None:
        first, _second = await inbox.asked()

        await inbox.respond("ignore", None)

        values = (await inbox.state())["values"]
        assert [(d["item_id"], d["type"]) for d in values["decisions"]] == [
            (first["args"]["item_id"], "reject")
        ]

    async def test_its_own_shape_for_requests_of_other_graphs(self, inbox: AgentInbox) -> None:
        await inbox.stream(command={"resume": [{"type": "accept", "args": None}]}, stream_mode="events")

        assert len(await inbox.asked()) == 1
