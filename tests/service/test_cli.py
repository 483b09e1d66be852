"""Commands that ask no model: what they print, what they refuse, and what they do not load."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import Result

from courseai.course.schema import COURSE_SCHEMA_FILE, course_schema, schema_text

CourseAI = Callable[..., Result]
BAD_INPUTS = Path(__file__).parents[1] / "data" / "bad_inputs"
HEAVY = ("torch", "langgraph", "langchain_core", "openai", "sentence_transformers", "sqlite3")


@pytest.mark.parametrize("arguments", [["--help"], ["validate", "INPUT"]])
def test_help_and_validation_load_nothing_heavy(
    arguments: list[str], analysis_file: Path, environment: dict[str, str]
) -> None:
    program = (
        "import sys\n"
        "from courseai.service.cli import app\n"
        "app(standalone_mode=False)\n"
        f"loaded = sorted(set({HEAVY!r}) & set(sys.modules))\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)\n"
    )
    named = [str(analysis_file) if word == "INPUT" else word for word in arguments]
    done = subprocess.run(
        [sys.executable, "-c", program, *named], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr


def test_an_accepted_input_is_praised_and_told_its_price(courseai: CourseAI, analysis_file: Path) -> None:
    done = courseai("validate", analysis_file)
    assert done.exit_code == 0
    verdict, price = done.output.splitlines()
    assert verdict.endswith("in en: no problems")
    assert re.fullmatch(r"\d+ lessons, likely to cost about \$0\.\d{4} at list prices, .* at least\.", price)


def test_programs_are_told_the_price_too(courseai: CourseAI, analysis_file: Path) -> None:
    cost = json.loads(courseai("validate", analysis_file, "--json").output)["cost"]
    assert 0 < cost["least_usd"] < cost["likely_usd"] <= cost["ceiling_usd"] == 0.20
    rejected = courseai("validate", BAD_INPUTS / "b22_truncated_json.json", "--json")
    assert json.loads(rejected.output)["cost"] is None


def test_warnings_do_not_reject(courseai: CourseAI) -> None:
    done = courseai("validate", BAD_INPUTS / "b19_injection_in_topic.json")
    assert done.exit_code == 0
    assert "warning (X7) /topic_analysis/determined_topic" in done.output


def test_a_rejected_input_is_told_every_problem_and_what_to_do(courseai: CourseAI) -> None:
    done = courseai("validate", BAD_INPUTS / "b17_prerequisite_cycle.json")
    assert done.exit_code == 2
    assert "error (X4) /recommended_structure/sections_breakdown/0/prerequisites" in done.output


def test_validation_speaks_json_to_programs(courseai: CourseAI) -> None:
    done = courseai("validate", BAD_INPUTS / "b22_truncated_json.json", "--json")
    verdict = json.loads(done.output)
    assert (done.exit_code, verdict["class"]) == (2, "REJECT_PARSE")
    assert verdict["problems"][0]["remedy"]


def test_standard_input_is_read_where_a_dash_stands(courseai: CourseAI, analysis_file: Path) -> None:
    assert courseai("validate", "-", stdin=analysis_file.read_text()).exit_code == 0


def test_a_rejected_input_makes_no_run_and_no_file(courseai: CourseAI, tmp_path: Path) -> None:
    file = BAD_INPUTS / "b06_empty_sections.json"
    done = courseai("generate", file, "--out", tmp_path / "out", COURSEAI_HOME=str(tmp_path / "home"))
    assert done.exit_code == 2
    assert done.output == courseai("validate", file).output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "message"), [("absent.json", "There is no file"), (".", "is a folder")])
def test_what_cannot_be_read_is_named(courseai: CourseAI, tmp_path: Path, name: str, message: str) -> None:
    for command in ("validate", "generate"):
        done = courseai(command, tmp_path / name)
        assert done.exit_code == 2
        assert message in done.stderr


def test_a_place_that_cannot_be_written_is_refused_before_any_call(
    courseai: CourseAI, analysis_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    done = courseai(
        "generate", analysis_file, "--out", tmp_path / "taken", COURSEAI_HOME=str(tmp_path / "home")
    )
    assert done.exit_code == 2
    assert "--out" in done.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--policy", "absent.json"], "policy file absent.json"),
        (["--model", "some-model"], "give --base-url"),
        (["--base-url", "not a url"], "must look like"),
        (["--offline-settings", "absent.json"], "settings absent.json"),
        (["--run-id", "../up"], "cannot name a run"),
        (["--highest-quality", "s1", "--highest-quality", "s99"], "“s99”, but no section has that id"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(
    courseai: CourseAI, analysis_file: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    done = courseai("generate", analysis_file, "--out", tmp_path / "out", *options)
    assert done.exit_code == 2
    assert message in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_list_of_runs_may_be_empty(courseai: CourseAI, tmp_path: Path) -> None:
    assert "courseai generate FILE" in courseai("runs", COURSEAI_HOME=str(tmp_path)).output


def test_the_shipped_course_schema_is_the_generated_one() -> None:
    assert COURSE_SCHEMA_FILE.read_text("utf-8") == schema_text(course_schema()), (
        "run: python -m courseai.course.schema"
    )
    Draft202012Validator.check_schema(course_schema())


@pytest.mark.parametrize(
    ("name", "title"), [("analysis", "analysis_result"), ("course", "course"), ("event", "Progress event")]
)
def test_the_schemas_are_printed(courseai: CourseAI, name: str, title: str) -> None:
    assert json.loads(courseai("schema", name).output)["title"] == title


@pytest.mark.parametrize(
    ("name", "words"), [("rules", "alert: CourseAI"), ("dashboard", '"title": "CourseAI"')]
)
def test_what_monitoring_systems_are_set_up_with_is_printed(
    courseai: CourseAI, name: str, words: str
) -> None:
    assert words in courseai("monitoring", name).output


def test_the_graph_is_drawn_with_its_sections_opened_up(courseai: CourseAI) -> None:
    drawn = courseai("graph").output
    assert "graph TD" in drawn
    assert all(name in drawn for name in ("validation", "metadata", "judge", "lesson_count", "human_review"))
    assert "subgraph section_generation" in drawn


def test_the_offline_author_can_be_served(environment: dict[str, str]) -> None:
    program = [sys.executable, "-u", "-c", "from courseai.service.cli import main; main()", "offline-author"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, env=environment, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            with urllib.request.urlopen(f"{url.removesuffix('/v1')}/health", timeout=30) as answer:
                assert "no language model" in answer.read().decode()
        finally:
            process.terminate()


def test_what_nobody_foresaw_is_one_line_and_a_traceback_only_when_asked(environment: dict[str, str]) -> None:
    program = (
        "import courseai.course.intake as intake\n"
        "def fail(*_, **__): raise ZeroDivisionError('nobody foresaw this')\n"
        "intake.validate_bytes = fail\n"
        "from courseai.service.cli import main; main()"
    )

    def errors(*options: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-c", program, *options, "validate", "-"],
            input="{}",
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        return done.returncode, done.stderr

    code, plain = errors()
    assert code == 1
    assert "Unexpected error: ZeroDivisionError: nobody foresaw this" in plain
    assert "Traceback" not in plain
    assert "Traceback" in errors("--debug")[1]
