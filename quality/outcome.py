"""Are the learning outcomes fit to build a course on? And a plain set of them made from the plan."""

from __future__ import annotations

from courseai.course.analysis import AnalysisResult
from courseai.course.bloom import LEVELS, bloom_level
from courseai.course.metadata import BloomLevel, CourseMetadata, Difficulty, LearningOutcome
from courseai.course.objective import measurability
from courseai.course.plan import CoursePlan, SectionPlan

MOST_OUTCOMES = 15
_FALLBACK_TAGS = ("course", "learning", "practice", "exercises", "lessons")


def outcome_problems(metadata: CourseMetadata, plan: CoursePlan) -> list[str]:
    """What has to be mended, each as one sentence of feedback; empty when the outcomes hold."""
    known = {section.section_id for section in plan.sections}
    served = {section_id for outcome in metadata.learning_outcomes for section_id in outcome.section_ids}
    problems = [
        f'Outcome "{outcome.text[:80]}" is not measurable: open with one verb that can be observed.'
        for outcome in metadata.learning_outcomes
        if measurability(outcome.text, plan.language) == "unmeasurable"
    ]
    problems += [_level_problem(o, plan.language) for o in metadata.learning_outcomes if _is_misjudged(o, plan.language)]
    if strangers := sorted(served - known):
        problems.append(f"Unknown section ids in outcomes: {', '.join(strangers)[:200]}.")
    if orphans := [section.section_id for section in plan.sections if section.section_id not in served]:
        problems.append(f"No outcome names these sections: {', '.join(orphans)}.")
    return problems


def skeleton_metadata(analysis: AnalysisResult, plan: CoursePlan) -> CourseMetadata:
    """Metadata from the plan's own words, for when no model wrote any; always flagged for review."""
    topics = analysis.topic_analysis
    tags = [*topics.key_concepts, *(topics.domain_keywords or []), *_FALLBACK_TAGS]
    areas = "; ".join(section.area for section in plan.sections)
    return CourseMetadata(
        title=topics.determined_topic[:200],
        description=f"{topics.determined_topic}. {areas}."[:4000].ljust(20, "."),
        overview=f"{len(plan.sections)} / {plan.lesson_count}: {areas}."[:4000].ljust(20, "."),
        audience=topics.target_audience,
        difficulty=Difficulty("intermediate" if topics.target_audience == "mixed" else topics.target_audience),
        prerequisites=[],
        learning_outcomes=_skeleton_outcomes(plan),
        pedagogical_strategy=_progression(analysis),
        assessment_strategy=_assessment(analysis),
        tags=list(dict.fromkeys(tag[:60] for tag in tags))[:20],
    )


def _skeleton_outcomes(plan: CoursePlan) -> list[LearningOutcome]:
    """One objective of each section in turn, as long as there is room, and at least three."""
    rounds = max(len(section.objectives) for section in plan.sections)
    picked = [(s, s.objectives[i]) for i in range(rounds) for s in plan.sections if i < len(s.objectives)]
    enough = max(3, min(MOST_OUTCOMES, len(plan.sections)))
    while len(picked) < 3:
        picked.append((plan.sections[0], plan.sections[0].area))
    return [_outcome(section, text, plan.language) for section, text in picked[:enough]]


def _outcome(section: SectionPlan, text: str, language: str) -> LearningOutcome:
    level = bloom_level(text, language) or BloomLevel.APPLY
    return LearningOutcome(text=text, bloom_level=level, section_ids=[section.section_id])


def _progression(analysis: AnalysisResult) -> str:
    strategy = analysis.pedagogical_strategy
    return strategy.progression_logic if strategy else "The sections follow the order of the analysis."


def _assessment(analysis: AnalysisResult) -> str:
    strategy = analysis.pedagogical_strategy
    return strategy.assessment_approach if strategy else "Exercises with answers at the end of every lesson."


def _is_misjudged(outcome: LearningOutcome, language: str) -> bool:
    """True when the claimed level is two or more away from the verb's: verb tables are soft."""
    detected = bloom_level(outcome.text, language)
    return detected is not None and abs(LEVELS.index(detected) - LEVELS.index(outcome.bloom_level)) >= 2


def _level_problem(outcome: LearningOutcome, language: str) -> str:
    detected = bloom_level(outcome.text, language)
    return f'Outcome "{outcome.text[:80]}" claims {outcome.bloom_level}, but its verb is at {detected}.'
