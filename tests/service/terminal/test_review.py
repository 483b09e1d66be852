"""`courseai review` in a real terminal, and runs that wait for a process of another day."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from fcntl import ioctl
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

CourseAI = Callable[..., Result]
Command = Callable[..., "subprocess.CompletedProcess[bytes]"]
PROGRAM = [sys.executable, "-c", "from courseai.service.cli import main; main()"]
_PATIENCE_S = 60


class Terminal:
    """A program on a terminal of its own, as somebody sees it who types."""

    def __init__(self, *arguments: str, env: dict[str, str], columns: int = 140) -> None:
        self._screen, terminal = pty.openpty()
        ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self._process = subprocess.Popen(
            [*PROGRAM, *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=env,
            start_new_session=True,
            # Only of its controlling terminal does a program get Ctrl-C.
            preexec_fn=lambda: ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
        )
        os.close(terminal)
        self.seen = ""

    def wait_for(self, words: str) -> str:
        """What is shown until these words are, and with them."""
        deadline = time.monotonic() + _PATIENCE_S
        while words not in self.seen:
            assert time.monotonic() < deadline, f"{words!r} was never shown:\n{self.seen}"
            if not self._read():
                break
        assert words in self.seen, f"{words!r} was not shown:\n{self.seen}"
        shown, _, self.seen = self.seen.partition(words)
        return shown + words

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._screen, keys.encode())

    def end(self) -> int:
        """The exit code, once the program has ended."""
        while self._read():
            pass
        return self._process.wait(timeout=_PATIENCE_S)

    def close(self) -> None:
        """End it in any case."""
        self._process.kill()
        self._process.wait()
        os.close(self._screen)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._screen], [], [], 0.1)
        if not ready:
            return self._process.poll() is None
        try:
            data = os.read(self._screen, 65536)
        except OSError:
            return False
        self.seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", data.decode("utf-8", "replace"))
        return bool(data)


Open = Callable[..., Terminal]


@pytest.fixture
def terminal(environment: dict[str, str]) -> Iterator[Open]:
    """Opens terminals."""
    opened: list[Terminal] = []

    def start(*arguments: str, columns: int = 140, **env: str) -> Terminal:
        variables = environment | {"TERM": "xterm", "USER": "ada"} | env
        opened.append(Terminal(*arguments, env=variables, columns=columns))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


@pytest.fixture
def waiting(courseai: CourseAI, safety_file: Path, tmp_path: Path) -> str:
    """The id of a run that waits for review."""
    run_id = f"terminal-{tmp_path.name}"
    done = courseai(
        "generate", safety_file, "--review", "ask", "--out", tmp_path / "out", "--run-id", run_id, "-q"
    )
    assert done.exit_code == 10
    return run_id


def editor(tmp_path: Path, change: str) -> str:
    """An editor that makes one change to the JSON `content` and saves."""
    script = tmp_path / "editor.py"
    script.write_text(
        "import json, pathlib, sys\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "content = json.loads(path.read_text())\n"
        f"{change}\n"
        "path.write_text(json.dumps(content))\n"
    )
    return f"{sys.executable} {script}"


def report_of(tmp_path: Path) -> Any:
    return json.loads((tmp_path / "out" / "report.json").read_bytes())


def test_items_are_decided_by_single_keys_and_the_course_is_finished(
    terminal: Open, waiting: str, tmp_path: Path
) -> None:
    screen = terminal("review", waiting)

    shown = screen.wait_for("[q] quit")
    screen.press("a")
    screen.wait_for("2 of 2")
    screen.wait_for("[q] quit")
    screen.press("a")
    screen.wait_for("Send 2 decisions? [Y/n]")
    screen.press("y")

    assert screen.end() == 0
    for words in ("1 of 2", "at risk", "a person has to sign this section off", "Objectives", "Route"):
        assert words in shown
    assert "2 left to decide" in shown
    decisions = report_of(tmp_path)["decisions"]
    assert {(d["item_id"], d["type"], d["by"]) for d in decisions} == {
        ("section:s1", "approve", "ada"),
        ("section:s2", "approve", "ada"),
    }
    assert not (tmp_path / "out" / "decisions.json").exists()

    once_more = terminal("review", waiting)
    once_more.wait_for("does not wait for review: it is finished")
    assert once_more.end() == 2


def test_a_rewrite_comes_back_with_what_changed(terminal: Open, waiting: str, tmp_path: Path) -> None:
    screen = terminal("review", waiting, "--reviewer", "Grace Hopper")

    screen.wait_for("[q] quit")
    screen.press("g")
    screen.wait_for("What should be better?")
    screen.press("Use a case from a workshop.\r")
    screen.wait_for("[q] quit")
    screen.press("a")
    screen.wait_for("Send 2 decisions?")
    screen.press("y")
    back = screen.wait_for("[q] quit")
    screen.press("a")
    screen.wait_for("Send 1 decision?")
    screen.press("\r")

    assert screen.end() == 0
    assert "Written anew by qwen3_max on request" in back
    assert "Changes since" in back
    decisions = report_of(tmp_path)["decisions"]
    assert [(d["type"], d["message"]) for d in decisions if d["item_id"] == "section:s1"] == [
        ("regenerate", "Use a case from a workshop."),
        ("approve", ""),
    ]
    assert {d["by"] for d in decisions} == {"Grace Hopper"}


def test_an_instruction_needs_words(terminal: Open, waiting: str, tmp_path: Path) -> None:
    screen = terminal("review", waiting)

    screen.wait_for("[q] quit")
    screen.press("m")
    screen.wait_for("What should it do, or answer?")
    screen.press("\r")
    screen.wait_for("Nothing was said.")
    screen.press("m")
    screen.wait_for("What should it do, or answer?")
    screen.press("Why four feet?\r")
    screen.wait_for("section:s1: respond")
    screen.wait_for("[q] quit")
    screen.press("q")
    screen.wait_for("Send 1 decision?")
    screen.press("n")

    assert screen.end() == 10
    kept = json.loads((tmp_path / "out" / "decisions.json").read_bytes())
    assert kept["decisions"]["section:s1"] == {"type": "respond", "message": "Why four feet?"}


def test_an_edit_opens_the_editor_and_refuses_what_breaks_the_schema(
    terminal: Open, waiting: str, tmp_path: Path
) -> None:
    change = "content['lessons'][0]['title'] = 'By hand' if 'X' in content['lessons'][0]['title'] else 'X'"
    screen = terminal("review", waiting, EDITOR=editor(tmp_path, change), VISUAL="")

    screen.wait_for("[q] quit")
    screen.press("e")
    refused = screen.wait_for("[e] edit again")
    screen.press("e")
    screen.wait_for("section:s1: edit")
    screen.wait_for("[q] quit")
    screen.press("q")
    screen.wait_for("Send 1 decision? 1 stays undecided. [Y/n]")
    screen.press("n")

    assert screen.end() == 10
    assert "This cannot be used: lessons.0.title" in refused
    kept = json.loads((tmp_path / "out" / "decisions.json").read_bytes())
    assert kept["decisions"]["section:s1"]["content_json"]["lessons"][0]["title"] == "By hand"


def test_what_was_decided_is_kept_by_the_reviewer_who_leaves_and_goes_on(
    terminal: Open, waiting: str, tmp_path: Path
) -> None:
    first = terminal("review", waiting)
    first.wait_for("[q] quit")
    first.press("a")
    first.wait_for("2 of 2")
    first.wait_for("[q] quit")
    first.press("\x03")
    first.wait_for("decisions.json: 1 decision.")
    assert first.end() == 10

    second = terminal("review", waiting, columns=80)
    shown = second.wait_for("[q] quit")
    second.press("q")
    second.wait_for("Send 1 decision? 1 stays undecided. [Y/n]")
    second.press("y")

    assert second.end() == 10
    assert "2 of 2" in shown
    assert "1 left to decide" in shown
    request = json.loads((tmp_path / "out" / "review.json").read_bytes())
    assert [each["args"]["item_id"] for each in request["action_requests"]] == ["section:s2"]


def test_without_a_terminal_it_says_how_to_decide(courseai: CourseAI, waiting: str) -> None:
    refused = courseai("review", waiting)

    assert refused.exit_code == 2
    assert f"courseai resume {waiting} --decisions FILE" in refused.stderr


def test_a_process_of_another_day_finishes_the_run_with_only_its_id_and_the_decisions(
    command: Command, safety_file: Path, tmp_path: Path
) -> None:
    run_id = f"tomorrow-{tmp_path.name}"
    today = command(
        "generate", safety_file, "--review", "ask", "--out", tmp_path / "out", "--run-id", run_id, "-q"
    )
    request = json.loads((tmp_path / "out" / "review.json").read_bytes())
    items = [each["args"]["item_id"] for each in request["action_requests"]]
    answer = {"by": "Ada", "decisions": {item: {"type": "approve"} for item in items}}

    tomorrow = command("resume", run_id, "--decisions", "-", "-q", stdin=json.dumps(answer).encode())

    assert (today.returncode, tomorrow.returncode) == (10, 0), tomorrow.stderr.decode()
    assert report_of(tmp_path)["flags"] == []
    assert [d["item_id"] for d in report_of(tmp_path)["decisions"]] == items
