"""Runs that stop: for a person, for want of lessons or models, or because somebody stopped them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from courseai.store.run_store import open_run_store

CourseAI = Callable[..., Result]
Settings = Callable[[dict[str, Any]], Path]


async def calls_in_flight(home: Path, run_id: str) -> int:
    """Calls that were sent and whose answer never came, so that they were paid for twice."""
    async with open_run_store(home) as store:
        return len(await store.journal.in_flight(run_id))


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(environment: dict[str, str], short_file: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts `courseai generate` as a program of its own and waits for its first request to a model."""
    started: list[subprocess.Popen[str]] = []

    def begin(*options: str) -> subprocess.Popen[str]:
        program = [sys.executable, "-u", "-c", "from courseai.service.cli import main; main()", "generate"]
        settings = ["--offline-settings", str(tmp_path / "offline.json")]
        process = subprocess.Popen(
            [*program, str(short_file), *settings, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        while "lessons planned" not in process.stdout.readline():
            pass
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def begun(courseai: CourseAI, document: Path, folder: Path, run_id: str) -> None:
    """A run that waits for review; its files go to `folder`."""
    done = courseai("generate", document, "--review", "ask", "--out", folder, "--run-id", run_id)
    assert done.exit_code == 10, done.output
    assert f"courseai resume {run_id} --decisions FILE" in done.output


@pytest.fixture(scope="module")
def waiting(courseai: CourseAI, safety_file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of a run that waits for review, for tests that leave it waiting."""
    begun(courseai, safety_file, tmp_path_factory.mktemp("waiting") / "out", "waiting")
    return "waiting"


def approvals(tmp_path: Path) -> dict[str, Any]:
    request = json.loads((tmp_path / "out" / "review.json").read_bytes())
    return {"decisions": [{"type": "approve"} for _ in request["action_requests"]]}


def test_a_run_waits_until_a_person_has_decided(
    courseai: CourseAI, safety_file: Path, tmp_path: Path
) -> None:
    waiting = "decided"
    begun(courseai, safety_file, tmp_path / "out", waiting)
    assert not (tmp_path / "out" / "course.json").exists()
    assert courseai("resume", waiting).exit_code == 10

    refused = courseai("resume", waiting, "--decisions", "-", stdin='{"decisions": [{"type": "approve"}]}')
    assert refused.exit_code == 2
    assert "one decision for each of the" in refused.stderr
    assert courseai("resume", waiting).exit_code == 10

    (tmp_path / "decisions.json").write_text(json.dumps(approvals(tmp_path)))
    done = courseai("resume", waiting, "--decisions", tmp_path / "decisions.json")
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "out" / "report.json").read_bytes())["flags"] == []
    assert (tmp_path / "out" / "course.json").exists()

    late = courseai("resume", waiting, "--decisions", tmp_path / "decisions.json")
    assert late.exit_code == 2
    assert "does not wait for decisions" in late.stderr


def test_a_run_is_not_continued_by_another_author(courseai: CourseAI, waiting: str) -> None:
    refused = courseai("resume", waiting, COURSEAI_BASE_URL="http://127.0.0.1:9/v1")
    assert refused.exit_code == 2
    assert "begun with offline author" in refused.stderr


def test_a_course_with_too_few_lessons_is_refused_but_its_calls_are_saved(
    courseai: CourseAI, short_file: Path, offline_settings: Settings, tmp_path: Path
) -> None:
    settings = offline_settings({"broken_json_share": 1.0})
    done = courseai(
        "generate",
        short_file,
        "--offline-settings",
        settings,
        "--out",
        tmp_path / "out",
        "--run-id",
        "short",
    )
    assert done.exit_code == 3
    assert "Insufficient lessons: 0/10 required" in done.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_bytes())
    assert (report["status"], report["lessons"]["written"]) == ("insufficient_lessons", 0)
    assert {call["outcome"] for call in report["calls"]} == {"schema_failure"}
    assert not (tmp_path / "out" / "course.json").exists()
    assert "insufficient lessons" in courseai("runs").output


def test_a_run_without_models_can_be_continued_when_they_are_back(
    courseai: CourseAI, short_file: Path, offline_settings: Settings, tmp_path: Path
) -> None:
    settings = offline_settings({"status_faults": [{"status": 401, "share": 1.0}]})
    failed = courseai(
        "generate",
        short_file,
        "--offline-settings",
        settings,
        "--out",
        tmp_path / "out",
        "--run-id",
        "outage",
    )
    assert failed.exit_code == 4
    assert "Continue with: courseai resume outage" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert "During task" not in failed.stderr

    offline_settings({})
    assert courseai("resume", "outage").exit_code == 0
    assert (tmp_path / "out" / "course.json").exists()


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_says_how_to_go_on_and_pays_for_no_call_again(  # noqa: PLR0917 - pytest calls it by keyword
    courseai: CourseAI,
    start: Start,
    offline_settings: Settings,
    home: Path,
    tmp_path: Path,
    sent: int,
    code: int,
) -> None:
    offline_settings({"latency": {"median_s": 1.0}})
    run_id = f"stopped-{code}"
    process = start("--run-id", run_id, "--out", str(tmp_path / "out"))
    os.kill(process.pid, sent)
    _, errors = process.communicate()
    assert process.returncode == code
    assert f"courseai resume {run_id}" in errors
    assert "Traceback" not in errors

    offline_settings({})
    done = courseai("resume", run_id)
    assert done.exit_code == 0, done.output
    assert asyncio.run(calls_in_flight(home, run_id)) == 0


def test_a_second_signal_does_not_wait_for_calls_in_flight(
    courseai: CourseAI, start: Start, offline_settings: Settings, tmp_path: Path
) -> None:
    offline_settings({"latency": {"median_s": 600.0}})
    process = start("--run-id", "twice", "--out", str(tmp_path / "out"))
    assert process.stderr is not None
    process.send_signal(signal.SIGINT)
    assert "the same signal once more" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert "courseai resume twice" in errors

    offline_settings({})
    assert courseai("resume", "twice").exit_code == 0


@pytest.mark.usefixtures("waiting")
def test_an_unknown_run_is_answered_with_the_latest_ones(courseai: CourseAI) -> None:
    latest = courseai("runs", "list", "--limit", "1").stdout.splitlines()[1].split()[0]
    unknown = courseai("resume", "no-such-run")
    assert unknown.exit_code == 2
    assert latest in unknown.stderr


def test_an_id_is_used_once(courseai: CourseAI, waiting: str, short_file: Path, tmp_path: Path) -> None:
    taken = courseai("generate", short_file, "--out", tmp_path, "--run-id", waiting)
    assert taken.exit_code == 2
    assert f"courseai resume {waiting}" in taken.stderr
