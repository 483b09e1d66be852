"""A run that is killed again and again ends as if nothing had happened; the long version is tests/bench."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.service.killing import Course, kill_until_done
from tests.service.lives import PRELOADED, PROCESSES, counted_author

MakeCourse = Callable[..., Course]


@dataclass(frozen=True)
class Unkilled:
    """The same course, made in one life."""

    course: bytes
    life_s: float


@pytest.fixture(scope="module")
def make_course(short_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeCourse]:
    """Courses to be made one after another, each in a home of its own, with one model server."""
    folder = tmp_path_factory.mktemp("kill")
    served = folder / "served.txt"
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[2])  # The processes inherit it.
        PROCESSES.set_forkserver_preload(PRELOADED)
        with counted_author(served) as url:

            def make(name: str, **environment: str) -> Course:
                (folder / name).mkdir()
                served.write_text("")
                home = {"COURSEAI_HOME": str(folder / name / "store")}
                return Course(folder / name, short_file, url, served, home | environment)

            yield make


@pytest.fixture(scope="module")
def unkilled(make_course: MakeCourse) -> Unkilled:
    course = make_course("unkilled")
    life_s = course.life_s()
    return Unkilled((course.out / "course.json").read_bytes(), life_s)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_killed_runs_lose_nothing_pay_nothing_twice_and_make_the_same_course(
    database: str, make_course: MakeCourse, unkilled: Unkilled, request: pytest.FixtureRequest
) -> None:
    is_remote = database == "postgresql"
    store = {"COURSEAI_DATABASE_URL": request.getfixturevalue("postgres_url")} if is_remote else {}
    tally = kill_until_done(
        make_course(database, **store), unkilled.course, unkilled.life_s / 2, random.Random(1)
    )

    assert tally.kills >= 1
    assert tally.finished_paid_again == tally.answers_unaccounted == 0
    assert tally.sections_lost == tally.courses_different == tally.bills_above_charge == 0
    assert tally.paid_again <= tally.in_flight
