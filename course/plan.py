"""The lesson plan: what every lesson teaches, fixed before anything is paid for.

Limits of a lesson are those that the next stage expects: 1 to 5 objectives, 2 to 10 key topics, 3 to 45
minutes. Everything here is pure; what had to be adjusted is said in the notes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import chain, combinations

from pydantic import BaseModel, ConfigDict

from .analysis import AnalysisResult, Difficulty, Importance, Progression, Section
from .objective import measurability, rewrite
from .risk import needs_sign_off, section_risk

OBJECTIVES_PER_LESSON = 5
TOPICS_PER_LESSON_MINIMUM = 2
TOPICS_PER_LESSON = 10
MINUTES_MINIMUM = 3
MINUTES_MAXIMUM = 45
MINUTES_DEFAULT = 20


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class RewrittenObjective(_Part):
    """An objective of the input that was not measurable, and what the course teaches instead."""

    original: str
    rewritten: str


class LessonPlan(_Part):
    """What one lesson must teach."""

    lesson_id: str
    """Section id and lesson number, such as `s1-l2`."""
    number: int
    """Position within the section, from 1."""
    objectives: list[str]
    """1 to 5 of the section's objectives, in its order."""
    key_topics: list[str]
    """2 to 10 of the section's key topics, in its order."""
    minutes: int
    """Learning time, 3 to 45 minutes."""


class SectionPlan(_Part):
    """What one section must teach, and all that routing needs to know about it."""

    section_id: str
    area: str
    difficulty: Difficulty
    """The section's own, else the audience's; a mixed audience counts as intermediate."""
    importance: Importance | None
    progression: Progression | None
    template: str | None
    risk: str | None
    """Why it goes to the strongest model (see `risk.section_risk`), or None."""
    sign_off: bool
    """Whether a person must sign it off (rule X8)."""
    highest_quality: bool = False
    """Whether a person asked up front that the strongest model writes it."""
    approach: str
    """The pedagogical approach in the input's words; empty where it has none."""
    prerequisites: list[str]
    objectives: list[str]
    """Every objective that the section teaches, measurable as far as we can tell."""
    rewritten: list[RewrittenObjective]
    lessons: list[LessonPlan]


class CoursePlan(_Part):
    """The sections in the order of teaching, with every lesson fixed."""

    language: str
    sections: list[SectionPlan]
    notes: list[str]
    """What was adjusted, and why, for people."""

    @property
    def lesson_count(self) -> int:
        """Lessons in the whole course; at least 10 (rule X1)."""
        return sum(len(section.lessons) for section in self.sections)

    def other_objectives(self, lesson_id: str) -> tuple[tuple[str, ...], ...]:
        """What the course's other lessons teach, one tuple a lesson, in the order of teaching."""
        lessons = (lesson for section in self.sections for lesson in section.lessons)
        return tuple(tuple(lesson.objectives) for lesson in lessons if lesson.lesson_id != lesson_id)


def plan_course(analysis: AnalysisResult, language: str, highest_quality: Collection[str] = ()) -> CoursePlan:
    """Plan every lesson of a validated analysis, written in `language` (a tag such as "en").

    `highest_quality` holds the ids of sections that a person wants from the strongest model.
    """
    notes = [*_total_note(analysis), *_duration_note(analysis), *_language_note(language)]
    planned = [_plan_section(analysis, section, language, notes) for section in analysis.sections]
    sections = [
        section.model_copy(update={"highest_quality": section.section_id in highest_quality})
        for section in planned
    ]
    return CoursePlan(language=language, sections=sections, notes=notes)


def _plan_section(analysis: AnalysisResult, section: Section, language: str, notes: list[str]) -> SectionPlan:
    objectives, rewritten = _measurable(section, language, notes)
    lesson_count = _lesson_count(section, len(objectives), notes)
    minutes = _minutes(analysis, section, lesson_count, notes)
    return SectionPlan(
        section_id=section.section_id,
        area=section.area,
        difficulty=section.difficulty or _audience_difficulty(analysis),
        importance=section.importance,
        progression=section.difficulty_progression,
        template=section.template,
        risk=section_risk(analysis, section),
        sign_off=needs_sign_off(analysis, section),
        approach=section.pedagogical_approach or "",
        prerequisites=section.prerequisites,
        objectives=objectives,
        rewritten=rewritten,
        lessons=_plan_lessons(section, objectives, lesson_count, minutes, notes),
    )


def _plan_lessons(
    section: Section, objectives: list[str], lesson_count: int, minutes: int, notes: list[str]
) -> list[LessonPlan]:
    objective_groups = [objectives[start:end] for start, end in _spans(len(objectives), lesson_count)]
    topic_groups = _topic_groups(section, objective_groups, notes)
    return [
        LessonPlan(
            lesson_id=f"{section.section_id}-l{number}",
            number=number,
            objectives=lesson_objectives,
            key_topics=lesson_topics,
            minutes=minutes,
        )
        for number, (lesson_objectives, lesson_topics) in enumerate(
            zip(objective_groups, topic_groups, strict=True), 1
        )
    ]


def _measurable(
    section: Section, language: str, notes: list[str]
) -> tuple[list[str], list[RewrittenObjective]]:
    """The section's objectives, rewritten where needed; two that become the same are one."""
    pairs = [(original, rewrite(original, language)) for original in section.learning_objectives]
    objectives = list(dict.fromkeys(objective for _, objective in pairs))
    rewritten = [RewrittenObjective(original=old, rewritten=new) for old, new in pairs if old != new]
    notes += [_rewritten_note(section, item) for item in rewritten]
    return objectives, rewritten


def _lesson_count(section: Section, objective_count: int, notes: list[str]) -> int:
    needed = -(-objective_count // OBJECTIVES_PER_LESSON)
    if needed > section.estimated_lessons:
        notes.append(
            f"Section {section.section_id}: {objective_count} objectives need {needed} lessons at "
            f"{OBJECTIVES_PER_LESSON} a lesson; {section.estimated_lessons} asked for, {needed} planned."
        )
    return max(needed, section.estimated_lessons)


def _spans(count: int, parts: int) -> list[tuple[int, int]]:
    """Contiguous spans that cover `count` items in `parts`; with more parts than items, items repeat."""
    starts = [part * count // parts for part in range(parts)]
    ends = [(part + 1) * count // parts for part in range(parts)]
    return [(start, max(end, start + 1)) for start, end in zip(starts, ends, strict=True)]


def _topic_groups(section: Section, objective_groups: list[list[str]], notes: list[str]) -> list[list[str]]:
    """Key topics for each lesson; lessons with the same objectives differ as long as topics allow it."""
    topics = section.key_topics
    used: set[tuple[tuple[str, ...], tuple[int, ...]]] = set()
    groups: list[tuple[int, ...]] = []
    spans = _spans(len(topics), len(objective_groups))
    for (start, end), objectives in zip(spans, objective_groups, strict=True):
        key = tuple(objectives)
        choices = _topic_choices(range(start, end)[:TOPICS_PER_LESSON], len(topics))
        first = next(choices)
        free = (choice for choice in chain([first], choices) if (key, choice) not in used)
        groups.append(next(free, first))
        used.add((key, groups[-1]))
    if len(used) < len(groups):
        notes.append(
            f"Section {section.section_id}: {len(groups) - len(used)} of {len(groups)} lessons repeat "
            "another's objectives and key topics; it has too few of both for so many lessons."
        )
    _note_topics(section, groups, notes)
    return [[topics[index] for index in group] for group in groups]


def _topic_choices(own: Sequence[int], topic_count: int) -> Iterator[tuple[int, ...]]:
    """Sets of topic numbers that hold `own`: the smallest first, filled up from the nearest neighbours."""
    others = sorted(
        (index for index in range(topic_count) if index not in own),
        key=lambda index: (min(abs(index - own[0]), abs(index - own[-1])), -index),
    )
    for extra in range(max(0, TOPICS_PER_LESSON_MINIMUM - len(own)), TOPICS_PER_LESSON - len(own) + 1):
        for added in combinations(others, extra):
            yield tuple(sorted((*own, *added)))


def _minutes(analysis: AnalysisResult, section: Section, lesson_count: int, notes: list[str]) -> int:
    """The asked lesson length, else the section's hours or the course's spread over lessons, else 20."""
    asked = analysis.recommended_structure.lesson_duration_minutes or _minutes_from_hours(
        analysis, section, lesson_count
    )
    minutes = min(max(asked, MINUTES_MINIMUM), MINUTES_MAXIMUM)
    if minutes != asked and analysis.recommended_structure.lesson_duration_minutes is None:
        notes.append(f"Section {section.section_id}: {asked} minutes a lesson became {minutes} (3 to 45).")
    return minutes


def _minutes_from_hours(analysis: AnalysisResult, section: Section, lesson_count: int) -> int:
    course_hours = analysis.recommended_structure.estimated_content_hours
    if section.estimated_duration_hours is not None:
        return round(section.estimated_duration_hours * 60 / lesson_count)
    if course_hours is not None:
        return round(course_hours * 60 / sum(each.estimated_lessons for each in analysis.sections))
    return MINUTES_DEFAULT


def _audience_difficulty(analysis: AnalysisResult) -> Difficulty:
    audience = analysis.topic_analysis.target_audience
    return "intermediate" if audience == "mixed" else audience


def _total_note(analysis: AnalysisResult) -> list[str]:
    total = analysis.recommended_structure.total_lessons
    planned = sum(section.estimated_lessons for section in analysis.sections)
    if planned == total:
        return []
    return [f"The sections add up to {planned} lessons, total_lessons says {total}: the sections count."]


def _duration_note(analysis: AnalysisResult) -> list[str]:
    asked = analysis.recommended_structure.lesson_duration_minutes
    if asked is None:
        return ["No lesson length was given: it follows from the estimated hours, or is 20 minutes."]
    if asked > MINUTES_MAXIMUM:
        return [f"{asked} minutes a lesson became {MINUTES_MAXIMUM}: a lesson has at most that."]
    return []


def _language_note(language: str) -> list[str]:
    if measurability("", language) != "unverified":
        return []
    return [f"Whether objectives in {language} can be measured is not verified; they are taught as they are."]


def _rewritten_note(section: Section, item: RewrittenObjective) -> str:
    return (
        f"Section {section.section_id}: “{item.original}” cannot be measured; "
        f"the course teaches “{item.rewritten}”."
    )


def _note_topics(section: Section, groups: list[tuple[int, ...]], notes: list[str]) -> None:
    left_out = len(section.key_topics) - len({index for group in groups for index in group})
    if left_out:
        notes.append(
            f"Section {section.section_id}: {left_out} of {len(section.key_topics)} key topics are left out; "
            f"a lesson has at most {TOPICS_PER_LESSON}."
        )
