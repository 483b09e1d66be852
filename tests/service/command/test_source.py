"""Files that the command line is given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from courseai.course.errors import SettingsError
from courseai.service.command.source import read_decisions

if TYPE_CHECKING:
    from pathlib import Path

TWICE = '{"decisions": {"section:s1": {"type": "approve"}, "section:s1": {"type": "reject"}}}'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("null", "decides nothing"),
        (TWICE, "'section:s1' stands in it twice"),
    ],
    ids=["empty", "nested without end", "null", "an item twice"],
)
def test_decisions_that_cannot_be_meant_are_refused_with_the_file(
    tmp_path: Path, text: str, why: str
) -> None:
    file = tmp_path / "decisions.json"
    file.write_text(text)
    with pytest.raises(SettingsError, match=why) as refused:
        read_decisions(file, "ada")
    assert str(file) in str(refused.value)


APPROVALS = [{"type": "approve"}]


@pytest.mark.parametrize(
    ("given", "by"),
    [
        ({"decisions": APPROVALS}, "ada"),
        (APPROVALS, "ada"),
        ({"by": "Grace", "decisions": APPROVALS}, "Grace"),
    ],
    ids=["nobody", "a bare list", "somebody"],
)
def test_decisions_in_nobodys_name_are_of_whoever_sends_them(tmp_path: Path, given: object, by: str) -> None:
    file = tmp_path / "decisions.json"
    file.write_text(json.dumps(given))
    assert read_decisions(file, "ada") == {"by": by, "decisions": APPROVALS}
