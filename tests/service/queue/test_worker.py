"""Courses that are given to the queue and made by a worker, as the commands show it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from procrastinate.jobs import Job
from typer.testing import Result

from courseai.service.queue.course_queue import CourseQueue
from courseai.service.queue.orders import Order
from courseai.service.web.stored_runs import StoredRuns
from tests.graph.conftest import changed_policy
from tests.service.batch.conftest import inputs_in
from tests.service.queue.conftest import QueueRunner, working

BAD_INPUTS = Path(__file__).parents[2] / "data" / "bad_inputs"
BROKEN = "b03_missing_section_objectives.json"
NOBODY = "http://127.0.0.1:9/v1"


def test_workers_make_what_a_batch_gave_to_the_queue_and_giving_it_again_adds_nothing(
    batch: QueueRunner, short_file: Path, tmp_path: Path
) -> None:
    source = inputs_in(batch.folder / "inputs", short_file, ["first", "second"])
    (source / "broken.json").write_bytes((BAD_INPUTS / BROKEN).read_bytes())
    for _ in range(2):
        code, told = batch.told(source, "--queue", "env", "--detach")
        assert (code, told["counts"]) == (7, {"queued": 2, "rejected": 1})
    assert len(batch.ask(lambda queue: queue.all())) == 2

    elsewhere = tmp_path / "elsewhere"
    with working(out=elsewhere):
        code, told = batch.told(source, "--queue", "env")

    assert (code, told["counts"]) == (7, {"finished": 2, "rejected": 1})
    assert told["cost_usd"] > 0
    for item in told["items"]:
        if item["state"] == "finished":
            made = (elsewhere / item["run_id"] / "course.json").read_bytes()
            assert (Path(item["folder"]) / "course.json").read_bytes() == made
    assert len(batch.ask(lambda queue: queue.all())) == 2


def test_a_review_ends_the_job_and_an_answer_enqueues_the_rest_sealed_as_the_store_is(
    batch: QueueRunner, safety_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = base64.b64encode(bytes(32)).decode()
    monkeypatch.setenv("COURSEAI_ENCRYPTION_KEY", key)
    batch.environment["COURSEAI_ENCRYPTION_KEY"] = key
    batch.give(inputs_in(batch.folder / "inputs", safety_file, ["one"]), "--review", "ask")
    with working():
        job = batch.at_rest()
    assert job.state == "waiting_for_review"

    asked = json.loads((batch.out / "one" / "review.json").read_bytes())
    approval = {"type": "approve", "message": "seen with my own eyes"}
    first, second = (action["args"]["item_id"] for action in asked["action_requests"])
    decisions = tmp_path / "decisions.json"
    decisions.write_text(json.dumps({"by": "Ada", "decisions": {first: approval}}))
    given = batch.command("resume", job.run_id, "--decisions", decisions)
    assert given.exit_code == 0, given.output
    assert f"A worker goes on with run {job.run_id}" in given.stdout
    assert batch.command("resume", job.run_id, "--decisions", decisions).exit_code == 6
    (row,) = batch.ask(lambda queue: queue.app.job_manager.list_jobs_async(status="todo"))
    assert "own eyes" not in json.dumps(row.task_kwargs)

    with working():
        assert batch.at_rest().state == "waiting_for_review"

    answer = {"by": "Grace", "decisions": {second: approval}}
    assert batch.ask(lambda queue: progress_at_the_desk(queue, job.run_id, answer)) == "finished"
    report = json.loads((batch.out / "one" / "report.json").read_bytes())
    assert [decision["by"] for decision in report["decisions"]] == ["Ada", "Grace"]


async def progress_at_the_desk(queue: CourseQueue, run_id: str, answer: dict[str, Any]) -> str:
    """Answer as the review page does, have a worker go on, and see where the run stands for the page then."""
    desk = StoredRuns(queue.store, 5, queue=queue)
    await desk.proceed(run_id, answer)
    while (await desk.view(run_id)).progress == "waiting":  # noqa: ASYNC110 - it is in the database
        await asyncio.sleep(0.01)
    (line,) = await desk.runs()
    assert line.progress == "working"
    activity = desk.activity(run_id)
    assert activity is not None
    with working():
        while not activity.is_done:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert activity.problem == ""
    return (await desk.view(run_id)).progress


def test_an_outage_puts_the_course_back_for_later_with_the_reason(
    batch: QueueRunner, short_file: Path, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(changed_policy(availability={"backoff_s": [0, 0, 0], "jitter": 0}).model_dump_json())
    source = inputs_in(batch.folder / "inputs", short_file, ["one"])
    batch.give(source, "--base-url", NOBODY, "--policy", policy)
    with working():
        job = batch.job_once(lambda job: job.attempts)
    assert job.state == "queued"
    assert job.next_try_at is not None
    assert "could not be reached" in job.problem


def test_a_course_that_its_ceiling_stopped_waits_for_a_higher_one(
    batch: QueueRunner, short_file: Path
) -> None:
    batch.give(inputs_in(batch.folder / "inputs", short_file, ["one"]), "--budget", "0.001")
    with working():
        job = batch.at_rest()
        assert (job.state, job.attempts) == ("budget_stop", 1)
        given = batch.command("jobs", "retry", job.run_id, "--budget", "0.2")
        assert given.exit_code == 0, given.output
        job = batch.at_rest()
    assert (job.state, job.problem) == ("finished", "")


def test_a_cancelled_course_waits_to_be_tried_again_and_a_deleted_one_leaves_no_job(
    batch: QueueRunner, short_file: Path
) -> None:
    source = inputs_in(batch.folder / "inputs", short_file, ["one"])
    batch.give(source)
    run_id = batch.job().run_id
    assert batch.command("jobs", "cancel", run_id).exit_code == 0
    assert "state     cancelled" in batch.command("jobs", "show", run_id).stdout
    with working():
        code, told = batch.told(source, "--queue", "env")
        assert (code, told["counts"]) == (7, {"cancelled": 1})
        assert batch.command("jobs", "retry", run_id).exit_code == 0
        assert batch.at_rest().state == "finished"
    assert batch.command("jobs", "retry", run_id).exit_code == 2

    assert batch.command("runs", "delete", run_id).exit_code == 0
    assert batch.ask(lambda queue: queue.app.job_manager.list_jobs_async()) == []


def test_a_course_that_is_being_made_is_cancelled_at_its_next_step_and_goes_on_from_there(
    batch: QueueRunner, short_file: Path, author: tuple[str, Path]
) -> None:
    url, log = author
    batch.give(inputs_in(batch.folder / "inputs", short_file, ["one"]), "--base-url", url)
    with working():
        job = batch.job_once(lambda _job: log.read_text())
        assert "ends at its next step" in batch.command("jobs", "cancel", job.run_id).stdout
        assert batch.at_rest().state == "cancelled"
        assert batch.command("jobs", "retry", job.run_id).exit_code == 0
        assert batch.at_rest().state == "finished"
    answers = log.read_text().splitlines()
    assert len(answers) == len(set(answers))


def test_a_thousand_courses_of_one_tenant_do_not_keep_three_of_another_waiting(batch: QueueRunner) -> None:
    async def fetch(queue: CourseQueue) -> list[Job | None]:
        await queue.enqueue([Order(f"large-{number}", "large") for number in range(1000)])
        manager = queue.app.job_manager
        worker_id = await manager.register_worker()
        for _ in range(10):
            await manager.fetch_job(["courses"], worker_id)
        await queue.enqueue([Order(f"small-{number}", "small") for number in range(3)])
        await queue.enqueue([Order("urgent", "large", priority=1)])
        return [await manager.fetch_job(["courses"], worker_id) for _ in range(7)]

    owners = [str(job.lock).split("-")[0] for job in batch.ask(fetch) if job]
    assert owners[0] == "urgent"
    assert owners.count("small") == 3


def test_a_queue_needs_postgresql(courseai: Callable[..., Result], tmp_path: Path) -> None:
    sqlite = {"COURSEAI_HOME": str(tmp_path), "COURSEAI_DATABASE_URL": ""}
    for command in (["worker"], ["jobs"], ["jobs", "show", "x"]):
        refused = courseai(*command, **sqlite)
        assert refused.exit_code == 2
        assert "A queue needs PostgreSQL" in refused.stderr


@pytest.mark.parametrize("option", [("--concurrency", "2"), ("--batch-budget", "3"), ("--metrics-port", "0")])
def test_options_of_this_process_are_refused_for_a_queue(
    batch: QueueRunner, tmp_path: Path, option: tuple[str, str]
) -> None:
    refused = batch(tmp_path, "--queue", "env", *option)
    assert refused.exit_code == 2
    assert option[0] in refused.stderr
    assert "courseai worker" in refused.stderr
