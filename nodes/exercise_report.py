"""The report's part on exercises: the course in figures, and what happened to those that were flawed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

from courseai.course.section import Section
from courseai.course.state import CourseState, Json
from courseai.quality.exercise_statistics import exercise_statistics


def exercise_report(state: CourseState, sections: Sequence[Section], language: str) -> Json:
    """Statistics of the finished course (quality/exercise_statistics.py), with repairs and rewrites.

    Listed in full are the exercises that were rewritten, dropped, or still cannot be marked.
    """
    exercises = [
        exercise for section in sections for lesson in section.lessons for exercise in lesson.exercises
    ]
    records = [outcome["exercises"] for outcome in state["sections"].values()]
    repairs = chain.from_iterable(chain.from_iterable(record["repaired"].values()) for record in records)
    blocked: dict[str, list[str]] = {}
    for record in records:
        blocked |= record["blocked"]
    return {
        **exercise_statistics(exercises, language),
        "repaired": dict(Counter(repairs)),
        "rewritten": [entry for record in records for entry in record["rewritten"]],
        "dropped": [entry for record in records for entry in record["dropped"]],
        "blocked": blocked,
    }
