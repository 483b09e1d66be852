"""Where do the floor and the ceiling of the complexity scale belong?

    python tests/bench/calibrate_complexity.py
    python tests/bench/calibrate_complexity.py --inputs FOLDER    # of analysis documents of your own

The strategy says how much of the content each tier should write: 65 to 70 % oss_20b, 20 to 25 % oss_120b,
5 to 10 % qwen3_max. The weights of the signals are the policy's; this puts floor and ceiling where the
middle of those shares is met on the sample documents (`--inputs`), which have all that an analysis says of a
section. Textbooks, which the fit has not seen, show what the scale does elsewhere: their chapters
are sections, their modules lessons. Every course counts the same, however long it is. Risk is left out: it
is another axis.

OpenStax material: (c) Rice University, CC BY 4.0; each row of the data names its book and commit.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from course_bench import SAMPLES, Json, table
from openstax import Section, read_sections

from courseai.course.intake import validate_value
from courseai.course.plan import plan_course
from courseai.course.policy import ComplexityPolicy, default_policy
from courseai.models.complexity import course_complexity, score, weighted_mean

CHEAP_SHARE, DEAR_SHARE = 0.675, 0.075
"""Middle of the strategy's shares of oss_20b and of qwen3_max."""
START_BELOW = default_policy().ladder.start_below
_LEVELS = "beginner", "intermediate", "advanced"
MOST_OBJECTIVES, LEAST_TOPICS, MOST_TOPICS = 10, 3, 25
"""What the contract allows a section."""


@dataclass(frozen=True)
class Lesson:
    """One lesson's share of all content, and how complex its section is."""

    course: str
    weight: float
    """All courses together weigh 1."""
    mean: float
    """Weighted mean of the signals, in [0, 1]."""


def textbook(name: str, sections: Sequence[Section]) -> Json:
    """A book as an analysis would see it.

    A book says nothing of difficulty and prerequisites. As in the samples, it counts as beginner's,
    intermediate and advanced by thirds, and each chapter needs the one before.
    """
    chapters = {title: list(rows) for title, rows in itertools.groupby(sections, lambda each: each.chapter)}
    breakdown = [
        {
            "section_id": f"s{number}",
            "area": title,
            "estimated_lessons": len(rows),
            "learning_objectives": _objectives(rows),
            "key_topics": _topics(title, rows),
            "prerequisites": [f"s{number - 1}"] if number > 1 else [],
            "difficulty": _LEVELS[3 * (number - 1) // len(chapters)],
        }
        for number, (title, rows) in enumerate(chapters.items(), 1)
    ]
    topics = {"determined_topic": name, "target_audience": "intermediate", "key_concepts": list(chapters)}
    structure = {
        "total_lessons": len(sections),
        "lesson_duration_minutes": 30,
        "sections_breakdown": breakdown,
    }
    return {"target_language": "en", "topic_analysis": topics, "recommended_structure": structure}


def _objectives(rows: Sequence[Section]) -> list[str]:
    """The first of every module, then the second, as many as a section may have."""
    turns = itertools.zip_longest(*(row.objectives for row in rows))
    return list(dict.fromkeys(each for turn in turns for each in turn if each))[:MOST_OBJECTIVES]


def _topics(title: str, rows: Sequence[Section]) -> list[str]:
    """The modules' titles, filled up where a chapter has fewer modules than a section needs topics."""
    titles = list(dict.fromkeys(row.title for row in rows))[:MOST_TOPICS]
    spare = [each for each in (title, *_objectives(rows)) if each not in titles]
    return [*titles, *spare[: max(0, LEAST_TOPICS - len(titles))]]


def documents(folder: Path) -> dict[str, Json]:
    """Every analysis in the folder, by name."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


def textbooks(data: Path | None) -> dict[str, Json]:
    """Every book, by title."""
    books = itertools.groupby(read_sections(data), lambda section: section.book)
    return {name: textbook(name, list(rows)) for name, rows in books}


def lessons(courses: dict[str, Json], policy: ComplexityPolicy) -> list[Lesson]:
    """Every lesson of every course."""
    return [lesson for name, each in courses.items() for lesson in _lessons(name, each, policy, len(courses))]


def _lessons(name: str, document: Json, policy: ComplexityPolicy, course_count: int) -> list[Lesson]:
    intake = validate_value(document, language=None)
    if intake.analysis is None or intake.language is None:
        raise SystemExit(f"{name} is not valid: {intake.problems}")
    plan = plan_course(intake.analysis, intake.language)
    complexity = course_complexity(intake.analysis, plan, policy)
    return [
        Lesson(
            name,
            1 / course_count / plan.lesson_count,
            weighted_mean(complexity[section.section_id].signals, policy),
        )
        for section in plan.sections
        for _ in section.lessons
    ]


def boundary(found: Iterable[Lesson], share: float) -> float:
    """Halfway between the means of the last lesson within this share of the content and of the next one."""
    weight = 0.0
    ordered = sorted(found, key=lambda each: each.mean)
    for lesson, following in itertools.pairwise(ordered):
        weight += lesson.weight
        if weight >= share and following.mean > lesson.mean:
            return (lesson.mean + following.mean) / 2
    return ordered[-1].mean


def fitted(found: Sequence[Lesson], policy: ComplexityPolicy) -> ComplexityPolicy:
    """Floor and ceiling for which the shares come out, to two decimals.

    A score is rounded, so a tier's content ends half a point below the score at which the next one begins.
    """
    low, high = START_BELOW["oss_20b"] - 1.5, START_BELOW["oss_120b"] - 1.5
    cheap, dear = boundary(found, CHEAP_SHARE), boundary(found, 1 - DEAR_SHARE)
    a_point = (dear - cheap) / (high - low)
    floor = cheap - low * a_point
    return policy.model_copy(update={"floor": round(floor, 2), "ceiling": round(floor + 9 * a_point, 2)})


def shares(found: Sequence[Lesson], policy: ComplexityPolicy) -> list[str]:
    """Content by the tier that its score alone would start it on, in percent."""
    total = sum(lesson.weight for lesson in found)
    bounds = [0, START_BELOW["oss_20b"], START_BELOW["oss_120b"], 11]
    return [
        f"{sum(x.weight for x in found if low <= score(x.mean, policy) < high) / total:.0%}"
        for low, high in itertools.pairwise(bounds)
    ]


def show(groups: dict[str, list[Lesson]], policies: dict[str, ComplexityPolicy]) -> None:
    """The shares of every course under each scale, and those of every group."""
    rows = []
    for group, found in groups.items():
        for name in dict.fromkeys(lesson.course for lesson in found):
            rows.append(_row(name, [lesson for lesson in found if lesson.course == name], policies))
        rows.append(_row(f"all {group}", found, policies))
    table(["course", "lessons", *(f"{n}: {p.floor} to {p.ceiling}" for n, p in policies.items())], rows)
    print("\nShares of the content with a score of 1 to 3, 4 to 6, and 7 to 10.")


def _row(name: str, found: Sequence[Lesson], policies: dict[str, ComplexityPolicy]) -> list[str]:
    return [name, f"{len(found)}", *(" / ".join(shares(found, policy)) for policy in policies.values())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=Path, default=SAMPLES, help="folder of analysis documents")
    parser.add_argument("--data", type=Path, help="folder of openstax-dev.jsonl.gz")
    options = parser.parse_args()
    policy = default_policy().complexity
    samples = lessons(documents(options.inputs), policy)
    books = lessons(textbooks(options.data), policy)
    show({"inputs": samples, "books": books}, {"shipped": policy, "fitted": fitted(samples, policy)})


if __name__ == "__main__":
    main()
