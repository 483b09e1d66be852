"""Does a lesson teach its own objectives? A calibrated probability for the lesson and for each of them.

Whole texts compare badly: 84 % of expert-written lessons stay below a cosine of 0.70 with their own
objectives. So each objective is compared with every sentence of the lesson and with its words, and a
logistic model fitted on textbook sections turns that evidence into the chance that it is taught
(docs/alignment.md has the method and its error rates); where the course's other objectives are known,
that chance is read against theirs. Alignment is not correctness: a factually
wrong text on the right subject scores high.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import numpy as np

from courseai.quality.calibration import Calibration, shipped_calibrations
from courseai.quality.contrast import FEWEST_RIVALS, FLOOR, contrast_features, mean_logit, nearest, rivals
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
    others: tuple[tuple[str, ...], ...] = ()
    """Objectives of the course's other lessons, one tuple a lesson; empty where they are not known."""


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
        self._contrast_calibration = shipped_calibrations().contrast
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
        vectors = _Encoded(self._embedder, lessons, evidence)
        return [
            self._alignment(lesson, counted, vectors, reason)
            for lesson, counted in zip(lessons, evidence, strict=True)
        ]

    def _why_unverified(self, language: str) -> str | None:
        fitted = self.calibration
        if language != fitted.language:
            return f"no calibration for language {language!r}"
        if self._embedder.weights_sha256 != fitted.weights_sha256:
            return f"no calibration for embedding model {self._embedder.name}"
        return None

    def _alignment(
        self, lesson: LessonText, counted: list[str], vectors: _Encoded, reason: str | None
    ) -> Alignment:
        verified = reason is None
        features = vectors.features(lesson.objectives, counted) if verified else []
        chances = [self._objective_calibration.probability(each) for each in features]
        default = 0.0 if verified else None
        cosines = vectors.of(lesson.objectives) @ vectors.of(counted).T
        per_objective = tuple(
            _evidence(objective, counted, row, chances[index] if chances else default)
            for index, (objective, row) in enumerate(zip(lesson.objectives, cosines, strict=True))
        )
        return Alignment(
            lesson_id=lesson.lesson_id,
            score=self._score(lesson, counted, features, vectors) if verified else None,
            verified=verified,
            reason=reason or _why_zero(lesson, counted, features),
            raw_cosine=_mean([item.best_cosine for item in per_objective]),
            per_objective=per_objective,
        )

    def _score(
        self, lesson: LessonText, counted: list[str], features: list[dict[str, float]], vectors: _Encoded
    ) -> float:
        """By the lesson's own evidence, and against its rivals' where it has some and there are rivals."""
        alone = _mean([self.calibration.probability(each) for each in features])
        others = rivals(lesson.objectives, lesson.others)
        if alone < FLOOR or len(others) < FEWEST_RIVALS:
            return alone
        chosen = nearest(vectors.of(lesson.objectives), [vectors.of(other) for other in others])
        logits = [self._logit(others[index], counted, vectors) for index in chosen]
        own = mean_logit(self.calibration, features)
        return self._contrast_calibration.probability(contrast_features(own, logits))

    def _logit(self, objectives: Sequence[str], counted: list[str], vectors: _Encoded) -> float:
        """Evidence for objectives of another lesson, by the same sentences under the same rules."""
        said = counted_sentences(counted, objectives, self.calibration.language)
        return mean_logit(self.calibration, vectors.features(objectives, said))


class _Encoded:
    """The vectors of all texts of a call, each encoded once."""

    def __init__(
        self, embedder: EmbeddingModel, lessons: Sequence[LessonText], evidence: Sequence[list[str]]
    ) -> None:
        objectives = (text for one in lessons for each in (one.objectives, *one.others) for text in each)
        texts = list(dict.fromkeys(chain(objectives, *evidence)))
        self._row = {text: row for row, text in enumerate(texts)}
        self._vectors = embedder.encode(texts)

    def of(self, texts: Sequence[str]) -> Vectors:
        """One row a text."""
        return self._vectors[[self._row[text] for text in texts]]

    def features(self, objectives: Sequence[str], counted: Sequence[str]) -> list[dict[str, float]]:
        """One set per objective; none where too little counts."""
        wanted, found = self.of(objectives), self.of(counted)
        if not objectives or not is_on_subject(wanted, found):
            return []
        objective_words = [frozenset(content_words(text)) for text in objectives]
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
