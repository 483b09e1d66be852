"""`courseai runs ...` over both databases: a run can be shown, forked, exported and deleted."""

from __future__ import annotations

import asyncio
import json
import os
import re
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from typer.testing import Result

from courseai.course.errors import SettingsError
from courseai.store.database import StoreLocation
from courseai.store.run_archive import export_run
from courseai.store.run_store import open_run_store
from courseai.store.tables import CALL, DRAFT, DRAFT_USE, RUN
from tests.service.test_faults import full_after

CourseAI = Callable[..., Result]


@pytest.fixture
def runs(courseai: CourseAI, store_place: StoreLocation) -> CourseAI:
    """`courseai` over one of the databases."""
    if store_place.folder:
        env = {"COURSEAI_HOME": str(store_place.folder)}
    else:
        env = {"COURSEAI_DATABASE_URL": store_place.url.render_as_string(hide_password=False)}
    return lambda *arguments: courseai(*arguments, **env)


@pytest.fixture
def budget_stop(courseai: CourseAI, analysis_file: Path, tmp_path: Path) -> dict[str, str]:
    """A home with a run that its budget stopped before the first call."""
    env = {"COURSEAI_HOME": str(tmp_path / "home")}
    options = ["--run-id", "stopped", "--budget", "0.0001", "--out", tmp_path / "out"]
    assert courseai("generate", analysis_file, *options, **env).exit_code == 5
    return env


@contextmanager
def held(home: Path, run_id: str) -> Iterator[None]:
    """Work on a run in the meantime, as another process would."""
    is_held, may_end = threading.Event(), threading.Event()

    async def hold() -> None:
        async with open_run_store(home) as store, store.fence.hold(run_id):
            is_held.set()
            await asyncio.to_thread(may_end.wait)

    worker = threading.Thread(target=asyncio.run, args=[hold()])
    worker.start()
    is_held.wait()
    try:
        yield
    finally:
        may_end.set()
        worker.join()


def rows(place: StoreLocation) -> list[int]:
    """How many calls, drafts and uses of drafts the store holds."""

    async def count() -> list[int]:
        async with open_run_store(place.folder or place.url.render_as_string(hide_password=False)) as store:
            queries = [select(func.count()).select_from(table) for table in (CALL, DRAFT, DRAFT_USE)]
            return await store.database.read(lambda c: [int(c.execute(q).scalar_one()) for q in queries])

    return asyncio.run(count())


def step_before(shown: str, node: str) -> str:
    """The number of the last step that a node comes after."""
    return str(re.findall(rf"^ *(-?\d+) .*\b{node}\s*$", shown, re.MULTILINE)[-1])


def test_a_run_is_shown_forked_exported_and_deleted(
    runs: CourseAI, store_place: StoreLocation, analysis_file: Path, tmp_path: Path
) -> None:
    out, file = tmp_path / "out", tmp_path / "run.zip"
    assert runs("generate", analysis_file, "--out", out, "--run-id", "first").exit_code == 0
    assert re.search(r"first .* finished", runs("runs").output)
    shown = runs("runs", "show", "first").output
    assert re.search(r"status +finished", shown)

    paid = rows(store_place)[0]
    step = step_before(shown, "metadata")
    assert runs("runs", "fork", "first", "--step", step, "--as", "second").exit_code == 0
    resumed = runs("resume", "second")
    assert resumed.exit_code == 0, resumed.output
    assert rows(store_place)[0] == paid, "what the first run was answered was paid again"
    courses = [json.loads((folder / "course.json").read_bytes()) for folder in (out, tmp_path / "out-second")]
    assert [course.pop("run_id") for course in courses] == ["first", "second"]
    assert courses[0] == courses[1]

    assert runs("runs", "export", "first", file).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(file) as archive:
        state, calls = json.loads(archive.read("state.json")), json.loads(archive.read("calls.json"))
    assert state["status"] == "finished"
    assert all(call["answer"] for call in calls if call["record"]["outcome"] == "ok")

    assert runs("runs", "delete", "first").exit_code == 0
    assert runs("runs", "show", "first").exit_code == 2
    assert runs("resume", "second").exit_code == 0
    assert runs("runs", "prune", "--older-than", "0").exit_code == 0
    assert rows(store_place) == [0, 0, 0]


def test_a_fork_may_ask_again(courseai: CourseAI, budget_stop: dict[str, str], tmp_path: Path) -> None:
    step = step_before(courseai("runs", "show", "stopped", **budget_stop).output, "validation")
    for new, options in (("same", []), ("other", ["--ask-again"])):
        fork = ["runs", "fork", "stopped", "--step", step, "--as", new, *options]
        assert courseai(*fork, **budget_stop).exit_code == 0
        file = tmp_path / f"{new}.zip"
        assert courseai("runs", "export", new, file, **budget_stop).exit_code == 0
        with zipfile.ZipFile(file) as archive:
            settings = json.loads(archive.read("run.json"))["settings"]
        assert settings["forked_from"] == ([] if options else ["stopped"])


@pytest.mark.parametrize("command", [["delete", "stopped"], ["fork", "stopped", "--step", "-1"]])
def test_a_run_in_use_is_neither_deleted_nor_forked(
    courseai: CourseAI, budget_stop: dict[str, str], command: list[str]
) -> None:
    with held(Path(budget_stop["COURSEAI_HOME"]), "stopped"):
        refused = courseai("runs", *command, **budget_stop)
        assert courseai("runs", "prune", "--older-than", "0", **budget_stop).output.count("stopped") == 1
    assert refused.exit_code == 6, refused.output
    assert f"process {os.getpid()} on" in refused.stderr
    assert courseai("runs", *command, **budget_stop).exit_code == 0


def test_a_run_of_another_version_can_still_be_shown_exported_and_pruned(
    courseai: CourseAI, budget_stop: dict[str, str], tmp_path: Path
) -> None:
    asyncio.run(store_policy_of_another_version(Path(budget_stop["COURSEAI_HOME"])))
    refused = courseai("resume", "stopped", "--budget", "1", **budget_stop)
    assert refused.exit_code == 2
    assert "cannot be read by courseai" in refused.stderr
    assert "budget stop" in courseai("runs", "show", "stopped", **budget_stop).output
    assert courseai("runs", "export", "stopped", tmp_path / "run.zip", **budget_stop).exit_code == 0
    assert "1 runs were deleted" in courseai("runs", "prune", "--older-than", "0", **budget_stop).output


async def store_policy_of_another_version(home: Path) -> None:
    async with open_run_store(home) as store:
        stored = store.register.stored_settings("stopped")
        stored["policy"]["of_another_version"] = 1
        sealed = store.database.seal.close_text(json.dumps(stored))
        await store.database.write(lambda c: c.execute(update(RUN).values(sealed_settings=sealed)))


def test_half_an_export_is_none_and_no_file_is_overwritten(
    courseai: CourseAI, budget_stop: dict[str, str], tmp_path: Path
) -> None:
    async def export_to_a_full_disk() -> None:
        async with open_run_store(Path(budget_stop["COURSEAI_HOME"])) as store:
            with full_after(500):
                await export_run(store, "stopped", tmp_path / "run.zip")

    with pytest.raises(SettingsError, match="cannot be written"):
        asyncio.run(export_to_a_full_disk())
    export = ["runs", "export", "stopped", tmp_path / "run.zip"]
    assert courseai(*export, **budget_stop).exit_code == 0
    again = courseai(*export, **budget_stop)
    assert again.exit_code == 2
    assert "There is a file" in again.stderr


@pytest.mark.parametrize("command", [["show"], ["delete"], ["fork", "--step", "1"], ["export"]])
def test_an_unknown_run_is_named(courseai: CourseAI, command: list[str], tmp_path: Path) -> None:
    name, *options = command
    file = [tmp_path / "x.zip"] if name == "export" else []
    result = courseai("runs", name, "no-such-run", *file, *options, COURSEAI_HOME=str(tmp_path))
    assert result.exit_code == 2
    assert "no-such-run" in result.stderr
