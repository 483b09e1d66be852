"""Do several texts written for the same task say the same? A calibrated probability per pair.

The raw cosine of two texts is a test for near-duplicates: paraphrases of one lesson reach only 0.73
to 0.82. So a logistic model, fitted on textbook sections, turns it into the chance that two texts
cover the same content, and 0.85 means 85 % (docs/alignment.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from courseai.quality.calibration import Calibration, shipped_calibrations
from courseai.quality.embeddings import EmbeddingModel, Vectors
from courseai.quality.prose import sentences


@dataclass(frozen=True)
class Agreement:
    """How alike several samples are."""

    score: float
    """Mean probability over the pairs, in [0, 1]; 1.0 for fewer than two texts."""
    most_central: int
    """Index of the text that agrees best with the others: the one to keep."""
    pairwise: tuple[tuple[float, ...], ...]
    """Probability for each two texts, symmetric, 1.0 on the diagonal."""


def agreement(
    texts: Sequence[str], embedder: EmbeddingModel, calibration: Calibration | None = None
) -> Agreement:
    """How alike the Markdown texts are; raises ValueError if there is none.

    Fitted on English; elsewhere the number still orders pairs, but is no probability.
    """
    if not texts:
        raise ValueError("agreement needs at least one text")
    fitted = calibration or shipped_calibrations().agreement
    cosines = _lesson_cosines(texts, embedder)
    pairwise = [
        [
            1.0 if i == j else fitted.probability({"lesson_cosine": float(cosines[i, j])})
            for j in range(len(texts))
        ]
        for i in range(len(texts))
    ]
    with_others = [sum(row) - 1.0 for row in pairwise]
    pairs = len(texts) * (len(texts) - 1)
    return Agreement(
        score=sum(with_others) / pairs if pairs else 1.0,
        most_central=int(np.argmax(with_others)),
        pairwise=tuple(tuple(row) for row in pairwise),
    )


def _lesson_cosines(texts: Sequence[str], embedder: EmbeddingModel) -> Vectors:
    """Cosines between the texts' mean sentence vectors, which see a text of any length whole."""
    split = [sentences(text) for text in texts]
    vectors = embedder.encode([sentence for group in split for sentence in group])
    means = np.zeros((len(texts), vectors.shape[1]), dtype=np.float32)
    start = 0
    for index, group in enumerate(split):
        if group:
            means[index] = vectors[start : start + len(group)].mean(axis=0)
            means[index] /= max(float(np.linalg.norm(means[index])), 1e-9)
        start += len(group)
    return np.asarray(means @ means.T, dtype=np.float32)
