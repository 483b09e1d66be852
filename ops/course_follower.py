"""Gathers the figures of a course from the nodes that make it; tells them once, before a person decides."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from courseai.course.errors import InsufficientLessonsError
from courseai.course.state import Json
from courseai.graph.observation import Step
from courseai.ops.course_figures import (
    CourseFigures,
    LessonFigures,
    SectionFigures,
    covered,
    lesson_figures,
    section_figures,
)

_RUNS_KEPT = 1024
"""The oldest go first; one that goes on after that is told from its report."""


@dataclass
class _Course:
    """What is known of a course so far."""

    complexity: dict[str, int] = field(default_factory=dict)
    sections: dict[str, SectionFigures] = field(default_factory=dict)
    lessons: tuple[LessonFigures, ...] = ()
    bloom_compliance: float | None = None
    coverage: Json = field(default_factory=dict)
    is_told: bool = False

    def take(self, update: Mapping[str, Any]) -> None:
        """Learn from what a node wrote into the state, or from a report in the same shape."""
        for section_id, brief in update.get("briefs", {}).items():
            self.complexity[section_id] = brief["complexity"]["score"]
        for section_id, outcome in update.get("sections", {}).items():
            self.sections[section_id] = section_figures(outcome, self.complexity.get(section_id))
        if verdicts := update.get("verdicts"):
            self.lessons = lesson_figures(list(verdicts.values()))
        if outcomes := update.get("metadata", {}).get("outcomes"):
            self.bloom_compliance = outcomes["bloom_compliance"]
        self.coverage = update.get("coverage") or self.coverage

    def figures(self, run_id: str) -> CourseFigures:
        """All of it."""
        outcomes, outcomes_covered = covered(self.coverage)
        return CourseFigures(
            run_id=run_id,
            sections=tuple(self.sections.values()),
            lessons=self.lessons,
            bloom_compliance=self.bloom_compliance,
            outcomes=outcomes,
            outcomes_covered=outcomes_covered,
        )


class CourseFollower:
    """Tells each course's figures once in this process: when coverage was checked, or it ended too short.

    A run that another process began is told from its report, unless a person had decided on it: then the
    process that asked that person has told it. For any thread.
    """

    def __init__(self, tell: Callable[[CourseFigures], None]) -> None:
        self._tell = tell
        self._courses: OrderedDict[str, _Course] = OrderedDict()
        self._lock = threading.Lock()

    def on_step(self, step: Step) -> None:
        """Follow a course by a node of it that ran."""
        if step.run_id is None:
            return
        with self._lock:
            figures = self._figures(step.run_id, step)
        if figures:
            self._tell(figures)

    def _figures(self, run_id: str, step: Step) -> CourseFigures | None:
        """The figures, when this step completes them."""
        course = self._course(run_id)
        if course.is_told:
            return None
        if step.node == "human_review" and step.outcome == "done" and step.update.get("decisions"):
            course.is_told = True
            return None
        if step.node == "assembly" and step.outcome == "done":
            return self._of_report(run_id, step.update["report"])
        course.take(step.update)
        is_short = isinstance(step.error, InsufficientLessonsError)
        is_covered = step.node == "coverage" and step.outcome == "done"
        if not is_short and not (is_covered and course.lessons and course.sections):
            return None
        self._courses[run_id] = _Course(is_told=True)
        return course.figures(run_id)

    def _of_report(self, run_id: str, report: Json) -> CourseFigures | None:
        self._courses[run_id] = _Course(is_told=True)
        if report["decisions"]:
            return None
        course = _Course()
        by_id = {section["section_id"]: section for section in report["sections"]}
        verdicts = {verdict["lesson_id"]: verdict for verdict in report["verdicts"]}
        course.take(report | {"briefs": by_id, "sections": by_id, "verdicts": verdicts})
        return course.figures(run_id)

    def _course(self, run_id: str) -> _Course:
        course = self._courses.setdefault(run_id, _Course())
        self._courses.move_to_end(run_id)
        while len(self._courses) > _RUNS_KEPT:
            self._courses.popitem(last=False)
        return course
