"""Runs from Python, with all that the command line guarantees."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from courseai.course.errors import InputRejectedError, RunInUseError, RunNotFoundError, SettingsError
from courseai.course.policy import default_policy
from courseai.graph.observation import Step
from courseai.ops.watch import Watcher
from courseai.service.api import RunOutcome, Stop, resume_course, run_course
from courseai.store.basis import Basis, present_basis
from courseai.store.run_store import open_run_store
from courseai.store.tables import RUN
from tests.graph.conftest import changed_policy, shortened

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of its own, and the offline author."""
    monkeypatch.setenv("COURSEAI_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def document(analysis_file: Path) -> Json:
    """The least that makes a course."""
    return shortened(json.loads(analysis_file.read_bytes()))


async def stopped(document: Json, folder: Path) -> RunOutcome:
    """A run that was stopped at its second step."""
    stop = Stop()
    return await run_course(document, folder=folder, run_id="r", stop=stop, on_event=lambda _: stop.request())


async def with_other_settings(change: Callable[[Json], object]) -> None:
    """Let the run have been stored by another version."""
    async with open_run_store() as store:
        stored = store.register.stored_settings("r")
        change(stored)
        sealed = store.database.seal.close_text(json.dumps(stored))
        await store.database.write(lambda c: c.execute(update(RUN).values(sealed_settings=sealed)))


async def begun_with(**changes: str) -> None:
    """Let the run have been begun with other versions."""
    async with open_run_store() as store:
        settings = store.register.settings("r")
        before = Basis.model_validate(present_basis().model_dump() | changes)
        store.register.change("r", settings.model_copy(update={"begun_with": before}))


async def test_a_finished_course_is_not_made_again(document: Json, tmp_path: Path) -> None:
    events: list[str] = []
    made = await run_course(
        document, folder=tmp_path / "out", run_id="r", on_event=lambda event: events.append(event["kind"])
    )
    assert made.status == "finished"
    assert {"planned", "section_accepted", "finished"} <= set(events)
    again = await resume_course("r")
    assert again.course == made.course == json.loads((tmp_path / "out" / "course.json").read_bytes())
    assert again.report == made.report


async def test_a_stopped_run_ends_at_its_next_step_and_goes_on_from_there(
    document: Json, tmp_path: Path
) -> None:
    assert (await stopped(document, tmp_path)).status == "unfinished"
    events: list[str] = []
    done = await resume_course("r", on_event=lambda event: events.append(event["kind"]))
    assert done.status == "finished"
    assert "planned" not in events


async def test_watchers_are_told_of_a_run_and_of_its_resumption_but_not_of_a_reading(
    document: Json, tmp_path: Path
) -> None:
    told: list[str] = []

    class Notes(Watcher):
        def on_step(self, step: Step) -> None:
            told.append(step.node)

    await stopped(document, tmp_path)
    await resume_course("r", watchers=[Notes()])
    assert told[-1] == "assembly"
    told.clear()
    await resume_course("r", watchers=[Notes()])
    assert told == []


async def test_a_section_wanted_in_the_highest_quality_is_so_in_a_run_that_was_stopped_too(
    document: Json, tmp_path: Path
) -> None:
    stop = Stop()
    stop.request()
    await run_course(document, folder=tmp_path, run_id="r", stop=stop, highest_quality=["s2"])
    done = await resume_course("r")
    assert done.report is not None
    tiers = {section["section_id"]: section["start_tier"] for section in done.report["sections"]}
    assert [section for section, tier in tiers.items() if tier == "qwen3_max"] == ["s2"]


async def test_a_run_that_waits_for_a_person_still_waits_without_an_answer_and_with_an_empty_one(
    document: Json, tmp_path: Path
) -> None:
    strict = changed_policy(alignment={"accept": 1.0, "accept_with_flag": 0.0, "borderline": 0.0})
    waiting = await run_course(document, folder=tmp_path, run_id="r", review="ask", policy=strict)
    assert waiting.status == (await resume_course("r")).status == "waiting_for_review"
    with pytest.raises(SettingsError, match="The run still waits"):
        await resume_course("r", {})
    assert waiting.request is not None
    approvals = {"decisions": [{"type": "approve"}] * len(waiting.request["action_requests"])}
    assert (await resume_course("r", approvals)).status == "finished"


async def test_a_run_is_continued_by_one_process_at_a_time(document: Json, tmp_path: Path) -> None:
    await stopped(document, tmp_path)
    async with open_run_store() as store, store.fence.hold("r"):
        with pytest.raises(RunInUseError, match="another process"):
            await resume_course("r")
        stop = Stop()
        waiting = asyncio.create_task(resume_course("r", wait=True, stop=stop))
        done, _ = await asyncio.wait([waiting], timeout=0.5)
        assert not done
        stop.request()
        with pytest.raises(RunInUseError):
            await waiting
    assert (await resume_course("r", wait=True)).status == "finished"


async def test_a_run_that_is_deleted_while_another_process_waits_for_it_is_not_begun_anew(
    document: Json, tmp_path: Path
) -> None:
    await stopped(document, tmp_path)
    async with open_run_store() as store:
        async with store.fence.hold("r"):
            waiting = asyncio.create_task(resume_course("r", wait=True))
            await asyncio.wait([waiting], timeout=0.5)
            await store.saver.adelete_thread("r")
            await store.database.write(lambda connection: connection.execute(delete(RUN)), "r")
        with pytest.raises(RunNotFoundError):
            await waiting


async def test_what_is_no_analysis_and_what_is_no_run_are_errors(document: Json) -> None:
    with pytest.raises(InputRejectedError):
        await run_course(document | {"recommended_structure": None})
    with pytest.raises(RunNotFoundError, match="no-such-run"):
        await resume_course("no-such-run")


async def test_other_prompts_are_taken_only_when_that_was_asked_for(document: Json, tmp_path: Path) -> None:
    await stopped(document, tmp_path)
    await begun_with(prompts="0123456789ab", package="0.0.9")
    with pytest.raises(
        SettingsError, match=r"begun with the prompts 0123456789ab of courseai 0\.0\.9.*--adopt"
    ):
        await resume_course("r")
    done = await resume_course("r", adopt="prompts")
    assert done.report is not None
    assert [version["prompts"] for version in done.report["earlier_versions"]] == ["0123456789ab"]


async def test_the_policy_is_kept_until_todays_is_asked_for(
    document: Json, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await stopped(document, tmp_path)
    async with open_run_store() as store:
        settings = store.register.settings("r")
        old = settings.policy.model_copy(update={"version": "old"})
        store.register.change("r", settings.model_copy(update={"policy": old}))
    await begun_with(shipped_policy=old.fingerprint)
    stop = Stop()
    stop.request()
    kept = await resume_course("r", stop=stop)
    assert kept.settings.policy == old
    assert f"keeps the policy that it was begun with, {old.fingerprint}" in caplog.text
    done = await resume_course("r", adopt="policy")
    assert done.settings.policy == settings.policy
    assert "goes on with the policy" in caplog.text


async def test_a_policy_that_this_version_cannot_read_is_replaced_when_that_was_asked_for(
    document: Json, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await stopped(document, tmp_path)
    await with_other_settings(lambda stored: stored["policy"].update(of_another_version=1))
    with pytest.raises(SettingsError, match=r"policy\.of_another_version.*--adopt policy"):
        await resume_course("r", adopt="prompts")
    done = await resume_course("r", adopt="policy")
    assert (done.status, done.settings.policy) == ("finished", default_policy())
    assert "goes on with today's" in caplog.text
    assert (await resume_course("r")).status == "finished"


async def test_other_settings_that_this_version_cannot_read_are_named(document: Json, tmp_path: Path) -> None:
    await stopped(document, tmp_path)
    await with_other_settings(lambda stored: stored.pop("author"))
    with pytest.raises(SettingsError, match=r"settings of run r.*\(author: Field required\)"):
        await resume_course("r", adopt="both")


async def test_a_policy_of_ones_own_is_never_outdated(document: Json, tmp_path: Path) -> None:
    await stopped(document, tmp_path)
    await begun_with(shipped_policy="0123456789abcdef")
    done = await resume_course("r", adopt="policy")
    assert done.settings.policy == (await resume_course("r")).settings.policy
