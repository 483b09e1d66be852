"""What the page says about quality: which lesson and exercises serve which outcome, and figures in words."""

from __future__ import annotations

from courseai.course.state import Json
from courseai.course.verdict import Status


def coverage_matrix(course: Json, report: Json) -> Json:
    """Lessons as columns and outcomes as rows, with a cell for each; plain JSON for the template.

    A cell is None where the lesson does not serve the outcome, else the probability in [0, 1] that it
    teaches it (None: unverified) and the lesson's exercises, of which any may check it.
    """
    columns = [
        {"lesson_id": lesson["lesson_id"], "title": lesson["title"], "place": f"{place}.{lesson['number']}"}
        for place, section in enumerate(course["sections"], 1)
        for lesson in section["lessons"]
    ]
    exercises = {
        lesson["lesson_id"]: [exercise["exercise_id"] for exercise in lesson["exercises"]]
        for section in course["sections"]
        for lesson in section["lessons"]
    }
    rows = [
        {
            "outcome": row["outcome"],
            "cells": [_cell(row, column["lesson_id"], exercises) for column in columns],
            "exercises": sum(len(exercises.get(lesson_id, [])) for lesson_id in row["lessons"]),
            "is_weak": row["is_weak"],
        }
        for row in report.get("coverage", {}).get("outcomes", [])
    ]
    coverage = report.get("coverage", {})
    return {
        "columns": columns,
        "rows": rows,
        "holes": coverage.get("holes", []),
        "orphans": [
            column for column in columns if column["lesson_id"] in coverage.get("orphan_lessons", [])
        ],
    }


def quality_figures(report: Json) -> Json:
    """Pass rate, shares and tells, as the page prints them: percentages are whole numbers."""
    quality, exercises = report["quality"], report.get("exercises", {})
    flagged = [verdict for verdict in report["verdicts"] if verdict["status"] != Status.PASS]
    return {
        "pass_rate": _percent(quality["pass_rate"]),
        "requires_revision": quality["requires_revision"],
        "judged_by": {method: _percent(share) for method, share in quality["judged_by"].items()},
        "flagged": flagged,
        "measurable": _percent_or_none(quality.get("measurable_outcomes")),
        "bloom": _percent_or_none(quality.get("bloom_compliance")),
        "claims": quality.get("claims", {}),
        "facts": report.get("facts", []),
        "key_positions": exercises.get("key_positions", {}),
        "true_false": exercises.get("true_false", {}),
        "longest_key": exercises.get("longest_key"),
        "total": exercises.get("total", 0),
    }


def _cell(row: Json, lesson_id: str, exercises: Json) -> Json | None:
    if lesson_id not in row["lessons"]:
        return None
    return {"probability": row["lessons"][lesson_id], "exercises": exercises[lesson_id]}


def _percent_or_none(share: float | None) -> int | None:
    return None if share is None else _percent(share)


def _percent(share: float) -> int:
    return round(100 * share)
