"""Bloom levels of texts: the verb table where it knows the verb, a trained classifier where that is sure.

The rule, in one line: the classifier's level where its probability reaches the model's cut-off or the
table has none, else the table's. Outside the classifier's language and embedding model the table has the
last word, and a verb that it does not know stays unverified. Fitted and measured by
tests/bench/bloom_levels.py; docs/bloom.md has the figures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from courseai.course.bloom import LEVELS, bloom_level
from courseai.course.metadata import BloomLevel
from courseai.course.objective import without_lead_in
from courseai.quality.embeddings import EmbeddingModel

Features = NDArray[np.float64]

_HEAD_WORDS = 6
_READ = 600
"""Characters of a text that the classifier reads; long exam questions repeat themselves."""


class BloomModel(BaseModel):
    """A multinomial logistic model; holds for one embedding model and language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    model: str
    weights_sha256: str
    language: str
    """ISO 639-1 code."""
    fitted_on: str
    """ISO 8601 date."""
    method: str
    minimum_probability: float
    """From here on, in [0, 1], the classifier goes before the verb table."""
    levels: list[BloomLevel]
    coefficients: list[list[float]]
    """One row for each level, one column for each feature (see `bloom_features`)."""
    intercepts: list[float]
    accuracies: dict[str, float]
    """Share of right levels on texts the fit had not seen."""
    data: str
    attribution: str
    command: str

    def probabilities(self, features: Features) -> Features:
        """Probability of each level, shape (texts, levels); rows add up to 1."""
        scores = features @ np.asarray(self.coefficients).T + np.asarray(self.intercepts)
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))


class BloomClassifier:
    """Levels of objectives, outcomes and questions."""

    def __init__(self, embedder: EmbeddingModel, fitted: BloomModel | None = None) -> None:
        """Uses the shipped model unless another is given. Loads nothing until it is asked."""
        self._embedder = embedder
        self.fitted = fitted or shipped_bloom_model()

    def levels(self, texts: Sequence[str], language: str) -> list[BloomLevel | None]:
        """One level per text, None where it is unverified; blocks while new texts are encoded."""
        by_verb = [bloom_level(text, language) for text in texts]
        if not texts or not self.holds_for(language):
            return by_verb
        probabilities = self.fitted.probabilities(bloom_features(texts, self._embedder, by_verb))
        return [
            self.combined(verb_level, row) for verb_level, row in zip(by_verb, probabilities, strict=True)
        ]

    def combined(self, by_verb: BloomLevel | None, probabilities: Features) -> BloomLevel:
        """The classifier's level if it is sure or alone, else the table's."""
        best = int(np.argmax(probabilities))
        if by_verb is None or probabilities[best] >= self.fitted.minimum_probability:
            return self.fitted.levels[best]
        return by_verb

    def holds_for(self, language: str) -> bool:
        """Whether the trained part applies: the fitted language, and the fitted embedding model."""
        is_same_model = self._embedder.weights_sha256 == self.fitted.weights_sha256
        return is_same_model and language.partition("-")[0] == self.fitted.language


def bloom_features(
    texts: Sequence[str], embedder: EmbeddingModel, by_verb: Sequence[BloomLevel | None]
) -> Features:
    """What the classifier sees, shape (texts, 1545): two vectors, the table's level, and three marks.

    The vectors are of the whole text and of its first six words, where the verb stands. The marks are
    the length in words (half its logarithm), a question mark, and a digit.
    """
    whole = [" ".join(text.split())[:_READ] for text in texts]
    heads = [" ".join(without_lead_in(text, "en").split()[:_HEAD_WORDS]) for text in whole]
    vectors = embedder.encode([*whole, *heads])
    table = [[float(known is level) for level in LEVELS] for known in by_verb]
    marks = [[_half_log_length(text), float("?" in text), float(_has_digit(text))] for text in texts]
    return np.hstack([vectors[: len(texts)], vectors[len(texts) :], table, marks])


def _half_log_length(text: str) -> float:
    return math.log(max(1, len(text.split()))) / 2


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


@cache
def shipped_bloom_model() -> BloomModel:
    """The model that comes with this package."""
    text = files("courseai.quality").joinpath("bloom_model.json").read_text(encoding="utf-8")
    return BloomModel.model_validate_json(text)
