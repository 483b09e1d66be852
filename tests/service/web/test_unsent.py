"""Decisions that were taken and not sent yet."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from courseai.course.errors import SettingsError
from courseai.course.state import Json
from courseai.service.web.unsent import UnsentDecisions
from courseai.store.seal import Seal

APPROVED = {"type": "approve", "message": "", "by": "Ana"}


def item(item_id: str = "lesson:s1-l1", title: str = "Loops", regenerations: int = 0) -> Json:
    content = {"title": title}
    return {
        "item_id": item_id,
        "content_json": content,
        "reasons": ["borderline"],
        "regenerations": regenerations,
    }


async def test_a_restart_loses_nothing(tmp_path: Path) -> None:
    await UnsentDecisions(tmp_path / "review", Seal()).keep("run-1", item(), APPROVED)

    again = UnsentDecisions(tmp_path / "review", Seal())
    assert await again.of("run-1", [item()]) == {"lesson:s1-l1": APPROVED}
    assert await again.of("run-2", [item()]) == {}


@pytest.mark.parametrize("changed", [item(title="Lists"), item(regenerations=1)])
async def test_a_decision_does_not_hold_for_another_text(tmp_path: Path, changed: Json) -> None:
    unsent = UnsentDecisions(tmp_path, Seal())
    await unsent.keep("run-1", item(), APPROVED)

    assert await unsent.of("run-1", [changed]) == {}


async def test_a_decision_can_be_replaced_and_taken_back(tmp_path: Path) -> None:
    unsent = UnsentDecisions(tmp_path, Seal())
    await unsent.keep("run-1", item(), APPROVED)
    await unsent.keep("run-1", item(), APPROVED | {"type": "reject"})
    assert (await unsent.of("run-1", [item()]))["lesson:s1-l1"]["type"] == "reject"

    await unsent.take_back("run-1", "lesson:s1-l1")
    assert await unsent.of("run-1", [item()]) == {}


async def test_a_key_encrypts_them(tmp_path: Path) -> None:
    key = os.urandom(32)
    await UnsentDecisions(tmp_path, Seal(key)).keep("run-1", item(), APPROVED)

    assert await UnsentDecisions(tmp_path, Seal(key)).of("run-1", [item()]) != {}
    with pytest.raises(SettingsError):
        await UnsentDecisions(tmp_path, Seal(os.urandom(32))).of("run-1", [item()])


async def test_they_are_forgotten_with_their_run(tmp_path: Path) -> None:
    unsent = UnsentDecisions(tmp_path, Seal())
    await unsent.keep("run-1", item(), APPROVED)

    unsent.forget("run-1")

    assert await unsent.of("run-1", [item()]) == {}
