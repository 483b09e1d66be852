"""33 good lessons raise hardly an alarm; made bad in eleven ways, each is caught by the right check."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from courseai.course.errors import WeightsUnavailableError
from courseai.graph.services import Services, make_services
from courseai.models.offline import create_app
from courseai.models.provider import offline
from courseai.quality.embeddings import Embedder, VectorStore
from courseai.quality.weights import locate_weights
from tests.planted.inspection import inspect
from tests.planted.material import ENGLISH, SECOND, SPANISH, PlantedCourse, load_course
from tests.planted.mutation import WAYS, Way, can_be_spoiled, plantings, spoiled

COURSES = [load_course(name) for name in ENGLISH]
LOW = "low_alignment"
ALL = [*COURSES, *map(load_course, SPANISH)]


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The real model, loaded once."""
    try:
        locate_weights()
    except WeightsUnavailableError as missing:
        pytest.skip(f"needs the real embedding weights: {missing}")
    return Embedder(store=VectorStore())


@pytest.fixture
async def services(embedder: Embedder) -> AsyncIterator[Services]:
    """The services that production uses, with the offline author as the model."""
    made = make_services(offline(create_app()), embedder=embedder)
    yield made
    await made.aclose()


def test_there_are_33_lessons_and_eleven_ways() -> None:
    assert sum(len(course.lessons) for course in COURSES) == 33
    assert len(WAYS) == 11


async def test_at_most_one_of_the_untouched_lessons_raises_an_alarm(services: Services) -> None:
    found = [(course.name, await inspect(course, services)) for course in ALL]
    alarms = {(name, lesson_id): codes for name, by in found for lesson_id, codes in by.items() if codes}
    assert len(alarms) <= 1, alarms


async def test_33_lessons_that_no_rule_was_made_for_raise_no_alarm_but_low_alignment(
    services: Services,
) -> None:
    courses = [load_course(name) for name in SECOND]
    found = [codes for course in courses for codes in (await inspect(course, services)).values()]
    assert len(found) == 33
    assert set().union(*found) <= {LOW}
    assert sum(LOW in codes for codes in found) <= 6, found


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
async def test_a_lesson_made_bad_is_caught_by_the_check_that_is_meant_for_it(
    way: Way, services: Services
) -> None:
    for course in COURSES:
        lesson = next(lesson for planted, lesson in plantings(course) if planted is way)
        bad = spoiled(way, lesson, course, ALL)
        assert bad != course
        assert way.meant in (await inspect(bad, services))[lesson.lesson_id], (course.name, lesson.lesson_id)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
async def test_a_spanish_lesson_made_bad_is_caught_as_well(way: Way, services: Services) -> None:
    (course,) = map(load_course, SPANISH)
    lesson = next(one for one in course.lessons if can_be_spoiled(way, one, course) or way.meant == LOW)
    if way.meant == LOW:
        pytest.skip("alignment is calibrated for English; elsewhere a model judges")
    bad = spoiled(way, lesson, course, ALL)
    assert way.meant in (await inspect(bad, services))[lesson.lesson_id]


def test_spoiling_repeats_itself() -> None:
    course: PlantedCourse = COURSES[0]
    once, again = (spoiled(WAYS[3], course.lessons[0], course, ALL, seed=4) for _ in range(2))
    assert once == again != course
