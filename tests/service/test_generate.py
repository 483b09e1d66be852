"""A whole course by one command, with the real weights and the offline author."""

from __future__ import annotations

import json
import re
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import Result

from courseai.course.schema import course_schema

AUTHOR = "offline author: templates, no language model"
Command = Callable[..., subprocess.CompletedProcess[bytes]]


@dataclass(frozen=True)
class Made:
    """What one command printed and wrote."""

    folder: Path
    output: str
    errors: str

    def read(self, name: str) -> Any:
        """A JSON file of the course."""
        return json.loads((self.folder / name).read_bytes())


@pytest.fixture(scope="module")
def made(command: Command, analysis_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("made") / "new" / "course"
    done = command("generate", analysis_file, "--out", folder)
    assert done.returncode == 0, done.stderr.decode()
    return Made(folder, done.stdout.decode(), done.stderr.decode())


def test_the_three_files_are_written_for_their_owner_alone(made: Made) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made.folder.iterdir()}
    assert modes == {"course.json": 0o600, "course.html": 0o600, "report.json": 0o600}


def test_the_course_keeps_its_published_schema(made: Made) -> None:
    Draft202012Validator(course_schema()).validate(made.read("course.json"))


def test_the_course_has_every_planned_lesson(made: Made) -> None:
    lessons = [lesson for section in made.read("course.json")["sections"] for lesson in section["lessons"]]
    assert len(lessons) == made.read("report.json")["lessons"]["planned"] == 18


def test_progress_comes_as_plain_lines_where_no_terminal_is(made: Made) -> None:
    assert "18 lessons planned in 7 sections" in made.output
    assert re.search(r"section s1 starts at oss_\w+ \(", made.output)
    assert "\x1b" not in made.output


def test_the_table_and_the_totals_come_last(made: Made) -> None:
    table = made.output[made.output.index("escalations") :]
    assert re.search(r"s1 .* oss_\w+ .* \d .* [01]\.\d\d .* \$0\.\d{4}", table)
    assert "18 of 18 lessons" in table
    assert all(str(made.folder / name) in table for name in ("course.json", "course.html", "report.json"))


def test_the_offline_author_is_named_at_the_start_and_at_the_end(made: Made) -> None:
    lines = made.output.splitlines()
    assert AUTHOR in lines[0]
    assert f"Written by: {AUTHOR}." in lines[-12:]
    assert "simulated" in made.output


def test_the_course_of_make_course_passes_without_flags(made: Made, analysis_file: Path) -> None:
    root = Path(__file__).parents[2]
    named = re.search(r"^SAMPLE \?= (\S+)$", (root / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert named
    assert (root / named[1]).read_bytes() == analysis_file.read_bytes()

    report = made.read("report.json")
    assert report["flags"] == []
    assert {verdict["status"] for verdict in report["verdicts"]} == {"PASS"}
    assert report["quality"]["requires_revision"] is False
    assert report["coverage"]["holes"] == []
    assert report["exercises"]["longest_key"]["within_chance"]
    assert "Nothing is flagged." in made.output


def test_nothing_is_complained_about(made: Made) -> None:
    assert made.errors == ""


def test_a_finished_run_gets_its_files_again(
    made: Made, courseai: Callable[..., Result], tmp_path: Path
) -> None:
    run_id = made.read("course.json")["run_id"]
    again = courseai("resume", run_id, "--out", tmp_path)
    assert again.exit_code == 0
    for name in ("course.json", "course.html", "report.json"):
        assert (tmp_path / name).read_bytes() == (made.folder / name).read_bytes()


def test_a_run_is_listed_with_its_status_and_its_cost(made: Made, courseai: Callable[..., Result]) -> None:
    listed = courseai("runs", "--limit", "50").output
    line = next(line for line in listed.splitlines() if made.read("course.json")["run_id"] in line)
    assert re.search(r"Introductory Python .* finished +\$0\.\d{4}", line)


def test_the_same_seed_writes_the_same_course(
    made: Made, courseai: Callable[..., Result], analysis_file: Path, tmp_path: Path
) -> None:
    done = courseai("generate", "-", "--out", tmp_path, "--json", "--quiet", stdin=analysis_file.read_text())
    summary = json.loads(done.stdout)
    assert (summary["status"], summary["author"], summary["lessons"]["written"]) == ("finished", AUTHOR, 18)
    second = json.loads((tmp_path / "course.json").read_bytes())
    assert second | {"run_id": ""} == made.read("course.json") | {"run_id": ""}
    assert done.stderr == ""


def test_progress_goes_to_standard_error_when_programs_read_the_output(
    courseai: Callable[..., Result], analysis_file: Path, tmp_path: Path
) -> None:
    done = courseai("generate", analysis_file, "--out", tmp_path, "--json")
    assert json.loads(done.stdout)["run_id"] in done.stderr.splitlines()[0]
    assert "18 lessons planned" in done.stderr
