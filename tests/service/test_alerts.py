"""`courseai alerts` over a store, and a receiver that it sends to over HTTP."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from typer.testing import Result

from courseai.models.call import Outcome
from courseai.service.alert_watch import watch
from courseai.service.alert_webhook import Webhook
from courseai.store.run_archive import delete_run
from courseai.store.run_store import open_run_store
from tests.collectors import Collector, closed_port, listening, wait_until
from tests.ops.planted_courses import plant_all
from tests.ops.planting import Planted, call

CourseAI = Callable[..., Result]
Json = dict[str, Any]
SECRET = "T0K3N-in-the-path"


@dataclass
class Receiver(Collector):
    """Keeps the notices that it is sent."""

    notices: list[Json] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: Request, body: bytes) -> Response:
        """See `Collector`."""
        assert (request.method, request.url.path) == ("POST", f"/{SECRET}")
        assert request.headers["content-type"] == "application/json"
        self.notices.append(json.loads(body))
        return Response(status_code=204)

    @property
    def told(self) -> list[tuple[str, list[str]]]:
        """The state of every notice, and the names in it."""
        return [
            (one["status"], sorted(alert["labels"]["alertname"] for alert in one["alerts"]))
            for one in self.notices
        ]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    with listening(running) as url:
        running.url = f"{url}/{SECRET}?key={SECRET}"
        yield running


@pytest.fixture
def calm(tmp_path: Path) -> str:
    """A store of a run as it should be."""
    return planted(tmp_path, Planted("calm", datetime.now(UTC), calls=[call(f"c{n}") for n in range(20)]))


@pytest.fixture
def troubled(tmp_path: Path) -> str:
    """A store of an outage in a dear run."""
    calls = [call(f"c{n}", usd=0.004, outcome=Outcome.TIMEOUT if n < 5 else Outcome.OK) for n in range(20)]
    return planted(tmp_path, Planted("troubled", datetime.now(UTC), calls=calls))


def planted(home: Path, run: Planted) -> str:
    """The folder of a store that holds it."""

    async def plant() -> None:
        async with open_run_store(home) as store:
            await plant_all(store, [run])

    asyncio.run(plant())
    return str(home)


def test_nothing_fires_and_what_was_not_measured_is_said(courseai: CourseAI, calm: str) -> None:
    done = courseai("alerts", COURSEAI_HOME=calm)
    assert done.exit_code == 0
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in done.output.splitlines()}
    assert rows["CourseAIApiErrorsHigh"] == "in order 0 % above 5 % 20 calls"
    assert rows["CourseAIAvailabilityLow"] == "openrouter in order 100 % below 95 % 20 calls"
    assert rows["CourseAIEscalationRateHigh"] == "silent - above 50 % 0 of at least 10 sections"
    assert done.output.splitlines()[-1] == "No alert fires. 4 say nothing: too little was measured."


def test_what_fires_is_shown_with_its_figure_its_remedy_and_its_runs(
    courseai: CourseAI, troubled: str
) -> None:
    done = courseai("alerts", COURSEAI_HOME=troubled)
    assert done.exit_code == 8
    text = " ".join(done.output.split())
    assert "CourseAICourseCostHigh firing $0.0800 above $0.0500 1 runs" in text
    assert "critical CourseAIApiErrorsHigh: Over 5 % of the calls to models failed" in text
    assert (
        "Look at its calls by tier: escalations, retries, a model that became dearer. Runs: troubled." in text
    )
    assert "3 alerts fire." in text


def test_programs_get_every_figure_with_its_threshold(courseai: CourseAI, troubled: str) -> None:
    done = courseai("alerts", "--json", COURSEAI_HOME=troubled)
    found = json.loads(done.output)
    assert (done.exit_code, found["firing"]) == (8, 3)
    by_name = {alert["labels"]["alertname"]: alert for alert in found["alerts"]}
    assert len(by_name) == 9
    assert by_name["CourseAIApiErrorsHigh"] == {
        "state": "firing",
        "labels": {"alertname": "CourseAIApiErrorsHigh", "severity": "critical", "service": "courseai"},
        "value": 0.25,
        "unit": "share",
        "fires": ">",
        "threshold": 0.05,
        "window_s": 3600,
        "population": 20,
        "at_least": 20,
        "counted": "calls",
        "about": "Over 5 % of the calls to models failed in the last hour.",
        "remedy": "Look at errors by provider and kind: a key, a rate limit, an outage.",
        "runs": [],
    }
    assert by_name["CourseAIDailyCostUp"]["value"] is None


def test_a_receiver_is_sent_what_fires(courseai: CourseAI, troubled: str, receiver: Receiver) -> None:
    done = courseai("alerts", "--webhook", receiver.url, COURSEAI_HOME=troubled)
    assert done.exit_code == 8
    names = ["CourseAIApiErrorsHigh", "CourseAIAvailabilityLow", "CourseAICourseCostHigh"]
    assert receiver.told == [("firing", names)]


def test_a_receiver_is_left_alone_where_nothing_fires(
    courseai: CourseAI, calm: str, receiver: Receiver
) -> None:
    done = courseai("alerts", COURSEAI_HOME=calm, COURSEAI_ALERT_WEBHOOK=receiver.url)
    assert (done.exit_code, receiver.told) == (0, [])


def test_a_receiver_that_refuses_is_named_without_its_secret(
    courseai: CourseAI, troubled: str, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.mood = "fails"
    done = courseai("--debug", "alerts", "--webhook", receiver.url, COURSEAI_HOME=troubled)
    assert done.exit_code == 4
    host = receiver.url.split("/")[2]
    assert f"the webhook at {host} answered 500 Internal Server Error." in done.stderr
    assert "CourseAIApiErrorsHigh" in done.stdout
    assert SECRET not in done.output + caplog.text


async def test_a_receiver_that_is_away_or_hangs_is_not_waited_for(receiver: Receiver) -> None:
    with pytest.raises(Exception, match=r"cannot be reached \(Connect call failed"):
        await Webhook(f"{closed_port()}/{SECRET}").send({})
    receiver.mood = "hangs"
    with pytest.raises(Exception, match=r"did not answer within 0\.1 s") as failed:
        await Webhook(receiver.url, timeout_s=0.1).send({})
    assert SECRET not in str(failed.value)


@pytest.mark.parametrize("url", [f"ftp://{SECRET}", SECRET, f"http://{SECRET}:none/", f"https:///{SECRET}"])
def test_what_is_no_url_is_refused_and_not_repeated(courseai: CourseAI, calm: str, url: str) -> None:
    done = courseai("alerts", "--webhook", url, COURSEAI_HOME=calm)
    assert (done.exit_code, SECRET in done.output) == (2, False)
    assert "http:// or https://" in done.stderr


async def test_a_watch_tells_what_began_and_what_ended_once_each(
    troubled: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSEAI_HOME", troubled)
    looks: list[int] = []
    receiver.mood = "fails"
    complaints: list[str] = []

    async def drive() -> None:
        await asyncio.to_thread(wait_until, lambda: len(complaints) > 1)
        receiver.mood = "well"
        await asyncio.to_thread(wait_until, lambda: len(receiver.notices) == 1)
        seen = len(looks)
        await asyncio.to_thread(wait_until, lambda: len(looks) > seen + 2)
        async with open_run_store() as store:
            await delete_run(store, "troubled")
        await asyncio.to_thread(wait_until, lambda: len(receiver.notices) == 2)
        os.kill(os.getpid(), signal.SIGTERM)

    watching = watch(
        lambda found, _now: looks.append(len(found)), complaints.append, 0.02, Webhook(receiver.url)
    )
    ended_by, _ = await asyncio.gather(watching, drive())

    assert ended_by == signal.SIGTERM
    names = ["CourseAIApiErrorsHigh", "CourseAIAvailabilityLow", "CourseAICourseCostHigh"]
    assert receiver.told == [("firing", names), ("resolved", names)]
    began, ended = (one["alerts"] for one in receiver.notices)
    assert [one["startsAt"] for one in began] == [one["startsAt"] for one in ended]
    assert all(one["endsAt"] > one["startsAt"] for one in ended)
    assert "answered 500" in complaints[0]


@dataclass
class SlowReceiver(Receiver):
    """Answers when it is let."""

    has_begun: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)

    async def answer(self, request: Request, body: bytes) -> Response:
        """See `Collector`."""
        self.has_begun.set()
        await asyncio.to_thread(self.may_end.wait)
        return await super().answer(request, body)


def test_a_signal_lets_a_notice_under_way_arrive(troubled: str, environment: dict[str, str]) -> None:
    receiver = SlowReceiver()
    program = [sys.executable, "-u", "-c", "from courseai.service.cli import main; main()"]
    with listening(receiver) as url:
        process = subprocess.Popen(
            [*program, "alerts", "--every", "3600", "--json", "--webhook", f"{url}/{SECRET}"],
            env=environment | {"COURSEAI_HOME": troubled},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_until(receiver.has_begun.is_set, 60)
        process.send_signal(signal.SIGTERM)
        receiver.may_end.set()
        shown, complained = process.communicate(timeout=60)
    assert (process.returncode, complained) == (143, "")
    assert [json.loads(line)["firing"] for line in shown.splitlines()] == [3]
    assert len(receiver.notices) == 1
