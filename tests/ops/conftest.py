"""The pipeline on the small input, to be watched, and metrics of runs in which everything happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from courseai.ops.metrics.metrics import CourseQueueFigures, Metrics
from courseai.service.monitoring import reviews_observed
from courseai.store.database import in_folder
from courseai.store.open_database import open_database
from courseai.store.run_store import RunStore, open_run_store
from courseai.store.seal import seal_from_environment
from tests.graph.conftest import document, embedder, make_pipeline
from tests.ops.eventful import everything
from tests.ops.planting import Planted, plant

if TYPE_CHECKING:
    from courseai.quality.embeddings import Embedder

__all__ = ["document", "embedder", "make_pipeline"]


@pytest.fixture(scope="session")
def told_metrics(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metrics]:
    """Metrics that have been told of everything there is, over a store in which a run waits for a person."""
    metrics = Metrics()
    asyncio.run(everything(metrics, embedder))
    metrics.observe_courses(lambda: CourseQueueFigures(5, 60.0, 4, 2, 1, 30))
    folder = tmp_path_factory.mktemp("waiting")
    asyncio.run(_let_a_run_wait(folder))
    database = open_database(in_folder(folder), seal_from_environment({}))
    with reviews_observed([metrics], database):
        yield metrics
    database.close()


async def _let_a_run_wait(folder: Path) -> None:
    async with open_run_store(folder) as store:
        await plant(store, Planted("waits", status="waiting_for_review", items_waiting=2))


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RunStore]:
    """An empty one, in each kind of database."""
    place: Path | str = tmp_path
    if request.param == "postgresql":
        place = request.getfixturevalue("postgres_url")
    async with open_run_store(place) as opened:
        yield opened
