"""Real weights for what needs them, and a tiny deterministic stand-in for the parts that do not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from courseai.course.errors import WeightsUnavailableError
from courseai.quality.alignment import AlignmentScorer
from courseai.quality.embeddings import Embedder, Vectors, VectorStore
from courseai.quality.weights import locate_weights

SAMPLE = Path(__file__).parents[1] / "data" / "openstax_sample.json"


class HashEmbedder:
    """Unit vectors that depend on the text alone and mean nothing."""

    name = "hash"
    weights_sha256 = "none"

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = [self._row(text) for text in texts]
        return np.stack(rows) if rows else np.empty((0, 16), dtype=np.float32)

    def _row(self, text: str) -> Vectors:
        seed = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8]
        row = np.random.default_rng(int.from_bytes(seed, "big")).normal(size=16).astype(np.float32)
        return np.asarray(row / np.linalg.norm(row), dtype=np.float32)


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    try:
        locate_weights()
    except WeightsUnavailableError as missing:
        pytest.skip(f"needs the real embedding weights: {missing}")
    return Embedder(store=VectorStore())


@pytest.fixture(scope="session")
def scorer(embedder: Embedder) -> AlignmentScorer:
    return AlignmentScorer(embedder)


@pytest.fixture(scope="session")
def textbook() -> dict[str, Any]:
    """Sections of OpenStax books by a short name; two of each chapter. CC BY 4.0, see the file."""
    sections: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))["sections"]
    return sections
