"""A plain set of metadata made from the plan, for when no model wrote any."""

from __future__ import annotations

from courseai.course.analysis import AnalysisResult
from courseai.course.bloom import bloom_level
from courseai.course.metadata import BloomLevel, CourseMetadata, Difficulty, LearningOutcome
from courseai.course.objective import rewrite
from courseai.course.plan import CoursePlan, SectionPlan
from courseai.quality.subject import subject_words

_FEWEST_OUTCOMES = 3
_MOST_OUTCOMES = 15
_FALLBACK_TAGS = ("course", "learning", "practice", "exercises", "lessons")


def skeleton_metadata(analysis: AnalysisResult, plan: CoursePlan) -> CourseMetadata:
    """Metadata in the plan's own words, for when no model wrote any; always flagged for review."""
    topics = analysis.topic_analysis
    tags = [*topics.key_concepts, *(topics.domain_keywords or []), *_FALLBACK_TAGS]
    areas = "; ".join(section.area for section in plan.sections)
    return CourseMetadata(
        title=topics.determined_topic[:200],
        description=f"{topics.determined_topic}. {areas}."[:4000].ljust(20, "."),
        overview=f"{len(plan.sections)} / {plan.lesson_count}: {areas}."[:4000].ljust(20, "."),
        audience=topics.target_audience,
        difficulty=Difficulty(
            "intermediate" if topics.target_audience == "mixed" else topics.target_audience
        ),
        prerequisites=[],
        learning_outcomes=_outcomes(analysis.required_learning_outcomes, plan),
        pedagogical_strategy=_progression(analysis),
        assessment_strategy=_assessment(analysis),
        tags=list(dict.fromkeys(tag[:60] for tag in tags))[:20],
    )


def _outcomes(required: list[str], plan: CoursePlan) -> list[LearningOutcome]:
    """What the input requires, then one objective of each section in turn; at least three.

    Where there are more sections than outcomes, the last outcomes name the sections that are left, so
    that every section is served.
    """
    wanted = [(_nearest(text, plan), rewrite(text, plan.language)) for text in required]
    rounds = max(len(section.objectives) for section in plan.sections)
    picked = [(s, s.objectives[i]) for i in range(rounds) for s in plan.sections if i < len(s.objectives)]
    while len(picked) < _FEWEST_OUTCOMES:
        picked.append((plan.sections[0], plan.sections[0].area))
    enough = max(_FEWEST_OUTCOMES, min(_MOST_OUTCOMES, len(wanted) + len(plan.sections)))
    outcomes = [_outcome(section, text, plan.language) for section, text in [*wanted, *picked][:enough]]
    served = {section_id for outcome in outcomes for section_id in outcome.section_ids}
    unserved = [section.section_id for section in plan.sections if section.section_id not in served]
    for place, section_id in enumerate(unserved):
        outcomes[-1 - place % len(outcomes)].section_ids.append(section_id)
    return outcomes


def _nearest(text: str, plan: CoursePlan) -> SectionPlan:
    """The section that shares most words with a text, the last one where none shares any."""
    base = plan.language.partition("-")[0]
    words = subject_words(text, base)
    return max(
        reversed(plan.sections),
        key=lambda section: len(words & subject_words(" ".join((section.area, *section.objectives)), base)),
    )


def _outcome(section: SectionPlan, text: str, language: str) -> LearningOutcome:
    level = bloom_level(text, language) or BloomLevel.APPLY
    return LearningOutcome(text=text, bloom_level=level, section_ids=[section.section_id])


def _progression(analysis: AnalysisResult) -> str:
    strategy = analysis.pedagogical_strategy
    return strategy.progression_logic if strategy else "The sections follow the order of the analysis."


def _assessment(analysis: AnalysisResult) -> str:
    strategy = analysis.pedagogical_strategy
    return strategy.assessment_approach if strategy else "Exercises with answers at the end of every lesson."
