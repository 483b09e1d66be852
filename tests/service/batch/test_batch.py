"""`courseai batch` on one machine: whole courses, in this process and in one of its own."""

from __future__ import annotations

import asyncio
import json
import signal
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from courseai.store.run_store import open_run_store
from courseai.store.tables import CALL
from tests.service.batch.conftest import BatchRunner, inputs_in, started

BAD_INPUTS = Path(__file__).parents[2] / "data" / "bad_inputs"
BROKEN = "b03_missing_section_objectives.json"


def test_it_makes_what_it_can_and_the_same_command_makes_nothing_again(
    batch: BatchRunner, short_file: Path, author: tuple[str, Path]
) -> None:
    url, log = author
    source = inputs_in(batch.folder / "inputs", short_file, ["first", "second"])
    (source / "same.json").write_bytes((source / "first.json").read_bytes())
    (source / "broken.json").write_bytes((BAD_INPUTS / BROKEN).read_bytes())

    done = batch(source, "--base-url", url)

    assert done.exit_code == 7, done.output
    assert batch.states() == {
        "broken": "rejected",
        "first": "finished",
        "same": "duplicate",
        "second": "finished",
    }
    assert "learning_objectives is missing (section at index 2" in done.stdout
    for name in ("first", "second"):
        course = json.loads((batch.out / name / "course.json").read_bytes())
        assert len(course["sections"]) == 3
    assert not (batch.out / "broken").exists()
    answers = log.read_text()

    (source / "broken.json").unlink()
    code, told = batch.told(source, "--base-url", url)

    assert code == 0
    assert told["counts"] == {"finished": 2, "duplicate": 1}
    assert log.read_text() == answers


def test_lines_of_a_file_are_inputs_too(batch: BatchRunner, short_file: Path) -> None:
    line = json.dumps(json.loads(short_file.read_bytes()))
    source = batch.folder / "autumn.jsonl"
    source.write_text(f"{line}\nno JSON\n")

    code, told = batch.told(source)

    assert code == 7
    assert [item["state"] for item in told["items"]] == ["finished", "rejected"]
    assert told["items"][1]["input"] == f"{source}, line 2"
    assert (batch.out / "autumn-00001" / "course.json").exists()
    assert told["cost_usd"] == pytest.approx(told["items"][0]["cost_usd"])


def test_what_waits_for_review_is_named_and_told_by_the_exit_code(
    batch: BatchRunner, safety_file: Path
) -> None:
    source = inputs_in(batch.folder / "inputs", safety_file, ["one"])

    done = batch(source, "--review", "ask", "--name", "reviewed")

    assert done.exit_code == 10, done.output
    assert "Waits for your review: courseai review reviewed-" in done.stdout
    assert (batch.out / "one" / "review.json").exists()


def test_no_course_is_begun_whose_ceiling_does_not_fit_under_the_batch_budget(
    batch: BatchRunner, short_file: Path
) -> None:
    source = inputs_in(batch.folder / "inputs", short_file, ["a", "b", "c"])
    ceilings = ("--budget", "0.02", "--batch-budget", "0.025")

    done = batch(source, *ceilings, "--concurrency", "3")

    assert done.exit_code == 5, done.output
    states = Counter(batch.states().values())
    assert states["finished"] >= 1
    assert states["not_afforded"] >= 1
    assert "has no room for its ceiling of $0.0200" in done.stdout
    manifest = json.loads((batch.out / "batch.json").read_bytes())
    assert manifest["cost_usd"] <= 0.025

    assert batch(source, "--batch-budget", "5").exit_code == 0


def test_a_course_that_its_ceiling_stopped_goes_on_with_a_higher_one(
    batch: BatchRunner, short_file: Path
) -> None:
    source = inputs_in(batch.folder / "inputs", short_file, ["one"])

    code, told = batch.told(source, "--budget", "0.001")
    assert (code, told["counts"]) == (7, {"budget_stop": 1})
    assert batch.told(source)[0] == 7
    assert batch.told(source, "--budget", "0.2")[0] == 0


def test_an_outage_ends_the_batch_instead_of_failing_every_course(
    batch: BatchRunner, short_file: Path
) -> None:
    source = inputs_in(batch.folder / "inputs", short_file, list("abcdefgh"))
    nobody = "http://127.0.0.1:9/v1"

    done = batch(source, "--base-url", nobody, "--concurrency", "2")

    assert done.exit_code == 4, done.output
    assert "No more courses are begun" in done.stderr
    states = Counter(batch.states().values())
    assert 3 <= states["failed"] <= 5
    assert states["queued"] == 8 - states["failed"]


def test_a_second_command_on_the_same_batch_is_refused(
    batch: BatchRunner, short_file: Path, author: tuple[str, Path]
) -> None:
    source = inputs_in(batch.folder / "inputs", short_file, ["a", "b"])
    with started(batch, source, *author) as process:
        refused = batch(source, "--base-url", author[0], "--name", "twice")
        assert refused.exit_code == 6
        assert "Batch twice is being worked on" in refused.stderr
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_in_order_and_the_same_command_pays_nothing_twice(
    batch: BatchRunner, short_file: Path, author: tuple[str, Path], number: signal.Signals
) -> None:
    url, log = author
    source = inputs_in(batch.folder / "inputs", short_file, ["a", "b", "c"])
    with started(batch, source, url, log) as process:
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "the same command goes on" in said
    assert set(batch.states().values()) - {"finished"}

    assert batch(source, "--base-url", url, "--name", "twice").exit_code == 0
    assert len(log.read_text().splitlines()) == asyncio.run(answered_once(batch.folder / "home"))


async def answered_once(home: Path | str) -> int:
    """Calls that the journal has an answer to; none of them twice, and no other was ever begun."""
    async with open_run_store(home) as store:
        query = select(CALL.c.call_key, CALL.c.sealed_answer)
        rows = await store.database.read(lambda connection: connection.execute(query).all())
    assert all(row.sealed_answer for row in rows)
    assert len({row.call_key for row in rows}) == len(rows)
    return len(rows)
