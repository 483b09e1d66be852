"""The recipes of docs/deploy name what there is; the one for plain processes is run."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
import yaml

from courseai.ops.alerts.alert_rules import RULE_FILE
from courseai.service.cli import app
from tests.collectors import closed_port, wait_until
from tests.prometheus import Prometheus, program, promtool
from tests.service.conftest import ROOT

DEPLOY = ROOT / "docs" / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
SOURCES = "\n".join(
    path.read_text("utf-8")
    for folder in ("course", "graph", "models", "nodes", "ops", "quality", "service", "store")
    for path in (ROOT / folder).rglob("*.py")
)


def loaded(name: str) -> Any:
    """A file of YAML."""
    return yaml.safe_load((DEPLOY / name).read_text("utf-8"))


def parsed(line: str) -> Any:
    """The parameters of a command line as the program takes it; fails where it would be refused."""
    name, *arguments = shlex.split(line)
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    return group.commands[name].make_context(name, arguments).params


@pytest.fixture(scope="module")
def compose() -> Any:
    return loaded("compose.yml")


@pytest.mark.parametrize("name", ["worker", "server"])
def test_compose_runs_commands_that_the_program_takes(compose: Any, name: str) -> None:
    assert parsed(compose["services"][name]["command"])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_units_run_commands_that_the_program_takes(unit: Path) -> None:
    (line,) = re.findall(
        r"^ExecStart=/opt/courseai/\.venv/bin/courseai (.+)$", unit.read_text(), re.MULTILINE
    )
    assert parsed(line.replace("%i", "9464"))


def test_every_variable_of_ours_is_one_that_the_program_reads() -> None:
    named = {
        name
        for path in (*DEPLOY.iterdir(), ROOT / ".env.example")
        for name in re.findall(r"\b(?:COURSEAI|OPENROUTER|OTEL|LANGSMITH)_[A-Z_]+\b", path.read_text("utf-8"))
    }
    assert {"COURSEAI_DATABASE_URL", "COURSEAI_STOP_GRACE_S"} <= named
    of_libraries = {name for name in named if name.startswith("LANGSMITH_")}
    assert {name for name in named - of_libraries if name not in SOURCES} == set()


@pytest.mark.parametrize("name", ["worker", "server"])
def test_a_service_gets_longer_to_stop_than_calls_in_flight_get_to_end(compose: Any, name: str) -> None:
    from courseai.service.interruption import grace_s

    seconds = int(compose["services"][name]["stop_grace_period"].removesuffix("s"))
    assert seconds >= grace_s({}) + 10
    for unit in UNITS:
        assert f"TimeoutStopSec={seconds}" in unit.read_text()


def test_compose_mounts_files_that_exist(compose: Any) -> None:
    mounted = [mount.split(":")[0] for mount in compose["services"]["prometheus"]["volumes"]]
    files = [DEPLOY / mount for mount in mounted if mount.startswith(".")]
    assert len(files) == 2
    assert all(file.is_file() for file in files)
    assert (DEPLOY / compose["x-courseai"]["build"]["context"] / "pyproject.toml").is_file()


def test_prometheus_reads_the_ports_that_services_listen_on(compose: Any) -> None:
    (job,) = loaded("prometheus.yml")["scrape_configs"]
    (server,) = job["static_configs"][0]["targets"]
    options = parsed(compose["services"]["server"]["command"])
    assert server == f"server:{options['port']}"
    (workers,) = job["dns_sd_configs"]
    options = parsed(compose["services"]["worker"]["command"])
    assert (workers["names"], workers["port"]) == (["worker"], options["metrics_port"])


def test_prometheus_takes_its_settings(tmp_path: Path) -> None:
    settings = (DEPLOY / "prometheus.yml").read_text("utf-8")
    token = tmp_path / "prometheus_token"
    token.write_text("secret")
    (tmp_path / "prometheus.yml").write_text(settings.replace("/run/secrets/prometheus_token", str(token)))
    (tmp_path / "courseai_rules.yml").write_bytes(RULE_FILE.read_bytes())
    done = promtool("check", "config", tmp_path / "prometheus.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "9 rules found" in done.stdout


@contextmanager
def plain(environment: dict[str, str], folder: Path, workers: int) -> Iterator[dict[str, str]]:
    """`plain.sh`, until it was told to stop and has stopped; gives the URLs of its parts."""
    urls = {name: closed_port() for name in ("SERVER_PORT", "WORKER_PORT", "PROMETHEUS_PORT")}
    ports = {name: url.rpartition(":")[2] for name, url in urls.items()}
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["sh", str(DEPLOY / "plain.sh"), str(workers), str(folder)]
    process = subprocess.Popen(
        command, env=os.environ | environment | ports | {"PATH": tools}, stdout=subprocess.PIPE, text=True
    )
    try:
        yield urls
    finally:
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said


def test_plain_processes_make_what_a_batch_gives_and_prometheus_sees_it(
    postgres_url: str, courseai: Callable[..., Any], short_file: Path, tmp_path: Path
) -> None:
    program("prometheus")
    environment = {"COURSEAI_DATABASE_URL": postgres_url}
    with plain(environment, tmp_path / "courses", workers=1) as urls:
        wait_until(lambda: answers(f"{urls['WORKER_PORT']}/readyz"), 120)
        given = courseai(
            "batch",
            one_input(short_file, tmp_path),
            "--queue",
            "env",
            "--quiet",
            "--out",
            tmp_path / "given",
            **environment,
        )
        assert given.exit_code == 0, given.output
        assert len(list((tmp_path / "courses").glob("*/course.json"))) == 1
        wait_until(lambda: answers(f"{urls['SERVER_PORT']}/health"), 120)
        seen = Prometheus(urls["PROMETHEUS_PORT"])
        wait_until(lambda: seen.has_read() and len(seen.now("up == 1")) == 2, 120)
        wait_until(lambda: bool(seen.now("max(courseai_queue_finished) == 1")), 120)
    for part in urls.values():
        with pytest.raises(httpx.ConnectError):
            httpx.get(part)


def one_input(file: Path, folder: Path) -> Path:
    """A folder of it alone."""
    inputs = folder / "inputs"
    inputs.mkdir()
    (inputs / "analysis.json").write_bytes(file.read_bytes())
    return inputs


def answers(url: str) -> bool:
    """Whether there is a 200."""
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False
