"""The store of runs: where it lies, who may read it, what it loads, and that its writers share one file."""

from __future__ import annotations

import asyncio
import operator
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send, interrupt

from courseai.course.errors import SettingsError
from courseai.models.call import Prompt
from courseai.models.journal import Begun
from courseai.store.run_store import (
    check_run_id,
    new_run_id,
    open_run_store,
    runs_folder,
)
from courseai.store.seal import Seal
from courseai.store.serializer import SealedSerializer


class Words(TypedDict, total=False):
    """State of the small graph below."""

    words: Annotated[list[str], operator.add]
    answer: str


class Word(TypedDict):
    """What one branch gets."""

    word: str


@dataclass
class Planted:
    """Stands for a class that a crafted checkpoint names."""

    text: str


def test_the_folder_is_the_one_that_was_named() -> None:
    assert runs_folder({"COURSEAI_HOME": "/srv/runs", "XDG_DATA_HOME": "/data"}) == Path("/srv/runs")


def test_the_folder_follows_the_xdg_specification() -> None:
    assert runs_folder({"XDG_DATA_HOME": "/data"}) == Path("/data/courseai")


@pytest.mark.parametrize("env", [{}, {"XDG_DATA_HOME": "relative"}, {"COURSEAI_HOME": " "}])
def test_the_folder_is_in_the_home_folder_otherwise(env: dict[str, str]) -> None:
    assert runs_folder(env) == Path.home() / ".local/share/courseai"


async def test_only_the_owner_can_read_what_is_stored(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    async with open_run_store(folder) as store:
        await store.drafts.put("run-1", {"text": "a"})
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}, modes


async def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(SettingsError, match="COURSEAI_HOME"):
        async with open_run_store(tmp_path / "taken"):
            pass


async def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs.sqlite3").write_text("this is no database at all " * 100)
    with pytest.raises(SettingsError, match=r"runs\.sqlite3 cannot be used"):
        async with open_run_store(tmp_path):
            pass


ASKED = Prompt("section", "v1", "You write lessons.", "Write one.")


def begun(run: str) -> Begun:
    """The first draft of a run, about to be sent."""
    return Begun(f"call-{run}", run, run, "sections", "draft", "s1", "oss_20b", "model", 1, 0.001, 0.2, "now")


async def test_checkpoints_calls_and_drafts_are_written_side_by_side(tmp_path: Path) -> None:
    async def use(number: int) -> str:
        async with open_run_store(tmp_path) as store:
            runs = [f"run-{number}-{index}" for index in range(8)]
            await asyncio.gather(
                *(graph_with(store.saver).ainvoke({"words": []}, thread(run)) for run in runs),
                *(store.journal.begin(begun(run), ASKED) for run in runs),
                *(store.drafts.put(run, {"run": run}) for run in runs),
            )
            pending = [await store.journal.in_flight(run) for run in runs]
            return f"{sum(map(len, pending))} calls"

    assert await asyncio.gather(*(use(number) for number in range(4))) == ["8 calls"] * 4


def test_a_new_store_can_be_opened_many_times_at_once(tmp_path: Path) -> None:
    async def use(number: int) -> str:
        async with open_run_store(tmp_path) as store:
            return await store.drafts.put("run-1", {"opened by": number})

    with ThreadPoolExecutor(8) as threads:
        refs = list(threads.map(lambda number: asyncio.run(use(number)), range(8)))
    assert len(set(refs)) == 8


async def test_a_run_with_branches_and_an_interrupt_resumes_under_the_strict_serializer(
    tmp_path: Path,
) -> None:
    async with open_run_store(tmp_path) as store:
        paused = await graph_with(store.saver).ainvoke({"words": []}, thread("one"))
    assert paused["__interrupt__"][0].value == {"words": ["A", "B", "C"]}
    async with open_run_store(tmp_path) as store:
        finished = await graph_with(store.saver).ainvoke(Command(resume="yes"), thread("one"))
    assert finished == {"words": ["A", "B", "C"], "answer": "yes"}


async def test_a_task_that_was_stopped_while_handing_over_its_output_runs_again(tmp_path: Path) -> None:
    """The writes are those that LangGraph 1.2.22 left behind when a run was interrupted in that moment."""
    async with open_run_store(tmp_path) as store:
        graph = graph_with(store.saver)
        await graph.ainvoke({"words": []}, thread("cut"), interrupt_before=["ask"])
        state = await graph.aget_state(thread("cut"))
        partial = [("answer", "half an answer"), ("__error__", RuntimeError("stopped"))]
        await store.saver.aput_writes(state.config, partial, state.tasks[0].id)

        resumed = await graph.ainvoke(None, thread("cut"))
    assert resumed["__interrupt__"][0].value == {"words": ["A", "B", "C"]}


def test_a_planted_type_is_not_made_when_a_checkpoint_is_loaded(caplog: pytest.LogCaptureFixture) -> None:
    serializer = SealedSerializer(Seal())
    stored = serializer.dumps_typed({"planted": Planted("payload")})
    assert serializer.loads_typed(stored) == {"planted": {"text": "payload"}}
    assert "Blocked deserialization" in caplog.text


@pytest.mark.parametrize("answer", [{"a\ud800": 1}, {"a": 2**70}], ids=["lone surrogate", "huge number"])
def test_an_answer_that_cannot_be_stored_is_refused_in_words(answer: object) -> None:
    with pytest.raises(SettingsError, match="What the run was given cannot be stored"):
        SealedSerializer(Seal()).dumps_typed(answer)


def test_run_ids_are_different_and_sort_by_age() -> None:
    first, second = new_run_id(), new_run_id()
    assert first != second
    assert first[:15] <= second[:15]
    assert check_run_id(first) == first


@pytest.mark.parametrize("bad", ["", "../up", "a/b", ".hidden", "x" * 65, "a b", "a\n"])
def test_a_run_id_that_could_leave_its_folder_is_refused(bad: str) -> None:
    with pytest.raises(SettingsError, match="cannot name a run"):
        check_run_id(bad)


@given(st.text(max_size=80))
def test_every_accepted_run_id_is_one_path_part(text: str) -> None:
    try:
        accepted = check_run_id(text)
    except SettingsError:
        return
    assert Path(accepted).name == accepted


def thread(name: str) -> Any:
    return {"configurable": {"thread_id": name}}


def graph_with(saver: Any) -> Any:
    """Three branches by `Send`, then a question to a person."""
    graph = StateGraph(Words)
    graph.add_node("start", lambda _state: {})
    graph.add_node("branch", branch)
    graph.add_node("ask", ask)
    graph.add_edge(START, "start")
    graph.add_conditional_edges(
        "start", lambda _state: [Send("branch", {"word": word}) for word in "abc"], ["branch"]
    )
    graph.add_edge("branch", "ask")
    graph.add_edge("ask", END)
    return graph.compile(checkpointer=saver)


async def branch(state: Word) -> Words:
    return {"words": [state["word"].upper()]}


async def ask(state: Words) -> Words:
    return {"answer": interrupt({"words": state["words"]})}
