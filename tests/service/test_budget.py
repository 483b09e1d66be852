"""The command line and money: a run stops at its ceiling over real HTTP, and goes on with more."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from typer.testing import Result

from courseai.course.policy import default_policy
from courseai.models.offline import create_app

CourseAI = Callable[..., Result]
CEILING_USD = 0.006
"""Enough for the metadata and some of the sections of the sample where no cheaper tier may stand in."""


@dataclass
class Server:
    """The offline author behind a real socket, counting what it is asked."""

    url: str = ""
    requests: int = 0
    app: Any = field(default_factory=create_app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += scope["type"] == "http"
        await self.app(scope, receive, send)


@pytest.fixture
def strict(tmp_path: Path) -> Path:
    """A policy under which a run stops where its money ends."""
    policy = default_policy().model_dump(mode="json")
    policy["budget"]["cheaper_tier"] = []
    policy["output"]["metadata_tokens"] = 1000
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(policy))
    return path


@pytest.fixture
def server() -> Iterator[Server]:
    served = Server()
    process = uvicorn.Server(uvicorn.Config(served, host="127.0.0.1", port=0, log_level="critical"))
    thread = threading.Thread(target=process.run, daemon=True)
    thread.start()
    while not process.started:
        time.sleep(0.01)
    served.url = f"http://127.0.0.1:{process.servers[0].sockets[0].getsockname()[1]}/v1"
    yield served
    process.should_exit = True
    thread.join()


def report_in(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "report.json").read_bytes())
    return report


def test_a_run_stops_at_its_ceiling_and_goes_on_with_more_money(
    courseai: CourseAI, server: Server, analysis_file: Path, strict: Path, tmp_path: Path
) -> None:
    run_id, out = f"budget-{tmp_path.name}", tmp_path / "out"
    options = ["--base-url", server.url, "--budget", str(CEILING_USD), "--out", out, "--run-id", run_id]
    stopped = courseai("generate", analysis_file, *options, "--policy", strict)
    assert stopped.exit_code == 5, stopped.output
    assert f"of ${CEILING_USD:.4f} are charged" in stopped.stderr
    assert f"courseai resume {run_id} --budget 0.02" in stopped.stderr
    report = report_in(out)
    assert report["status"] == "budget_stop"
    assert report["budget"]["charged_usd"] <= CEILING_USD
    assert report["lessons"]["written"] == sum(
        len(section["lessons"]) for section in json.loads((out / "lessons.json").read_bytes()).values()
    )
    paid = server.requests
    assert len(report["calls"]) == paid

    for arguments in ([], ["--budget", str(CEILING_USD)], ["--budget", "0.001"]):
        refused = courseai("resume", run_id, *arguments)
        assert refused.exit_code == 5
        assert "only go on under a higher ceiling" in refused.stderr
    assert server.requests == paid

    done = courseai("resume", run_id, "--budget", "0.05")
    assert done.exit_code == 0, done.output
    report = report_in(out)
    assert len(report["calls"]) == server.requests
    assert report["budget"]["ceiling_usd"] == 0.05
    places = [(c["purpose"], c["subject"], c["tier"], c["attempt"]) for c in report["calls"]]
    assert len(set(places)) == len(places)
    assert "of the ceiling of $0.0500 used; the target is $0.0200" in done.output


def test_a_ceiling_that_no_course_fits_under_is_refused_before_anything_is_paid(
    courseai: CourseAI, server: Server, analysis_file: Path, tmp_path: Path
) -> None:
    options = ["--base-url", server.url, "--out", tmp_path / "out", "--run-id", f"poor-{tmp_path.name}"]
    refused = courseai("generate", analysis_file, *options, "--budget", "0.0005")
    assert refused.exit_code == 5
    assert "Nothing was spent" in refused.stderr
    assert server.requests == 0
    assert report_in(tmp_path / "out")["lessons"] == {"planned": 0, "written": 0}


@pytest.mark.parametrize("amount", ["0", "-1", "nan", "inf", "10001", "much"])
def test_what_is_no_amount_is_refused(courseai: CourseAI, analysis_file: Path, amount: str) -> None:
    refused = courseai("generate", analysis_file, "--budget", amount)
    assert refused.exit_code == 2
    assert "is no amount in USD" in refused.output


def test_the_result_for_programs_says_what_is_left_of_the_budget(
    courseai: CourseAI, analysis_file: Path, tmp_path: Path
) -> None:
    done = courseai("generate", analysis_file, "--json", "--quiet", "--out", tmp_path / "out")
    budget = json.loads(done.stdout)["budget"]
    assert (budget["ceiling_usd"], budget["target_usd"]) == (0.20, 0.02)
    assert 0 < budget["charged_usd"] < budget["target_usd"]
