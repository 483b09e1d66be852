"""What can be done with runs that lie in the store: look at their steps, fork, export and delete them."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.types import Send
from sqlalchemy import Connection, delete, insert, literal, select

from courseai.course.errors import RunInUseError, RunNotFoundError, SettingsError
from courseai.store.figure_tables import BREAKER_FIGURE, FIGURES_OF_RUNS
from courseai.store.register import RunSettings
from courseai.store.run_store import RunStore
from courseai.store.tables import CALL, DRAFT, DRAFT_USE, PROMPT, RUN

EXPORT_VERSION = 1
_BRANCH, _SENDS = "branch:to:", "__pregel_tasks"


@dataclass(frozen=True)
class Step:
    """One checkpoint of the course; a run can be forked from it."""

    number: int
    """LangGraph's count, from -1: the input as it came in."""
    at: str
    """ISO 8601, UTC."""
    next: tuple[str, ...]
    """The nodes that come after it; none at the end."""


async def steps(store: RunStore, run_id: str) -> list[Step]:
    """The steps of a run, oldest first."""
    return [_step(checkpoint) for checkpoint in await _checkpoints(store, run_id)]


async def fork(store: RunStore, run_id: str, number: int, new_id: str, *, asks_again: bool = False) -> None:
    """A new run that stands where `run_id` stood after that step.

    What `run_id` was answered to the same requests is taken from there and not paid again, unless it
    `asks_again`.

    Raises `RunNotFoundError` for an unknown run, `RunInUseError` for one that is being worked on, and
    `SettingsError` for an unknown step or a taken id.
    """
    settings = store.register.settings(run_id)
    async with store.fence.hold(run_id):
        found = [one for one in await _checkpoints(store, run_id) if _step(one).number == number]
        if not found:
            known = ", ".join(str(step.number) for step in await steps(store, run_id))
            raise SettingsError(f"Run {run_id} has no step {number}. Its steps are: {known}.")
        origins = [] if asks_again else [run_id, *settings.forked_from]
        _register_fork(store, run_id, new_id, settings.model_copy(update={"forked_from": origins}))
        async with store.fence.hold(new_id):
            await store.database.write(lambda connection: _share_drafts(connection, run_id, new_id), new_id)
            await _copy(store, found[-1], new_id)


async def delete_run(store: RunStore, run_id: str) -> None:
    """Remove a run: its checkpoints, calls, and the texts that no other run uses.

    Raises `RunNotFoundError` for an unknown run, `RunInUseError` for one that is being worked on.
    """
    store.register.stored_settings(run_id)
    async with store.fence.hold(run_id):
        await store.saver.adelete_thread(run_id)
        await store.database.write(lambda connection: _delete(connection, run_id), run_id)


async def delete_older(store: RunStore, days: int) -> tuple[list[str], list[str]]:
    """Delete the runs that were started more than so many days ago; gives them, and those in use."""
    limit = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    old_changes = delete(BREAKER_FIGURE).where(BREAKER_FIGURE.c.at < limit)
    await store.database.write(lambda connection: connection.execute(old_changes))
    deleted: list[str] = []
    in_use: list[str] = []
    for run_id in store.register.started_before(limit):
        try:
            await delete_run(store, run_id)
        except RunInUseError:
            in_use.append(run_id)
        except RunNotFoundError:
            pass  # Another process was quicker.
        else:
            deleted.append(run_id)
    return deleted, in_use


async def export_run(store: RunStore, run_id: str, path: Path) -> None:
    """Write everything about a run to one zip file (0600), as plain JSON. It holds no key.

    Raises `SettingsError` where the file exists or cannot be written.
    """
    settings = store.register.stored_settings(run_id)
    checkpoints = await _checkpoints(store, run_id)
    state = checkpoints[-1].checkpoint["channel_values"] if checkpoints else {}
    calls, drafts = await store.database.read(lambda connection: _contents(connection, run_id))
    open_text = store.database.seal.open_text
    parts = {
        "run.json": {
            "export_version": EXPORT_VERSION,
            "run_id": run_id,
            "status": store.register.status(run_id),
            "settings": settings,
            "steps": [vars(_step(one)) for one in checkpoints],
        },
        "state.json": {name: value for name, value in state.items() if not _is_internal(name)},
        "calls.json": [
            {
                "begun": json.loads(call.begun),
                "prompt": json.loads(open_text(call.sealed_prompt)) if call.sealed_prompt else None,
                "record": json.loads(call.record) if call.record else None,
                "answer": open_text(call.sealed_answer) if call.sealed_answer else None,
            }
            for call in calls
        ],
        "drafts.json": {draft.ref: json.loads(open_text(draft.sealed_body)) for draft in drafts},
    }
    _write_new(path, _zipped(parts))


async def _checkpoints(store: RunStore, run_id: str) -> list[CheckpointTuple]:
    config: RunnableConfig = {"configurable": {"thread_id": run_id, "checkpoint_ns": ""}}
    newest_first = [checkpoint async for checkpoint in store.saver.alist(config)]
    return newest_first[::-1]


def _step(one: CheckpointTuple) -> Step:
    values = one.checkpoint["channel_values"]
    branches = [name.removeprefix(_BRANCH) for name in values if name.startswith(_BRANCH)]
    sent = {send.node for send in values.get(_SENDS) or []}
    return Step(one.metadata.get("step", 0), one.checkpoint["ts"], tuple(sorted({*branches, *sent})))


def _is_internal(channel: str) -> bool:
    return channel.startswith((_BRANCH, "__"))


async def _copy(store: RunStore, one: CheckpointTuple, run_id: str) -> None:
    values = dict(one.checkpoint["channel_values"])
    if "run_id" in values:
        values["run_id"] = run_id
    if sends := values.get(_SENDS):
        values[_SENDS] = [_sent(send, run_id) for send in sends]
    checkpoint = one.checkpoint | {"channel_values": values}
    config: RunnableConfig = {"configurable": {"thread_id": run_id, "checkpoint_ns": ""}}
    await store.saver.aput(config, checkpoint, one.metadata, checkpoint["channel_versions"])


def _sent(send: Any, run_id: str) -> Send:
    return Send(send.node, send.arg | {"run_id": run_id})


def _register_fork(store: RunStore, run_id: str, new_id: str, settings: RunSettings) -> None:
    folder = settings.folder.with_name(f"{settings.folder.name}-{new_id}")
    topic = next((entry.topic for entry in store.register.latest() if entry.run_id == run_id), "")
    store.register.add(new_id, topic, settings.model_copy(update={"folder": folder}))


def _share_drafts(connection: Connection, run_id: str, new_id: str) -> None:
    used = select(literal(new_id), DRAFT_USE.c.ref).where(DRAFT_USE.c.run_id == run_id)
    connection.execute(insert(DRAFT_USE).from_select(["run_id", "ref"], used))


def _delete(connection: Connection, run_id: str) -> None:
    own = select(DRAFT_USE.c.ref).where(DRAFT_USE.c.run_id == run_id)
    shared = select(DRAFT_USE.c.ref).where(DRAFT_USE.c.run_id != run_id)
    connection.execute(delete(DRAFT).where(DRAFT.c.ref.in_(own), DRAFT.c.ref.not_in(shared)))
    for table in (DRAFT_USE, CALL, PROMPT, *FIGURES_OF_RUNS, RUN):
        connection.execute(delete(table).where(table.c.run_id == run_id))


def _contents(connection: Connection, run_id: str) -> tuple[list[Any], list[Any]]:
    asked = CALL.outerjoin(PROMPT, PROMPT.c.call_key == CALL.c.call_key)
    query = select(CALL, PROMPT.c.sealed_prompt).select_from(asked).where(CALL.c.run_id == run_id)
    calls = connection.execute(query.order_by(CALL.c.number)).all()
    used = select(DRAFT_USE.c.ref).where(DRAFT_USE.c.run_id == run_id)
    return list(calls), list(connection.execute(select(DRAFT).where(DRAFT.c.ref.in_(used))).all())


def _zipped(parts: dict[str, Any]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, json.dumps(content, ensure_ascii=False, indent=1))
    return buffer.getvalue()


def _write_new(path: Path, content: bytes) -> None:
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
        except OSError:
            path.unlink()  # Half an export is none.
            raise
    except FileExistsError as error:
        raise SettingsError(f"There is a file {path} already; name a new one.") from error
    except OSError as error:
        raise SettingsError(f"The export cannot be written to {path}: {error.strerror}.") from error
