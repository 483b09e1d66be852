"""The pipeline on the small input, to be watched, and metrics of runs in which everything happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from courseai.ops.metrics import CourseQueueFigures, Metrics, ReviewQueue
from courseai.store.run_store import RunStore, open_run_store
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
    metrics.observe_courses(lambda: CourseQueueFigures(5, 60.0, 4, 2, 1, 30))
    return metrics


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RunStore]:
    """An empty one, in each kind of database."""
    place: Path | str = tmp_path
    if request.param == "postgresql":
        place = request.getfixturevalue("postgres_url")
    async with open_run_store(place) as opened:
        yield opened
