"""What a process of a test begins with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.service.lives import begin_life


def test_a_process_has_the_environment_of_the_test_that_begins_it_and_of_no_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "said.txt"
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    monkeypatch.setenv("COURSEAI_DATABASE_URL", "no URL")
    first = begin_life(["runs"], {}, said)
    first.join()
    assert "COURSEAI_DATABASE_URL is no URL" in said.read_text()

    monkeypatch.delenv("COURSEAI_DATABASE_URL")
    second = begin_life(["runs"], {"COURSEAI_HOME": str(tmp_path / "home")}, said)
    second.join()
    assert (first.exitcode, second.exitcode) == (2, 0), said.read_text()
