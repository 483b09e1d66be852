"""A run that is killed again and again ends as if nothing had happened; the long version is tests/bench."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.service.killing import Course, kill_until_done
from tests.service.lives import PRELOADED, PROCESSES, counted_author


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_killed_runs_lose_nothing_pay_nothing_twice_and_make_the_same_course(
    database: str,
    short_file: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[2])  # The processes inherit it.
    PROCESSES.set_forkserver_preload(PRELOADED)
    served = tmp_path / "served.txt"

    def course(name: str, **environment: str) -> Course:
        (tmp_path / name).mkdir()
        served.write_text("")
        home = str(tmp_path / name / "store")
        return Course(tmp_path / name, short_file, url, served, {"COURSEAI_HOME": home, **environment})

    with counted_author(served) as url:
        unkilled = course("unkilled")
        life_s = unkilled.life_s()
        store = {"COURSEAI_DATABASE_URL": request.getfixturevalue("postgres_url")}
        killed = course("killed", **(store if database == "postgresql" else {}))
        expected = (unkilled.out / "course.json").read_bytes()
        tally = kill_until_done(killed, expected, life_s / 2, random.Random(1))

    assert tally.kills >= 1
    assert tally.finished_paid_again == tally.answers_unaccounted == 0
    assert tally.sections_lost == tally.courses_different == 0
    assert tally.paid_again <= tally.in_flight
