"""Decisions are logged where COURSEAI_LOG says, and a log that cannot be written fails nothing."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from courseai.models.call import Outcome
from courseai.ops.logs.decision_log import decision_log
from tests.ops.test_metrics import A_CALL

Json = dict[str, Any]
CourseAI = Callable[..., Result]


def events(text: str) -> list[str]:
    """What the lines say, in order."""
    return [json.loads(line)["event"] for line in text.splitlines()]


def test_a_file_holds_every_stretch_of_a_run_and_is_its_owner_s_alone(
    courseai: CourseAI, safety_file: Path, tmp_path: Path
) -> None:
    log = tmp_path / "decisions.jsonl"
    begin = ["generate", safety_file, "--run-id", "r", "--review", "ask", "--out", tmp_path / "out", "-q"]
    first = courseai(*begin, COURSEAI_LOG=str(log))
    review = json.loads((tmp_path / "out" / "review.json").read_bytes())
    items = [request["args"]["item_id"] for request in review["action_requests"]]
    (tmp_path / "answer.json").write_text(json.dumps({"decisions": [{"type": "approve"}] * len(items)}))
    second = courseai("resume", "r", "--decisions", tmp_path / "answer.json", "-q", COURSEAI_LOG=str(log))

    assert (first.exit_code, second.exit_code) == (10, 0)
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {line["run_id"] for line in lines} == {"r"}
    told = [line["event"] for line in lines]
    assert (told[0], told[-1]) == ("run_begun", "run_ended")
    assert told.index("run_ended") + 1 == told.index("run_resumed")
    assert [line["item_id"] for line in lines if line["event"] == "review_decided"] == items


def test_a_batch_tells_its_runs_apart(courseai: CourseAI, short_file: Path, tmp_path: Path) -> None:
    document = short_file.read_text().strip()
    (tmp_path / "two.jsonl").write_text(f"{json.dumps(json.loads(document))}\n{{}}\n")
    log = tmp_path / "decisions.jsonl"
    done = courseai("batch", tmp_path / "two.jsonl", "--out", tmp_path / "out", "-q", COURSEAI_LOG=str(log))

    assert done.exit_code == 7
    made = json.loads((tmp_path / "out" / "batch.json").read_bytes())["items"][0]["run_id"]
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {line["run_id"] for line in lines} == {made}
    assert lines[-1]["event"] == "run_ended"


def test_standard_error_can_be_the_place(courseai: CourseAI, short_file: Path, tmp_path: Path) -> None:
    done = courseai("generate", short_file, "--out", tmp_path / "out", "-q", COURSEAI_LOG="stderr")
    assert done.exit_code == 0
    assert events(done.stderr)[0] == "run_begun"
    assert "run_begun" not in done.stdout


def test_nothing_is_logged_that_nobody_asked_for(
    courseai: CourseAI, short_file: Path, tmp_path: Path
) -> None:
    done = courseai("generate", short_file, "--out", tmp_path / "out", "-q")
    assert (done.exit_code, done.stderr) == (0, "")
    assert decision_log({}) is decision_log({"COURSEAI_LOG": " "}) is None


def test_a_full_disk_is_spoken_of_and_fails_no_run(
    courseai: CourseAI, short_file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    done = courseai("generate", short_file, "--out", tmp_path / "out", "-q", COURSEAI_LOG="/dev/full")
    assert done.exit_code == 0
    warnings = [record.getMessage() for record in caplog.records]
    assert warnings
    assert all("No space left on device" in warning for warning in warnings)
    assert len(warnings) == len({warning.partition(":")[0] for warning in warnings})


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_made(
    courseai: CourseAI, short_file: Path, tmp_path: Path
) -> None:
    done = courseai("generate", short_file, "--out", tmp_path / "out", COURSEAI_LOG=str(tmp_path))
    assert done.exit_code == 2
    assert "COURSEAI_LOG" in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_a_file_that_was_moved_away_is_made_anew(tmp_path: Path) -> None:
    place, old = tmp_path / "decisions.jsonl", tmp_path / "decisions.jsonl.1"
    log = decision_log({"COURSEAI_LOG": str(place)})
    assert log
    log.on_call(replace(A_CALL, outcome=Outcome.TIMEOUT))
    place.rename(old)
    log.on_call(replace(A_CALL, outcome=Outcome.RATE_LIMITED))
    log.close()

    assert events(old.read_text()) == ["run_resumed", "call_failed"]
    assert json.loads(place.read_text())["reason"] == "rate_limited"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
