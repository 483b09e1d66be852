"""Tracing by environment variables, in programs of their own: what is sent, and what where it cannot be."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from typer.testing import Result

from tests.collectors import LangSmith, OtlpCollector, closed_port, listening
from tests.service.test_faults import KEY, Json, Moody, echoes_the_key, impatient, server
from tests.service.test_secrets import SPELLINGS, TRACING_KEY, answers_with_the_key

__all__ = ["impatient", "server"]
CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
CourseAI = Callable[..., Result]
Program = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def program(environment: dict[str, str], tmp_path: Path) -> Program:
    """Runs `courseai` as a program of its own, in a home of its own; it has to end by itself."""

    def run(*arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from courseai.service.cli import main; main()"]
        return subprocess.run(
            [*command, *map(str, arguments)],
            env=environment | {"COURSEAI_HOME": str(tmp_path / "home")} | env,
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )

    return run


@pytest.fixture
def langsmith() -> Iterator[tuple[LangSmith, Json]]:
    """LangSmith on this machine, and the variables that point to it."""
    taking = LangSmith()
    with listening(taking) as url:
        yield taking, langsmith_at(url)


@pytest.fixture
def collector() -> Iterator[tuple[OtlpCollector, Json]]:
    """A collector on this machine, and the variables that point to it."""
    taking = OtlpCollector()
    with listening(taking) as url:
        yield taking, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{url}/v1/traces", CONTENT: "true"}


def langsmith_at(url: str) -> Json:
    """The variables that turn it on."""
    return {"LANGSMITH_TRACING": "true", "LANGSMITH_ENDPOINT": url, "LANGSMITH_API_KEY": TRACING_KEY}


def test_a_run_is_traced_where_the_environment_says(
    program: Program,
    short_file: Path,
    tmp_path: Path,
    langsmith: tuple[LangSmith, Json],
    collector: tuple[OtlpCollector, Json],
) -> None:
    begin = ["generate", short_file, "--out", tmp_path / "out", "--run-id", "traced", "-q"]
    done = program(*begin, **langsmith[1], **collector[1])

    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads((tmp_path / "out" / "report.json").read_bytes())
    (course,) = langsmith[0].named("course")
    (span,) = collector[0].named("invoke_workflow course")
    cost = pytest.approx(report["totals"]["cost_usd"])
    assert course["extra"]["metadata"]["cost_usd"] == span.attributes["courseai.cost_usd"] == cost
    assert span.attributes["gen_ai.conversation.id"] == "traced"
    assert len([each for each in langsmith[0].feedback if each["key"] == "judge_verdict"]) == 10


def test_nothing_is_sent_unless_it_is_asked_for(
    courseai: CourseAI, short_file: Path, tmp_path: Path, langsmith: tuple[LangSmith, Json]
) -> None:
    off = langsmith[1] | {"LANGSMITH_TRACING": "false", "OTEL_EXPORTER_OTLP_ENDPOINT": closed_port()}
    off |= {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"}
    done = courseai("generate", short_file, "--out", tmp_path / "out", "-q", **off)

    assert (done.exit_code, done.stderr) == (0, "")
    assert langsmith[0].received == b""


@pytest.mark.parametrize("mood", ["hangs", "away"])
def test_the_program_ends_with_its_course_where_langsmith_and_the_collector_do_not_answer(
    program: Program, short_file: Path, tmp_path: Path, mood: Literal["hangs", "away"]
) -> None:
    with listening(LangSmith("hangs")) as one, listening(OtlpCollector("hangs")) as other:
        urls = (closed_port(), closed_port()) if mood == "away" else (one, other)
        begin = ["generate", short_file, "--out", tmp_path / "out", "-q"]
        done = program(*begin, **langsmith_at(urls[0]), OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=urls[1])

    assert done.returncode == 0
    assert (tmp_path / "out" / "course.json").exists()
    said = done.stderr.splitlines()
    assert sorted(line.split(" (")[0] for line in said) == [
        "LangSmith does not take traces",
        "The OTLP endpoint does not take spans",
    ]


@pytest.fixture
def traced(langsmith: tuple[LangSmith, Json], collector: tuple[OtlpCollector, Json], tmp_path: Path) -> Json:
    """Variables that turn both on, and a key in a file."""
    (tmp_path / "key").write_text(KEY)
    return {**langsmith[1], **collector[1], "COURSEAI_API_KEY_FILE": str(tmp_path / "key")}


def test_the_key_is_nowhere_in_what_is_traced(  # noqa: PLR0917 - fixtures
    program: Program,
    server: Moody,
    impatient: Path,
    short_file: Path,
    tmp_path: Path,
    traced: Json,
    langsmith: tuple[LangSmith, Json],
    collector: tuple[OtlpCollector, Json],
) -> None:
    server.mood, server.patience = echoes_the_key, 1
    begin = ["--debug", "generate", short_file, "--base-url", server.url, "--policy", impatient]
    first = program(*begin, "--run-id", "canary", "--out", tmp_path / "out", **traced)
    server.mood, server.patience = answers_with_the_key, 0
    second = program("--debug", "resume", "canary", **traced)

    assert (first.returncode, second.returncode) == (4, 0), second.stderr
    assert len(langsmith[0].named("course")) == len(collector[0].named("invoke_workflow course")) == 2
    failed = [run for run in langsmith[0].runs.values() if run["run_type"] == "llm" and "error" in run]
    assert "[key]" in json.dumps(failed)
    for received in (langsmith[0].received, collector[0].received):
        assert b"[key]" in received
        assert not any(spelling in received for spelling in SPELLINGS)
    assert KEY not in first.stdout + first.stderr + second.stdout + second.stderr


def test_a_protocol_that_is_not_spoken_is_refused_before_anything_is_made(
    courseai: CourseAI, short_file: Path, tmp_path: Path
) -> None:
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    begin = ["generate", short_file, "--out", tmp_path / "out"]
    done = courseai(*begin, OTEL_METRICS_EXPORTER="none", **env)

    assert done.exit_code == 2
    assert "http/protobuf" in done.stderr
    assert "OTEL_TRACES_EXPORTER=none" in done.stderr
    assert list((tmp_path / "out").iterdir()) == []
