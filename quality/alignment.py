"""Does a lesson teach its own objectives? A calibrated probability for the lesson and for each of them.

Whole texts compare badly: 84 % of expert-written lessons stay below a cosine of 0.70 with their own
objectives. So each objective is compared with every sentence of the lesson and with its words, and a
logistic model fitted on textbook sections turns that evidence into the chance that it is taught
(docs/alignment.md has the method and its error rates). Alignment is not correctness: a factually
wrong text on the right subject scores high.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from courseai.quality.calibration import Calibration, shipped_calibrations
from courseai.quality.embeddings import EmbeddingModel, Vectors
from courseai.quality.evidence import MINIMUM_NEAR, is_on_subject, objective_features, shipped_word_weights
from courseai.quality.prose import sentences
from courseai.quality.restatement import content_words, counted_sentences


@dataclass(frozen=True)
class LessonText:
    """What is scored: a lesson's Markdown and the objectives it was written for."""

    lesson_id: str
    content: str
    objectives: tuple[str, ...]


@dataclass(frozen=True)
class ObjectiveAlignment:
    """One objective's evidence in one lesson."""

    objective: str
    probability: float | None
    """Chance in [0, 1] that the lesson teaches it; None where there is no calibration."""
    best_cosine: float
    """Of the sentence nearest to the objective, in [-1, 1]; 0 if no sentence counts."""
    mean_cosine: float
    """Over all sentences that count, in [-1, 1]."""
    best_sentence: str


@dataclass(frozen=True)
class Alignment:
    """How well one lesson teaches its own objectives."""

    lesson_id: str
    score: float | None
    """Chance in [0, 1] that the lesson teaches its objectives; None when unverified.

    Not the mean of `per_objective`: the objectives of a lesson vouch for each other here, which makes
    the score sure of itself, and hardly there, which lets a single missing one show."""
    verified: bool
    reason: str | None
    """Why it is unverified, or why a verified score is 0; None otherwise."""
    raw_cosine: float
    """Mean over the objectives of the nearest sentence's cosine: for the record, not for cut-offs."""
    per_objective: tuple[ObjectiveAlignment, ...]

    @property
    def lowest(self) -> ObjectiveAlignment | None:
        """The objective with the weakest evidence, None for a lesson without objectives."""
        return min(self.per_objective, key=_strength, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, with the weakest objective by name."""
        lowest = self.lowest
        return {**asdict(self), "lowest_objective": lowest.objective if lowest else None}


class AlignmentScorer:
    """Scores lessons against their own objectives, all of a call in one pass of the encoder."""

    def __init__(
        self,
        embedder: EmbeddingModel,
        calibration: Calibration | None = None,
        objective_calibration: Calibration | None = None,
    ) -> None:
        """Uses the shipped calibrations of lessons and of single objectives unless others are given."""
        self._embedder = embedder
        self.calibration = calibration or shipped_calibrations().alignment
        self._objective_calibration = objective_calibration or shipped_calibrations().objective

    def score(self, lessons: Sequence[LessonText], language: str = "en") -> list[Alignment]:
        """One Alignment per lesson, in order; blocks while new sentences are encoded.

        `language` is an ISO 639-1 code, optionally with a region ("en-GB"). Where the calibration
        does not hold, the raw cosines are there and `verified` is False.
        """
        base_language = language.partition("-")[0].lower()
        reason = self._why_unverified(base_language)
        evidence = [
            counted_sentences(sentences(lesson.content, base_language), lesson.objectives, base_language)
            for lesson in lessons
        ]
        texts = [
            text
            for lesson, counted in zip(lessons, evidence, strict=True)
            for text in (*lesson.objectives, *counted)
        ]
        vectors = self._embedder.encode(texts)
        results = []
        start = 0
        for lesson, counted in zip(lessons, evidence, strict=True):
            middle = start + len(lesson.objectives)
            end = middle + len(counted)
            results.append(
                self._alignment(lesson, counted, vectors[start:middle], vectors[middle:end], reason)
            )
            start = end
        return results

    def _why_unverified(self, language: str) -> str | None:
        fitted = self.calibration
        if language != fitted.language:
            return f"no calibration for language {language!r}"
        if self._embedder.weights_sha256 != fitted.weights_sha256:
            return f"no calibration for embedding model {self._embedder.name}"
        return None

    def _alignment(
        self, lesson: LessonText, counted: list[str], wanted: Vectors, found: Vectors, reason: str | None
    ) -> Alignment:
        verified = reason is None
        features = _features(lesson, counted, wanted, found) if verified else []
        chances = [self._objective_calibration.probability(each) for each in features]
        default = 0.0 if verified else None
        per_objective = tuple(
            _evidence(objective, counted, row, chances[index] if chances else default)
            for index, (objective, row) in enumerate(zip(lesson.objectives, wanted @ found.T, strict=True))
        )
        return Alignment(
            lesson_id=lesson.lesson_id,
            score=_mean([self.calibration.probability(each) for each in features]) if verified else None,
            verified=verified,
            reason=reason or _why_zero(lesson, counted, features),
            raw_cosine=_mean([item.best_cosine for item in per_objective]),
            per_objective=per_objective,
        )


def _features(
    lesson: LessonText, counted: list[str], wanted: Vectors, found: Vectors
) -> list[dict[str, float]]:
    """One set per objective; none where too little counts."""
    if not lesson.objectives or not is_on_subject(wanted, found):
        return []
    objective_words = [frozenset(content_words(text)) for text in lesson.objectives]
    sentence_words = [frozenset(content_words(text)) for text in counted]
    return objective_features(wanted, found, objective_words, sentence_words, shipped_word_weights())


def _evidence(
    objective: str, counted: list[str], cosines: Vectors, probability: float | None
) -> ObjectiveAlignment:
    if not counted:
        return ObjectiveAlignment(objective, probability, 0.0, 0.0, "")
    return ObjectiveAlignment(
        objective=objective,
        probability=probability,
        best_cosine=float(cosines.max()),
        mean_cosine=float(cosines.mean()),
        best_sentence=counted[int(np.argmax(cosines))],
    )


def _why_zero(lesson: LessonText, counted: list[str], features: list[dict[str, float]]) -> str | None:
    if not lesson.objectives:
        return "the lesson has no objectives"
    if not counted:
        return "little text beyond the objectives' own words"
    return None if features else f"fewer than {MINIMUM_NEAR} sentences on the objectives' subject"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _strength(item: ObjectiveAlignment) -> tuple[float, float]:
    return (item.probability or 0.0, item.best_cosine)
