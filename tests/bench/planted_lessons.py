"""Lessons made bad on purpose in eleven ways: how many are caught, by which check, and what is a false alarm.

    python tests/bench/planted_lessons.py            # the 33 lessons of the test, each spoiled in one way
    python tests/bench/planted_lessons.py --all      # every lesson in every way, Spanish too
    python tests/bench/planted_lessons.py --all --seed 1
    python tests/bench/planted_lessons.py --second   # 33 other lessons; with --all, each of them in every way

Each lesson is spoiled alone, in a course that is otherwise untouched, and the pipeline's own nodes look at
that course (tests/planted). It needs the embedding weights; the model judge's word is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from courseai.graph.services import Services, make_services
from courseai.models.offline import create_app
from courseai.models.provider import offline
from tests.planted.inspection import inspect
from tests.planted.material import ENGLISH, SECOND, SPANISH, PlantedCourse, PlantedLesson, load_course
from tests.planted.mutation import WAYS, Way, can_be_spoiled, plantings, spoiled

Planted = tuple[Way, PlantedLesson, PlantedCourse]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--all", action="store_true", help="every lesson in every way")
    parser.add_argument("--second", action="store_true", help="the second set of courses")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    asyncio.run(_report(SECOND if options.second else (*ENGLISH, *SPANISH), options.all, options.seed))


async def _report(names: Sequence[str], everything: bool, seed: int) -> None:
    services = make_services(offline(create_app()))
    courses = [load_course(name) for name in names]
    lenders = [*courses, *(load_course(name) for name in SPANISH if name not in names)]
    try:
        await _table(_planted(courses, everything), lenders, services, seed)
        await _alarms(courses, services)
    finally:
        await services.aclose()


def _planted(courses: list[PlantedCourse], everything: bool) -> list[Planted]:
    if everything:
        return [
            (way, lesson, course)
            for course in courses
            for lesson in course.lessons
            for way in WAYS
            if can_be_spoiled(way, lesson, course)
        ]
    english = [course for course in courses if course.language == "en"]
    return [(way, lesson, course) for course in english for way, lesson in plantings(course)]


async def _table(planted: list[Planted], courses: list[PlantedCourse], services: Services, seed: int) -> None:
    total, caught, meant = Counter[str](), Counter[str](), Counter[str]()
    by: dict[str, Counter[str]] = {way.name: Counter() for way in WAYS}
    missed = []
    for way, lesson, course in planted:
        bad = spoiled(way, lesson, course, courses, seed)
        codes = (await inspect(bad, services))[lesson.lesson_id]
        total[way.name] += 1
        caught[way.name] += bool(codes)
        meant[way.name] += way.meant in codes
        by[way.name].update(codes)
        if way.meant not in codes:
            missed.append(f"{way.name}: {course.name} {lesson.lesson_id}, found {sorted(codes) or 'nothing'}")
    print("| way | planted | caught | by the check meant for it | checks that spoke |\n|---|---|---|---|---|")
    for way in WAYS:
        name = way.name
        spoke = ", ".join(f"{code} {count}" for code, count in by[name].most_common())
        print(f"| {name} | {total[name]} | {caught[name]} | {way.meant} {meant[name]} | {spoke} |")
    print(
        f"all: {total.total()} planted, {caught.total()} caught, {meant.total()} by the check meant for them"
    )
    print(*(f"missed by it: {one}" for one in missed), sep="\n")


async def _alarms(courses: list[PlantedCourse], services: Services) -> None:
    lessons = 0
    for course in courses:
        found = await inspect(course, services)
        lessons += len(found)
        for lesson_id, codes in found.items():
            if codes:
                print(f"false alarm: {course.name} {lesson_id}: {sorted(codes)}")
    print(f"{lessons} untouched lessons")


if __name__ == "__main__":
    main()
