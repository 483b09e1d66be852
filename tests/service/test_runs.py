"""`courseai runs ...` over both databases: a run can be shown, forked, exported and deleted."""

from __future__ import annotations

import asyncio
import json
import re
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import Result

from courseai.graph.checkpoints import open_run_store
from courseai.models.database import StoreLocation
from courseai.models.tables import CALL, DRAFT, DRAFT_USE

CourseAI = Callable[..., Result]


@pytest.fixture
def runs(courseai: CourseAI, store_place: StoreLocation) -> CourseAI:
    """`courseai` over one of the databases."""
    if store_place.folder:
        env = {"COURSEAI_HOME": str(store_place.folder)}
    else:
        env = {"COURSEAI_DATABASE_URL": store_place.url.render_as_string(hide_password=False)}
    return lambda *arguments: courseai(*arguments, **env)


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

    step = step_before(shown, "assembly")
    assert runs("runs", "fork", "first", "--step", step, "--as", "second").exit_code == 0
    resumed = runs("resume", "second")
    assert resumed.exit_code == 0, resumed.output
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


@pytest.mark.parametrize("command", [["show"], ["delete"], ["fork", "--step", "1"], ["export"]])
def test_an_unknown_run_is_named(courseai: CourseAI, command: list[str], tmp_path: Path) -> None:
    name, *options = command
    file = [tmp_path / "x.zip"] if name == "export" else []
    result = courseai("runs", name, "no-such-run", *file, *options, COURSEAI_HOME=str(tmp_path))
    assert result.exit_code == 2
    assert "no-such-run" in result.stderr
