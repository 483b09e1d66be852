"""What a course costs to store: bytes by part, seconds of writing, memory, and time to resume.

    python tests/bench/storage.py [--sections 10 100 500] [--database sqlite|postgresql]

It drives the product's own graph over the real store, with the offline author at the error rates that are
assumed of real models: courses of two lessons a section (kill_campaign.py). Each has a process of its own,
for its peak memory; the contract allows 30 sections, and many_sections.py lifts that.

Payload: the bytes of the models' answers. Target: checkpoints and drafts together at most 1.5 times that.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

sys.path.insert(0, str(Path(__file__).parents[2]))

import tests.bench.many_sections  # noqa: F401 - before anything reads the contract
from courseai.course.state import RunContext
from courseai.graph import CourseGraph, build_graph, make_services
from courseai.models.offline.app import create_app
from courseai.models.provider import offline
from courseai.quality.embeddings import Embedder, VectorStore
from courseai.store.run_store import RunStore, open_run_store
from courseai.store.tables import CALL
from tests.bench.course_bench import profile
from tests.bench.kill_campaign import document_of
from tests.postgres import make_server

Json = dict[str, Any]
RUN = "r"
CONFIG: Any = {"configurable": {"thread_id": RUN}}
CONTEXT = RunContext(review="flag", budget_usd=1000.0)

PARTS = {
    "checkpoints": {
        "sqlite": [
            "select coalesce(sum(length(checkpoint) + length(metadata)), 0) from checkpoints",
            "select coalesce(sum(length(value)), 0) from writes",
            "select coalesce(sum(length(value)), 0) from channel_values",
        ],
        "postgresql": [
            "select sum(octet_length(checkpoint::text) + octet_length(metadata::text)) from checkpoints",
            "select coalesce(sum(octet_length(blob)), 0) from checkpoint_blobs",
            "select coalesce(sum(octet_length(blob)), 0) from checkpoint_writes",
        ],
    },
    "drafts": {
        "sqlite": ["select sum(length(sealed_body)) from draft"],
        "postgresql": ["select sum(octet_length(sealed_body)) from draft"],
    },
    "journal": {
        "sqlite": ["select sum(length(sealed_answer) + length(begun) + length(record)) from call"],
        "postgresql": ["select sum(octet_length(sealed_answer) + length(begun) + length(record)) from call"],
    },
    "prompts": {
        "sqlite": ["select sum(length(sealed_prompt)) from prompt"],
        "postgresql": ["select sum(octet_length(sealed_prompt)) from prompt"],
    },
}
RELATIONS = (
    "select sum(pg_total_relation_size(oid)) from pg_class "
    "where relkind = 'r' and relnamespace = 'public'::regnamespace"
)
"""Of all tables, indexes and rows that a vacuum will free included."""


class Writing:
    """Seconds during which at least one write was under way."""

    def __init__(self, store: RunStore) -> None:
        self.seconds = 0.0
        self._under_way = 0
        self._since = 0.0
        store.saver.writes.finish = self._timed(store.saver.writes.finish)  # type: ignore[method-assign]
        object.__setattr__(store.database, "write", self._timed(store.database.write))

    def _timed(self, write: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def timed(*given: Any) -> Any:
            if not self._under_way:
                self._since = time.perf_counter()
            self._under_way += 1
            try:
                return await write(*given)
            finally:
                self._under_way -= 1
                if not self._under_way:
                    self.seconds += time.perf_counter() - self._since

        return timed


async def make_course(place: Path | str, sections: int) -> Json:
    """Make one; what it took."""
    embedder = loaded_embedder()
    async with open_run_store(place) as store:
        graph = build(store, embedder)
        held_mb, writing, started = resident_mb(), Writing(store), time.perf_counter()
        made = await graph.ainvoke(
            {"analysis_result": document_of(sections)}, CONFIG, context=CONTEXT, durability="sync"
        )
        seconds = time.perf_counter() - started
        assert made["status"] == "finished", made
    return {
        "lessons": sum(len(section["lessons"]) for section in made["course"]["sections"]),
        "seconds": round(seconds, 1),
        "writing_s": round(writing.seconds, 1),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - held_mb),
    }


def loaded_embedder() -> Embedder:
    """With its weights, which are not what is measured."""
    embedder = Embedder(store=VectorStore())
    embedder.encode([f"Loaded at {time.time()}."])
    return embedder


def build(store: RunStore, embedder: Embedder) -> CourseGraph:
    """The product's graph over this store."""
    provider = offline(create_app(profile("assumed")))
    return build_graph(
        make_services(provider, embedder=embedder, journal=store.journal, drafts=store.drafts), store.saver
    )


def resident_mb() -> float:
    """What this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


async def measure(place: Path | str) -> Json:
    """What lies in the store, and how long it takes to go on from it."""
    kind = "sqlite" if isinstance(place, Path) else "postgresql"
    embedder = loaded_embedder()
    started = time.perf_counter()
    async with open_run_store(place) as store:
        await build(store, embedder).aget_state(CONFIG)
        resume = time.perf_counter() - started
        read = store.database.read
        sizes = {part: await read(partial(total, queries[kind])) for part, queries in PARTS.items()}
        relations = await read(partial(total, [RELATIONS])) if kind == "postgresql" else 0
        answers = await read(lambda connection: connection.execute(CALL.select()).all())
        opened = store.database.seal.open_text
        payload = sum(len(opened(row.sealed_answer).encode()) for row in answers if row.sealed_answer)
    on_disk = files_size(place) if isinstance(place, Path) else relations
    return {
        "calls": len(answers),
        "payload_mb": round(payload / 1e6, 2),
        **{part: round(size / payload, 2) for part, size in sizes.items()},
        "checkpoints_and_drafts": round((sizes["checkpoints"] + sizes["drafts"]) / payload, 2),
        "on_disk": round(on_disk / payload, 2),
        "resume_ms": round(resume * 1000),
    }


def total(queries: list[str], connection: Connection) -> int:
    """The sum of what the queries give, bytes."""
    return sum(int(connection.execute(text(query)).scalar_one()) for query in queries)


def files_size(folder: Path) -> int:
    """Bytes of all files, pages that SQLite keeps free for later included."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def run(task: Callable[..., Awaitable[Json]], *given: Any) -> Json:
    """In a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_run, (task, *given))


def _run(task: Callable[..., Any], *given: Any) -> Json:
    found: Json = asyncio.run(task(*given))
    return found


def main() -> None:
    """Print one JSON line a course."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sections", type=int, nargs="+", default=[10, 100, 500])
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        server = None
        if options.database == "postgresql":
            server = make_server(Path(name))
            server.start()
        try:
            for sections in options.sections:
                place = server.new_database() if server else Path(name) / str(sections)
                made = run(make_course, place, sections)
                line = {"database": options.database, "sections": sections, **made, **run(measure, place)}
                print(json.dumps(line), flush=True)
        finally:
            if server:
                server.stop()


if __name__ == "__main__":
    main()
