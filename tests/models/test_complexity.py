"""Complexity: every signal tells an easy section from a hard one, and risk is none of them."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.course.analysis import AnalysisResult
from courseai.course.intake import validate_value
from courseai.course.plan import CoursePlan, LessonPlan, SectionPlan, plan_course
from courseai.course.policy import SIGNALS, ComplexityPolicy, default_policy
from courseai.models.complexity import Complexity, course_complexity, has_template
from courseai.models.routing import starting_tier

SAMPLES = Path(__file__).parents[2] / "studio" / "samples"
POLICY = default_policy().complexity


def sample(name: str) -> AnalysisResult:
    """A sample document, validated."""
    document = json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))
    analysis = validate_value(document, language=None).analysis
    assert analysis is not None
    return analysis


ANALYSIS = sample("programming_beginner")
EASY = SectionPlan(
    section_id="s1",
    area="Names and values",
    difficulty="beginner",
    importance="core",
    progression="flat",
    template=None,
    risk=None,
    sign_off=False,
    approach="",
    prerequisites=[],
    objectives=["List three kinds of values", "Name the parts of a line of code"],
    rewritten=[],
    lessons=[
        LessonPlan(
            lesson_id="s1-l1",
            number=1,
            objectives=["List three kinds of values", "Name the parts of a line of code"],
            key_topics=["numbers", "names"],
            minutes=15,
        )
    ],
)


def section(section_id: str = "s1", topics: list[str] | None = None, **changes: Any) -> SectionPlan:
    """The easiest section there is, with other facts and, if given, other key topics."""
    lessons = EASY.lessons
    if topics is not None:
        lessons = [lesson.model_copy(update={"key_topics": topics}) for lesson in lessons]
    return EASY.model_copy(update={"section_id": section_id, "lessons": lessons, **changes})


def course(
    *sections: SectionPlan, language: str = "en", analysis: AnalysisResult = ANALYSIS
) -> list[Complexity]:
    """The complexity of each section of a course, in order."""
    plan = CoursePlan(language=language, sections=list(sections), notes=[])
    return list(course_complexity(analysis, plan, POLICY).values())


def signal(name: str, *sections: SectionPlan, language: str = "en") -> float:
    """One signal of the last of these sections."""
    return course(*sections, language=language)[-1].signals[name]


OBJECTIVE_SIGNALS = [
    ("bloom_level", "Design a program that sorts names", "List the names of a program"),
    ("multi_step_reasoning", "Prove that the loop ends", "List the words of the loop"),
    ("multi_step_reasoning", "Trace the steps of the loop", "Name the parts of the loop"),
    ("synthesis", "Justify the choice of a data type", "Name a data type"),
    ("synthesis", "Integrate two modules into one program", "Open a program"),
]


@pytest.mark.parametrize(("name", "hard", "easy"), OBJECTIVE_SIGNALS)
def test_the_objectives_tell_hard_sections_from_easy_ones(name: str, hard: str, easy: str) -> None:
    assert signal(name, section(objectives=[hard])) > signal(name, section(objectives=[easy]))


@pytest.mark.parametrize(
    ("language", "easy"),
    [
        ("en", "Name the testament of a king"),
        ("en", "List the comparators of a lathe"),
        ("es", "Compartir una receta"),
    ],
)
def test_a_word_that_only_looks_like_a_marker_is_none(language: str, easy: str) -> None:
    assert signal("multi_step_reasoning", section(objectives=[easy]), language=language) == 0


@pytest.mark.parametrize(
    ("language", "objective"),
    [
        ("es", "Resolver problemas con dos variables"),
        ("fr", "Comparer deux textes"),
        ("de", "Zwei Gleichungen lösen"),
        ("pt", "Calcular a média"),
        ("it", "Confrontare due opere"),
        ("ru", "Сравнить два метода"),
    ],
)
def test_reasoning_is_seen_in_other_languages(language: str, objective: str) -> None:
    assert signal("multi_step_reasoning", section(objectives=[objective]), language=language) == 1


def test_a_language_without_markers_scores_nothing_rather_than_something_wrong() -> None:
    hard = section(objectives=["Udowodnij twierdzenie"])
    assert signal("multi_step_reasoning", hard, language="pl") == 0
    assert signal("abstract_concepts", hard, language="pl") == 0


def test_abstract_nouns_raise_abstraction() -> None:
    abstract = section(area="Recursion, abstraction, inheritance and polymorphism")
    assert signal("abstract_concepts", abstract) > signal(
        "abstract_concepts", section(area="Hammer and nails")
    )


def test_topics_with_the_words_of_the_domain_raise_specificity() -> None:
    keyword = (ANALYSIS.topic_analysis.domain_keywords or [])[0]
    assert signal("domain_specificity", section(topics=[f"the {keyword} in use", "names"])) == 0.5
    assert signal("domain_specificity", section(topics=["tea", "coffee"])) == 0


def test_concepts_shared_with_another_section_raise_interconnection() -> None:
    shared = section("s1", area="More on exceptions"), section("s2", area="The exception again")
    single = section("s1", area="More on tea"), section("s2", area="The exception again")
    assert "exception" in ANALYSIS.topic_analysis.key_concepts
    assert signal("interconnected_concepts", *shared) == signal("interconnected_concepts", *single) + 0.25


def test_a_concept_inside_another_word_is_not_that_concept() -> None:
    inside = section("s1", area="A specialist"), section("s2", area="Another specialist")
    plain = section("s1", area="An expert"), section("s2", area="Another expert")
    assert "list" in ANALYSIS.topic_analysis.key_concepts
    assert signal("interconnected_concepts", *inside) == signal("interconnected_concepts", *plain)


def test_depth_counts_the_longest_chain_of_prerequisites() -> None:
    chain = [section(f"s{n}", prerequisites=[f"s{n - 1}"] if n > 1 else []) for n in range(1, 9)]
    depths = [c.signals["prerequisite_depth"] for c in course(*chain)]
    assert depths == [0, 0.2, 0.4, 0.6, 0.8, 1, 1, 1]


def test_prerequisites_side_by_side_are_no_deeper_than_one() -> None:
    wide = [section("s1"), section("s2"), section("s3", prerequisites=["s1", "s2"])]
    assert signal("prerequisite_depth", *wide) == 0.2


def test_words_not_met_before_are_new_and_the_same_again_are_not() -> None:
    assert signal("novelty", section("s1"), section("s2")) == 0
    new = section("s2", topics=["photosynthesis", "chloroplasts"], area="Plants")
    assert 0 < signal("novelty", section("s1"), new) < 1


def test_a_first_section_is_not_hard_because_all_of_it_is_new() -> None:
    assert signal("novelty", section()) == 0


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("progression", ["flat", "gradual", "steep"]),
        ("difficulty", ["beginner", "intermediate", "advanced"]),
    ],
)
def test_what_the_document_says_of_difficulty_is_ordered(name: str, values: list[str]) -> None:
    found = [signal(name, section().model_copy(update={name: value})) for value in values]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (0, 1)


def test_an_unsaid_progression_counts_as_gradual() -> None:
    unsaid, gradual = section(progression=None), section(progression="gradual")
    assert signal("progression", unsaid) == signal("progression", gradual)


def test_every_signal_is_logged_by_name() -> None:
    for found in course(section()):
        assert set(found.to_dict()["signals"]) == set(SIGNALS)


@pytest.mark.parametrize("risk", ["safety_critical", "legal", "medical", "financial", "compliance"])
def test_risk_is_a_separate_axis(risk: str) -> None:
    assert course(section(risk=risk, sign_off=True)) == course(section())


@pytest.mark.parametrize(
    ("template", "expected"),
    [("project", True), ("concept-example-practice", True), ("", False), ("  \t", False), (None, False)],
)
def test_a_section_has_a_template_when_the_document_names_one(template: str | None, expected: bool) -> None:
    assert has_template(section(template=template)) is expected
    assert course(section(template=template))[0].has_template is expected


def test_the_easiest_section_scores_1_and_the_hardest_of_the_samples_over_6() -> None:
    assert course(section())[0].score == 1
    statistics = sample("statistics")
    plan = plan_course(statistics, "en")
    scores = {key: c.score for key, c in course_complexity(statistics, plan, POLICY).items()}
    assert scores["s1"] <= 3
    assert scores["s7"] >= 7


def test_the_content_of_the_samples_is_divided_as_the_strategy_wants_it() -> None:
    shares: defaultdict[str, float] = defaultdict(float)
    for path in SAMPLES.glob("*.json"):
        analysis = sample(path.stem)
        plan = plan_course(analysis, analysis.target_language or "en")
        complexity = course_complexity(analysis, plan, POLICY)
        for each in plan.sections:
            found = complexity[each.section_id]
            start = starting_tier(found.score, found.has_template, None, default_policy().ladder)
            shares[start.tier] += len(each.lessons) / plan.lesson_count / 4
    assert 0.65 <= shares["oss_20b"] <= 0.71
    assert 0.20 <= shares["oss_120b"] <= 0.25
    assert 0.05 <= shares["qwen3_max"] <= 0.10


LEVELS = st.sampled_from(["beginner", "intermediate", "advanced"])
OBJECTIVES = st.lists(
    st.sampled_from([text for _, hard, easy in OBJECTIVE_SIGNALS for text in (hard, easy)])
    | st.text(min_size=1, max_size=60),
    min_size=1,
    max_size=6,
)


@given(st.lists(st.tuples(OBJECTIVES, LEVELS, st.text(max_size=60)), min_size=1, max_size=6))
def test_scores_are_1_to_10_and_signals_0_to_1_whatever_the_text(
    drawn: list[tuple[list[str], str, str]],
) -> None:
    sections = [
        section(f"s{n}", objectives=objectives, difficulty=level, area=area, topics=[area, "names"])
        for n, (objectives, level, area) in enumerate(drawn)
    ]
    for found in course(*sections):
        assert 1 <= found.score <= 10
        assert all(0 <= value <= 1 for value in found.signals.values())


@given(
    st.lists(st.sampled_from([easy for _, _, easy in OBJECTIVE_SIGNALS]), min_size=1, max_size=5), st.data()
)
def test_a_harder_objective_in_place_of_an_easy_one_never_lowers_the_score(
    objectives: list[str], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(objectives) - 1))
    hard = data.draw(st.sampled_from([text for name, text, _ in OBJECTIVE_SIGNALS]))
    harder = [*objectives[:place], hard, *objectives[place + 1 :]]
    assert course(section(objectives=harder))[0].score >= course(section(objectives=objectives))[0].score


@given(st.sampled_from(SIGNALS))
def test_a_policy_may_weigh_one_signal_alone(name: str) -> None:
    content = POLICY.model_dump() | {"weights": {each: float(each == name) for each in SIGNALS}}
    policy = ComplexityPolicy.model_validate(content | {"floor": 0.0, "ceiling": 1.0})
    plan = plan_course(ANALYSIS, "en")
    for found in course_complexity(ANALYSIS, plan, policy).values():
        assert found.score == pytest.approx(1 + 9 * found.signals[name], abs=0.51)


def test_the_same_course_always_gets_the_same_scores() -> None:
    plan = plan_course(ANALYSIS, "en")
    assert course_complexity(ANALYSIS, plan, POLICY) == course_complexity(ANALYSIS, plan, POLICY)
