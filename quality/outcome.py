"""Are metadata and learning outcomes fit to build a course on? Feedback for the next attempt.

The rules are for what our models write; objectives of the input are rewritten or warned about instead
(course/objective.py). What cannot be known in a language is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from courseai.course.analysis import AnalysisResult
from courseai.course.bloom import LEVELS, bloom_rank, opening_verbs
from courseai.course.metadata import BloomLevel, CourseMetadata
from courseai.course.objective import OBJECTIVE_LANGUAGES, measurability, without_lead_in
from courseai.course.plan import CoursePlan
from courseai.quality.bloom import BloomClassifier
from courseai.quality.coherence import DESCRIPTION_CUT_OFF, OUTCOME_CUT_OFF, nearest_cosines
from courseai.quality.embeddings import EmbeddingModel
from courseai.quality.outcome_wording import activity, names_no_action
from courseai.quality.subject import subject_words
from courseai.quality.text_defect import text_language

MOST_VERBS = 2
FEWEST_WORDS, MOST_WORDS = 5, 40
BEGINNER_SHARE = 0.6
"""Of a beginners' outcomes, at Remember to Apply; and at least one at Apply."""
ADVANCED_SHARE = 0.5
"""Of an advanced course's outcomes, at Analyze to Create."""
MISJUDGED_BY = 2
"""Levels between the claimed and the detected one; detection itself is often one off."""
_REQUIRED_SHARE = 0.6
_REQUIRED_COSINE = 0.7
_SAME_SHARE = 0.85
_QUOTED = 80

_APPLY = bloom_rank(BloomLevel.APPLY)


@dataclass(frozen=True)
class OutcomeCheck:
    """What was found out about the outcomes of a course."""

    problems: list[str]
    """What has to be mended, each as one sentence of feedback; empty when the outcomes hold."""
    detected: list[BloomLevel | None]
    """By outcome; None where the level is unverified."""
    bloom_compliance: float | None
    """Share of verified outcomes whose claimed level is at most one from the detected; None without any."""
    measurable_share: float | None
    """Share of outcomes with a main verb that can be observed; None where that is unverified."""

    def to_dict(self) -> dict[str, Any]:
        """The figures for the report, plain JSON."""
        return {
            "detected_levels": [level.value if level else None for level in self.detected],
            "bloom_compliance": self.bloom_compliance,
            "measurable_share": self.measurable_share,
        }


def check_outcomes(
    metadata: CourseMetadata, analysis: AnalysisResult, plan: CoursePlan, embedder: EmbeddingModel
) -> OutcomeCheck:
    """Every rule of the metadata gate; blocks while new texts are encoded.

    Rules by embeddings (coherence, and levels beyond the verb table) apply only where the trained
    classifier's language and model are at hand; the schema holds the number of outcomes (3 to 15).
    """
    review = _Review(metadata, analysis, plan, embedder)
    return OutcomeCheck(
        problems=list(review.problems()),
        detected=review.detected,
        bloom_compliance=review.bloom_compliance(),
        measurable_share=review.measurable_share(),
    )


class _Review:
    def __init__(
        self,
        metadata: CourseMetadata,
        analysis: AnalysisResult,
        plan: CoursePlan,
        embedder: EmbeddingModel,
    ) -> None:
        self.metadata = metadata
        self.analysis = analysis
        self.plan = plan
        self.embedder = embedder
        self.language = plan.language
        self.outcomes = metadata.learning_outcomes
        self.texts = [outcome.text for outcome in self.outcomes]
        self.words = [subject_words(text, self._base_language) for text in self.texts]
        classifier = BloomClassifier(embedder)
        self.detected = classifier.levels(self.texts, self.language)
        self.reads_meaning = classifier.holds_for(self.language)

    @property
    def _base_language(self) -> str:
        return self.language.partition("-")[0]

    def problems(self) -> Iterator[str]:
        for text in self.texts:
            yield from wording_problems(text, self.language)
        yield from self._misjudged()
        yield from self._balance()
        yield from self._sections()
        yield from self._missing()
        yield from self._duplicates()
        yield from self._foreign_subjects()
        yield from self._wrong_language()

    def bloom_compliance(self) -> float | None:
        agreed = [abs(distance) < MISJUDGED_BY for distance in self._distances() if distance is not None]
        return round(sum(agreed) / len(agreed), 4) if agreed else None

    def measurable_share(self) -> float | None:
        verdicts = [measurability(text, self.language) for text in self.texts]
        if "unverified" in verdicts:
            return None
        return round(verdicts.count("measurable") / len(verdicts), 4)

    def _distances(self) -> list[int | None]:
        return [
            bloom_rank(outcome.bloom_level) - bloom_rank(level) if level else None
            for outcome, level in zip(self.outcomes, self.detected, strict=True)
        ]

    def _misjudged(self) -> Iterator[str]:
        for outcome, level, distance in zip(self.outcomes, self.detected, self._distances(), strict=True):
            if distance is not None and abs(distance) >= MISJUDGED_BY:
                yield (
                    f"Outcome {_quoted(outcome.text)} claims {outcome.bloom_level.value}, but its words "
                    f"are at {level}: change the level or the verb."
                )

    def _balance(self) -> Iterator[str]:
        audience = self.analysis.topic_analysis.target_audience
        ranks = [
            bloom_rank(level or outcome.bloom_level)
            for outcome, level in zip(self.outcomes, self.detected, strict=True)
        ]
        low = sum(rank <= _APPLY for rank in ranks) / len(ranks)
        if audience == "beginner" and low < BEGINNER_SHARE:
            yield f"Only {low:.0%} of the outcomes are at {_names(LEVELS[:_APPLY])}: beginners need 60 %."
        if audience == "beginner" and _APPLY not in ranks:
            yield "No outcome is at apply: beginners need something to do."
        if audience == "advanced" and 1 - low < ADVANCED_SHARE:
            yield f"Only {1 - low:.0%} of the outcomes are at {_names(LEVELS[_APPLY:])}: advanced needs 50 %."

    def _sections(self) -> Iterator[str]:
        known = {section.section_id for section in self.plan.sections}
        served = {section_id for outcome in self.outcomes for section_id in outcome.section_ids}
        if strangers := sorted(served - known):
            yield f"Unknown section ids in outcomes: {', '.join(strangers)[:200]}."
        orphans = [each.section_id for each in self.plan.sections if each.section_id not in served]
        if orphans:
            yield f"No outcome names these sections: {', '.join(orphans)}."

    def _missing(self) -> Iterator[str]:
        for required in self.analysis.required_learning_outcomes:
            if not self._is_present(required):
                yield f"The required outcome {_quoted(required)} is missing."

    def _is_present(self, required: str) -> bool:
        wanted = subject_words(without_lead_in(required, self.language), self._base_language)
        if any(len(wanted & words) >= _REQUIRED_SHARE * len(wanted) for words in self.words):
            return True
        return self.reads_meaning and (
            nearest_cosines([required], self.texts, self.embedder)[0] >= _REQUIRED_COSINE
        )

    def _duplicates(self) -> Iterator[str]:
        for (first, words), (second, others) in combinations(zip(self.texts, self.words, strict=True), 2):
            if words and len(words & others) >= _SAME_SHARE * len(words | others):
                yield f"Outcomes {_quoted(first)} and {_quoted(second)} say the same: keep one."

    def _foreign_subjects(self) -> Iterator[str]:
        if not self.reads_meaning:
            return
        topic = self.analysis.topic_analysis.determined_topic
        described = self.metadata.description
        areas = [section.area for section in self.plan.sections]
        objectives = [objective for section in self.plan.sections for objective in section.objectives]
        context = [topic, described, *areas, *objectives]
        for text, cosine in zip(self.texts, nearest_cosines(self.texts, context, self.embedder), strict=True):
            if cosine < OUTCOME_CUT_OFF:
                yield f"Outcome {_quoted(text)} has nothing to do with the topic of the course."
        if nearest_cosines([described], [topic], self.embedder)[0] < DESCRIPTION_CUT_OFF:
            yield f"The description does not speak of the topic {_quoted(topic)}."

    def _wrong_language(self) -> Iterator[str]:
        named: dict[str, Sequence[str]] = {
            "description": [self.metadata.description],
            "overview": [self.metadata.overview],
            "learning outcomes": self.texts,
            "pedagogical strategy": [self.metadata.pedagogical_strategy],
            "assessment strategy": [self.metadata.assessment_strategy],
        }
        for name, texts in named.items():
            if found := text_language("\n".join(texts), self._base_language):
                yield f"The {name} must be written in {self.language}, not in {found}."


def wording_problems(outcome: str, language: str) -> list[str]:
    """What is wrong with one outcome by its words alone: verb, object, length, number of verbs."""
    if language.partition("-")[0] not in OBJECTIVE_LANGUAGES:
        return []
    name, length = f"Outcome {_quoted(outcome)}", len(outcome.split())
    verbs = opening_verbs(outcome, language)
    problems = []
    if measurability(outcome, language) == "unmeasurable":
        problems.append(f"{name} is not measurable: open with one verb that can be observed.")
    if names_no_action(outcome, language):
        problems.append(f"{name} names a subject: open with what the learner does.")
    if found := activity(outcome, language):
        problems.append(f'{name} is an activity ("{found}"): say what the learner can do after it.')
    if len(verbs) > MOST_VERBS:
        problems.append(f"{name} joins {len(verbs)} verbs: at most {MOST_VERBS}.")
    if not FEWEST_WORDS <= length <= MOST_WORDS:
        problems.append(f"{name} has {length} words: between {FEWEST_WORDS} and {MOST_WORDS}.")
    elif verbs and not _has_object(outcome, verbs, language):
        problems.append(f"{name} has no object: say what is done with what.")
    return problems


def _has_object(outcome: str, verbs: Sequence[str], language: str) -> bool:
    base = language.partition("-")[0]
    rest = re.sub("|".join(rf"\b{re.escape(verb)}\b" for verb in verbs), " ", outcome)
    return bool(subject_words(rest, base))


def _quoted(text: str) -> str:
    return f'"{text[:_QUOTED]}"'


def _names(levels: Sequence[BloomLevel]) -> str:
    return ", ".join(level.value for level in levels)
