"""The pipeline on the small input, to be watched, and metrics of runs in which everything happens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from courseai.ops.metrics import Metrics, ReviewQueue
from tests.graph.conftest import document, embedder, make_pipeline
from tests.ops.eventful import everything

if TYPE_CHECKING:
    from courseai.quality.embeddings import Embedder

__all__ = ["document", "embedder", "make_pipeline"]


@pytest.fixture(scope="session")
def told_metrics(embedder: Embedder) -> Metrics:
    """Metrics that have been told of everything there is."""
    metrics = Metrics()
    asyncio.run(everything(metrics, embedder))
    metrics.observe_reviews(lambda: ReviewQueue(2, 300.0))
    return metrics
