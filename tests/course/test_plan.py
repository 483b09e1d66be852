"""The lesson plan and its laws."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.course.analysis import AnalysisResult
from courseai.course.plan import CoursePlan, SectionPlan, plan_course


@st.composite
def section_documents(draw: st.DrawFn, number: int) -> dict[str, Any]:
    section: dict[str, Any] = {
        "section_id": f"s{number}",
        "area": f"Area {number}",
        "estimated_lessons": draw(st.integers(1, 60)),
        "learning_objectives": [f"Explain part {n}" for n in range(draw(st.integers(2, 10)))],
        "key_topics": [f"topic {n}" for n in range(draw(st.integers(3, 25)))],
    }
    if draw(st.booleans()):
        section["estimated_duration_hours"] = draw(st.floats(0.01, 40))
    return section


@st.composite
def analyses(draw: st.DrawFn) -> AnalysisResult:
    sections = [draw(section_documents(number)) for number in range(1, draw(st.integers(1, 4)) + 1)]
    structure: dict[str, Any] = {"total_lessons": 10, "sections_breakdown": sections}
    if draw(st.booleans()):
        structure["lesson_duration_minutes"] = draw(st.integers(3, 90))
    if draw(st.booleans()):
        structure["estimated_content_hours"] = draw(st.floats(0.5, 200))
    topic = {"determined_topic": "Topic", "target_audience": "mixed", "key_concepts": ["a", "b", "c"]}
    return AnalysisResult.model_validate({"topic_analysis": topic, "recommended_structure": structure})


def in_order(part: list[str], whole: list[str]) -> bool:
    places = [whole.index(item) for item in part]
    return places == sorted(set(places))


def plan_of(document: dict[str, Any], language: str = "en") -> CoursePlan:
    return plan_course(AnalysisResult.model_validate(document), language)


def section_of(lessons: int, objectives: int, topics: int) -> SectionPlan:
    section = {
        "section_id": "s1",
        "area": "Area",
        "estimated_lessons": lessons,
        "learning_objectives": [f"Explain part {n}" for n in range(objectives)],
        "key_topics": [f"topic {n}" for n in range(topics)],
    }
    topic = {"determined_topic": "Topic", "target_audience": "mixed", "key_concepts": ["a", "b", "c"]}
    structure = {"total_lessons": 10, "sections_breakdown": [section]}
    return plan_of({"topic_analysis": topic, "recommended_structure": structure}).sections[0]


@given(analysis=analyses())
def test_every_lesson_keeps_its_limits(analysis: AnalysisResult) -> None:
    for section in plan_course(analysis, "en").sections:
        for lesson in section.lessons:
            assert 1 <= len(lesson.objectives) <= 5
            assert 2 <= len(lesson.key_topics) <= 10
            assert 3 <= lesson.minutes <= 45


@given(analysis=analyses())
def test_every_objective_is_taught_and_objectives_stay_together(analysis: AnalysisResult) -> None:
    for section in plan_course(analysis, "en").sections:
        taught = [objective for lesson in section.lessons for objective in lesson.objectives]
        assert list(dict.fromkeys(taught)) == section.objectives
        assert taught == sorted(taught, key=section.objectives.index)


@given(analysis=analyses())
def test_every_key_topic_is_used_where_ten_a_lesson_allow_it(analysis: AnalysisResult) -> None:
    for section, plan in zip(analysis.sections, plan_course(analysis, "en").sections, strict=True):
        used = {topic for lesson in plan.lessons for topic in lesson.key_topics}
        assert len(used) == min(len(section.key_topics), 10 * len(plan.lessons))


@given(analysis=analyses())
def test_items_keep_the_order_of_the_input(analysis: AnalysisResult) -> None:
    for section, plan in zip(analysis.sections, plan_course(analysis, "en").sections, strict=True):
        assert all(in_order(lesson.objectives, plan.objectives) for lesson in plan.lessons)
        assert all(in_order(lesson.key_topics, section.key_topics) for lesson in plan.lessons)


@given(analysis=analyses())
def test_lessons_with_the_same_objectives_have_different_topics_where_topics_suffice(
    analysis: AnalysisResult,
) -> None:
    for section, plan in zip(analysis.sections, plan_course(analysis, "en").sections, strict=True):
        if len(plan.lessons) <= len(section.key_topics):
            pairs = [(tuple(lesson.objectives), tuple(lesson.key_topics)) for lesson in plan.lessons]
            assert len(set(pairs)) == len(pairs)


@given(analysis=analyses())
def test_a_section_has_the_lessons_asked_for_or_more_where_objectives_need_them(
    analysis: AnalysisResult,
) -> None:
    for section, plan in zip(analysis.sections, plan_course(analysis, "en").sections, strict=True):
        needed = (len(section.learning_objectives) + 4) // 5
        assert len(plan.lessons) == max(section.estimated_lessons, needed)
        assert [lesson.number for lesson in plan.lessons] == list(range(1, len(plan.lessons) + 1))


@given(analysis=analyses())
def test_a_plan_is_plain_json_and_its_lesson_ids_are_unique(analysis: AnalysisResult) -> None:
    plan = plan_course(analysis, "en")
    assert CoursePlan.model_validate_json(plan.model_dump_json()) == plan
    ids = [lesson.lesson_id for section in plan.sections for lesson in section.lessons]
    assert len(set(ids)) == len(ids) == plan.lesson_count


def test_fewer_lessons_than_objectives_share_them_out() -> None:
    plan = section_of(lessons=2, objectives=5, topics=6)
    assert [len(lesson.objectives) for lesson in plan.lessons] == [2, 3]
    assert [len(lesson.key_topics) for lesson in plan.lessons] == [3, 3]


def test_more_lessons_than_objectives_repeat_them_with_other_topics() -> None:
    plan = section_of(lessons=4, objectives=2, topics=4)
    assert [lesson.objectives for lesson in plan.lessons[:2]] == [["Explain part 0"]] * 2
    assert [lesson.key_topics for lesson in plan.lessons[:2]] == [
        ["topic 0", "topic 1"],
        ["topic 1", "topic 2"],
    ]


def test_real_input_needs_no_adjustment(document: dict[str, Any]) -> None:
    plan = plan_of(document)
    assert plan.notes == []
    assert plan.lesson_count == 18
    assert plan.sections[2].lessons[0].lesson_id == "s3-l1"


def test_objectives_that_cannot_be_measured_are_rewritten_and_noted(
    document: dict[str, Any], sections: list[dict[str, Any]]
) -> None:
    sections[2]["learning_objectives"] = ["Understand loops", "Know lists", "Appreciate Python"]
    plan = plan_of(document)
    assert plan.sections[2].objectives == ["Explain loops", "Describe lists", "Justify the value of Python"]
    assert [item.original for item in plan.sections[2].rewritten] == sections[2]["learning_objectives"]
    assert len(plan.notes) == 3


def test_objectives_that_become_the_same_are_taught_once(
    document: dict[str, Any], sections: list[dict[str, Any]]
) -> None:
    sections[2]["learning_objectives"] = ["Understand loops", "Explain loops"]
    assert plan_of(document).sections[2].objectives == ["Explain loops"]


def test_an_unverified_language_is_noted(document: dict[str, Any]) -> None:
    (note,) = plan_of(document, "ja").notes
    assert "not verified" in note


def test_more_objectives_than_the_lessons_hold_raise_the_lesson_count_and_are_noted(
    document: dict[str, Any], sections: list[dict[str, Any]]
) -> None:
    sections[1] |= {"estimated_lessons": 1, "learning_objectives": [f"Plot figure {n}" for n in range(6)]}
    plan = plan_of(document)
    assert len(plan.sections[1].lessons) == 2
    assert any("6 objectives need 2 lessons" in note for note in plan.notes)


def test_key_topics_beyond_ten_a_lesson_are_noted(
    document: dict[str, Any], sections: list[dict[str, Any]]
) -> None:
    sections[1] |= {"estimated_lessons": 1, "key_topics": [f"plot {n}" for n in range(12)]}
    plan = plan_of(document)
    assert len(plan.sections[1].lessons[0].key_topics) == 10
    assert any("2 of 12 key topics are left out" in note for note in plan.notes)


def test_lessons_that_cannot_differ_are_noted(
    document: dict[str, Any], sections: list[dict[str, Any]]
) -> None:
    sections[1] |= {"estimated_lessons": 10, "key_topics": ["line plots", "subplots", "axis labels"]}
    assert any("2 of 10 lessons repeat" in note for note in plan_of(document).notes)


@pytest.mark.parametrize(
    ("minutes", "hours", "expected"),
    [
        (25, (1.0, 9.0), 25),
        (90, (1.0, 9.0), 45),
        (None, (1.5, 9.0), 30),
        (None, (None, 9.0), 30),
        (None, (None, None), 20),
    ],
)
def test_minutes_come_from_the_lesson_length_or_the_hours_or_are_twenty(
    document: dict[str, Any],
    sections: list[dict[str, Any]],
    minutes: int | None,
    hours: tuple[float | None, float | None],
    expected: int,
) -> None:
    section_hours, course_hours = hours
    structure = document["recommended_structure"]
    for part, name, value in (
        (structure, "lesson_duration_minutes", minutes),
        (structure, "estimated_content_hours", course_hours),
        (sections[0], "estimated_duration_hours", section_hours),
    ):
        del part[name]
        if value is not None:
            part[name] = value
    assert plan_of(document).sections[0].lessons[0].minutes == expected


@pytest.mark.parametrize(("audience", "expected"), [("mixed", "intermediate"), ("advanced", "advanced")])
def test_the_audience_gives_the_difficulty_where_the_section_does_not(
    document: dict[str, Any], sections: list[dict[str, Any]], audience: str, expected: str
) -> None:
    del sections[0]["difficulty"]
    document["topic_analysis"]["target_audience"] = audience
    assert plan_of(document).sections[0].difficulty == expected


def test_a_section_at_risk_carries_its_reason(
    document: dict[str, Any], sections: list[dict[str, Any]]
) -> None:
    sections[0]["risk"] = "legal"
    document["compliance"]["legal_or_regulatory"] = True
    plan = plan_of(document).sections[0]
    assert (plan.risk, plan.sign_off) == ("legal", True)
