"""How complex a section is, 1 to 10, from named signals that are each logged.

Readability formulas carry no signal on teaching material, so none is used. Risk is not here: safety
text is often simple and still goes to the strongest model (see course/risk.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from statistics import fmean
from typing import Any

from courseai.course.analysis import AnalysisResult
from courseai.course.bloom import bloom_level, bloom_rank
from courseai.course.plan import CoursePlan, SectionPlan
from courseai.course.policy import ComplexityPolicy

_WORD = re.compile(r"[^\W\d_]{3,}")
_PROGRESSION = {"flat": 0.0, "gradual": 0.4, "steep": 1.0}
_DIFFICULTY = {"beginner": 0.0, "intermediate": 0.5, "advanced": 1.0}
_DEEP = 5
"""Prerequisite depth that counts as full complexity."""


@dataclass(frozen=True)
class Complexity:
    """A section's score and the signals behind it, each in [0, 1]."""

    score: int
    signals: dict[str, float]
    has_template: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def has_template(section: SectionPlan) -> bool:
    """True when the analysis names a lesson pattern for the section: any non-blank `template`."""
    return bool(section.template and section.template.strip())


def course_complexity(
    analysis: AnalysisResult, plan: CoursePlan, policy: ComplexityPolicy
) -> dict[str, Complexity]:
    """The complexity of every section by id; pure, and linear in the size of the course."""
    depths = _prerequisite_depths(plan)
    topics = analysis.topic_analysis
    known: set[str] = set()
    result = {}
    for section in plan.sections:
        text = _text(section)
        words = set(_words(text))
        signals = {
            "bloom_level": _bloom(section, plan.language),
            "abstract_concepts": _share_marked(words, "abstract_suffixes", plan.language),
            "multi_step_reasoning": _objectives_marked(section, "multi_step", plan.language),
            "synthesis": _objectives_marked(section, "synthesis", plan.language),
            "domain_specificity": _share_named(section, topics.domain_keywords or []),
            "interconnected_concepts": _share_linked(section, plan, topics.key_concepts),
            "prerequisite_depth": min(1.0, depths[section.section_id] / _DEEP),
            "novelty": len(words - known) / max(1, len(words)) if known else 0.0,
            "progression": _PROGRESSION[section.progression or "gradual"],
            "difficulty": _DIFFICULTY[section.difficulty],
        }
        known |= words
        result[section.section_id] = Complexity(
            score(weighted_mean(signals, policy), policy),
            {name: round(value, 3) for name, value in signals.items()},
            has_template(section),
        )
    return result


def weighted_mean(signals: Mapping[str, float], policy: ComplexityPolicy) -> float:
    """Mean of the signals by the policy's weights, in [0, 1]."""
    return sum(policy.weights[name] * value for name, value in signals.items())


def score(mean: float, policy: ComplexityPolicy) -> int:
    """1 for the policy's floor and less, 10 for its ceiling and more, even steps between."""
    position = (mean - policy.floor) / (policy.ceiling - policy.floor)
    return 1 + round(9 * min(1.0, max(0.0, position)))


def _bloom(section: SectionPlan, language: str) -> float:
    """Mean level of the objectives over the range remember..create; apply where none is recognised."""
    ranks = [bloom_rank(level) for text in section.objectives if (level := bloom_level(text, language))]
    return (fmean(ranks) - 1) / 5 if ranks else 0.4


def _prerequisite_depths(plan: CoursePlan) -> dict[str, int]:
    depths: dict[str, int] = {}
    for section in plan.sections:
        depths[section.section_id] = 1 + max((depths.get(p, 0) for p in section.prerequisites), default=-1)
    return depths


def _share_named(section: SectionPlan, keywords: list[str]) -> float:
    """Share of the section's key topics that hold one of the domain's keywords."""
    topics = {topic.casefold() for lesson in section.lessons for topic in lesson.key_topics}
    named = [topic for topic in topics if any(_names(topic, keyword) for keyword in keywords)]
    return len(named) / max(1, len(topics))


def _share_linked(section: SectionPlan, plan: CoursePlan, concepts: list[str]) -> float:
    """Share of the course's key concepts that this section has in common with another one."""
    others = " ".join(_text(other) for other in plan.sections if other.section_id != section.section_id)
    own = _text(section)
    linked = [concept for concept in concepts if _names(own, concept) and _names(others, concept)]
    return min(1.0, len(linked) / 4)


def _names(text: str, term: str) -> bool:
    """True where a word of `text` begins with the term: "list" is in "lists", "art" is not in "chart"."""
    return re.search(rf"\b{re.escape(term.casefold())}", text) is not None


def _objectives_marked(section: SectionPlan, kind: str, language: str) -> float:
    """Share of objectives that hold a marker word of that kind."""
    pattern = _marker(kind, language)
    if pattern is None:
        return 0.0
    return fmean(bool(pattern.search(text.casefold())) for text in section.objectives)


def _share_marked(words: set[str], kind: str, language: str) -> float:
    pattern = _marker(kind, language)
    if pattern is None or not words:
        return 0.0
    return sum(bool(pattern.search(word)) for word in words) / len(words)


@cache
def _marker(kind: str, language: str) -> re.Pattern[str] | None:
    text = resources.files("courseai.models").joinpath("complexity_markers.json").read_text("utf-8")
    pattern = json.loads(text)[kind].get(language.split("-", maxsplit=1)[0])
    return re.compile(pattern) if pattern else None


def _text(section: SectionPlan) -> str:
    topics = [topic for lesson in section.lessons for topic in lesson.key_topics]
    return " ".join([section.area, *section.objectives, *topics]).casefold()


def _words(text: str) -> list[str]:
    return _WORD.findall(text)
