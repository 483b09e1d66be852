"""Alignment is read against the course that a lesson stands in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from courseai.course.plan import CoursePlan
from courseai.quality.alignment import Alignment, AlignmentScorer, LessonText

if TYPE_CHECKING:
    from tests.graph.conftest import Json, PipelineMaker


async def test_the_judge_reads_a_lesson_against_all_other_lessons_of_the_course(
    make_pipeline: PipelineMaker, document: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[LessonText]] = []
    score = AlignmentScorer.score

    def noted(self: AlignmentScorer, lessons: Sequence[LessonText], language: str = "en") -> list[Alignment]:
        calls.append(list(lessons))
        return score(self, lessons, language)

    monkeypatch.setattr(AlignmentScorer, "score", noted)
    outcome = await make_pipeline().run(document)

    plan = CoursePlan.model_validate(outcome.state["plan"])
    whole_course = [call for call in calls if len(call) == plan.lesson_count]
    assert whole_course
    for lesson in whole_course[0]:
        assert lesson.others == plan.other_objectives(lesson.lesson_id)
        assert len(lesson.others) == plan.lesson_count - 1
