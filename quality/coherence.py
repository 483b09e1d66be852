"""Do topic, description and outcomes speak of the same subject? Nearest cosines, with measured cut-offs.

A cut-off says only "this is about something else": it is set so low that fewer than one of a hundred
texts that belong to their course fall below it (tests/bench/outcome_coherence.py, docs/bloom.md).
"""

from __future__ import annotations

from collections.abc import Sequence

from courseai.quality.embeddings import EmbeddingModel

OUTCOME_CUT_OFF = 0.25
"""Cosine of an outcome with the nearest of topic, description, areas and objectives. 0.35 % of 1,737
objectives fall below it with their own chapter, 69 % with another book's."""
DESCRIPTION_CUT_OFF = 0.10
"""Cosine of the description with the topic. None of 108 falls below it with its own chapter, 58 % do with
another book's."""


def nearest_cosines(texts: Sequence[str], context: Sequence[str], embedder: EmbeddingModel) -> list[float]:
    """For each text the cosine in [-1, 1] with the nearest text of a context of at least one."""
    vectors = embedder.encode([*texts, *context])
    cosines = vectors[: len(texts)] @ vectors[len(texts) :].T
    return [float(row.max()) for row in cosines]
