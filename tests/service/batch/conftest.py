"""Folders of small inputs, and the command line on them in a home of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from tests.service.lives import PROCESSES, counted_author

Json = dict[str, Any]


def inputs_in(folder: Path, document: Path, names: Sequence[str]) -> Path:
    """A folder with one input a name: the same course, each time under another title."""
    folder.mkdir()
    for name in names:
        content = json.loads(document.read_bytes())
        content["topic_analysis"]["determined_topic"] += f" ({name})"
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


class BatchRunner:
    """`courseai batch` in this process."""

    def __init__(self, courseai: Callable[..., Result], folder: Path) -> None:
        self._courseai = courseai
        self.folder = folder
        self.out = folder / "courses"
        self.environment = {"COURSEAI_HOME": str(folder / "home")}

    def __call__(self, source: Path, *options: str | Path, **env: str) -> Result:
        """Run it; what it prints goes to the result."""
        given = ["batch", source, "--out", self.out, *options]
        return self._courseai(*given, **(self.environment | env))

    def told(self, source: Path, *options: str | Path, **env: str) -> tuple[int, Json]:
        """The exit code, and what `--json` prints."""
        done = self(source, "--json", "--quiet", *options, **env)
        return done.exit_code, json.loads(done.stdout)

    def states(self) -> dict[str, str]:
        """What the manifest says of every input, by its file's name."""
        manifest = json.loads((self.out / "batch.json").read_bytes())
        return {Path(item["input"]).stem: item["state"] for item in manifest["items"]}


@pytest.fixture
def batch(courseai: Callable[..., Result], tmp_path: Path) -> BatchRunner:
    """With a store and a folder of courses of its own."""
    return BatchRunner(courseai, tmp_path)


@pytest.fixture
def author(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """A model server in a process of its own: its URL, and its log with a line for each answer."""
    monkeypatch.syspath_prepend(Path(__file__).parents[3])  # The process inherits it.
    log = tmp_path / "served.txt"
    PROCESSES.set_forkserver_preload(["tests.service.lives"])
    with counted_author(log, slowest_s=0.05) as url:
        yield url, log


@contextmanager
def started(batch: BatchRunner, source: Path, url: str, answers: Path) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, once its first call was answered."""
    program = [sys.executable, "-u", "-c", "from courseai.service.cli import main; main()"]
    options = ["batch", str(source), "--out", str(batch.out), "--base-url", url, "--name", "twice"]
    process = subprocess.Popen(
        [*program, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | batch.environment,
        text=True,
    )
    try:
        while not answers.read_text():
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.communicate()
