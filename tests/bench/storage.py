"""What a course costs to store: bytes by part, seconds of writing, memory, and time to resume.

    python tests/bench/storage.py [--sections 10 100 500] [--database sqlite|postgresql]

It drives a stand-in of the course graph over the real store: a fan-out of sections with a subgraph of three
steps each, whose answers (10 KB of textbook prose and random words, of which zlib leaves about 45 %) go into
the journal, with their prompts of 4 KB, and twice into the drafts (written, then repaired), and ten steps
after the fan-in whose state has 1 KB of records a section. The last step puts the whole course into the
state, as assembly does.

Payload: the bytes of the models' answers. Target: checkpoints and drafts together at most 1.5 times that.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import operator
import random
import resource
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send
from sqlalchemy import Connection, text

sys.path.insert(0, str(Path(__file__).parents[2]))

from courseai.models.call import Call, Outcome, Prompt
from courseai.models.journal import Begun
from courseai.prompts.template import fill
from courseai.store.run_store import RunStore, open_run_store
from tests.postgres import make_server

ANSWER_BYTES = 10_000
BRIEF_BYTES = 2_000
STEPS_AFTER = 10
SAMPLE = Path(__file__).parents[1] / "data" / "openstax_sample.json"


class State(TypedDict, total=False):
    """The course."""

    sections: Annotated[dict[str, Any], operator.or_]
    rounds: int
    course: list[Any]


class Section(TypedDict, total=False):
    """One branch."""

    number: int
    ref: str
    sections: Annotated[dict[str, Any], operator.or_]


class Output(TypedDict):
    """What a branch gives back."""

    sections: Annotated[dict[str, Any], operator.or_]


def sentences() -> list[str]:
    """Prose of textbooks, by sentence."""
    found: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, str):
            found.extend(part for part in value.split(". ") if len(part) > 40)
        elif isinstance(value, dict):
            [collect(entry) for entry in value.values()]
        elif isinstance(value, list):
            [collect(entry) for entry in value]

    collect(json.loads(SAMPLE.read_bytes()))
    return found


def answer(number: int, prose: list[str]) -> str:
    """The answer of one section; no two are alike."""
    draw = random.Random(number)
    words: list[str] = []
    while sum(map(len, words)) < ANSWER_BYTES:
        words += [draw.choice(prose), f"{draw.getrandbits(120):x}"]
    return ". ".join(words)[:ANSWER_BYTES]


def prompt(number: int, prose: list[str]) -> Prompt:
    """A section's real template around a brief of its own, of the length that the samples' briefs have."""
    draw = random.Random(f"brief {number}")
    words = [draw.choice(prose) for _ in range(BRIEF_BYTES // 40)]
    return fill("section", {"brief": ". ".join(words)[:BRIEF_BYTES]})


def build(store: RunStore, count: int, prose: list[str]) -> Any:
    """The stand-in."""

    async def draft(state: Section) -> Section:
        body = answer(state["number"], prose)
        name = f"{count}-{state['number']}"
        begun = Begun(name, name, "r", "sections", "draft", name, "t", "m", 1, 0.001, 0.2, "now")
        await store.journal.begin(begun, prompt(state["number"], prose))
        call = Call(
            name,
            "r",
            "sections",
            "draft",
            name,
            "t",
            "t",
            "p",
            "m",
            "m",
            1,
            1,
            "n",
            "v",
            1,
            1,
            0,
            0.1,
            1.0,
            "now",
            Outcome.OK,
        )
        await store.journal.finish(name, replace(call, charged_usd=0.1), body)
        return {"ref": await store.drafts.put("r", {"lessons": body})}

    async def check(state: Section) -> Section:
        return {
            "ref": await store.drafts.put("r", {"lessons": answer(state["number"], prose), "repaired": 1})
        }

    async def finish(state: Section) -> Section:
        record = {"ref": state["ref"], "drafts": [{"tier": "t", "alignment": 0.7}] * 20}
        return {"sections": {str(state["number"]): record}}

    section = StateGraph(Section, output_schema=Output)
    for name, node in (("draft", draft), ("check", check), ("finish", finish)):
        section.add_node(name, node)
    section.add_edge(START, "draft")
    section.add_edge("draft", "check")
    section.add_edge("check", "finish")
    section.add_edge("finish", END)

    async def assemble(_state: State) -> State:
        return {"course": [answer(number, prose) for number in range(count)]}

    graph = StateGraph(State)
    graph.add_node("plan", lambda _state: {"rounds": 0})
    graph.add_node("section", section.compile())
    graph.add_conditional_edges(
        "plan", lambda _s: [Send("section", {"number": n}) for n in range(count)], ["section"]
    )
    graph.add_edge(START, "plan")
    last = "section"
    for number in range(STEPS_AFTER):
        graph.add_node(f"step{number}", lambda state: {"rounds": state["rounds"] + 1})
        graph.add_edge(last, f"step{number}")
        last = f"step{number}"
    graph.add_node("assemble", assemble)
    graph.add_edge(last, "assemble")
    graph.add_edge("assemble", END)
    return graph.compile(checkpointer=store.saver)


PARTS = {
    "checkpoints": {
        "sqlite": [
            "select coalesce(sum(length(checkpoint) + length(metadata)), 0) from checkpoints",
            "select coalesce(sum(length(value)), 0) from writes",
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


def total(queries: list[str], connection: Connection) -> int:
    """The sum of what the queries give, bytes."""
    return sum(int(connection.execute(text(query)).scalar_one()) for query in queries)


def files_size(folder: Path) -> int:
    """Bytes of all files, pages that SQLite keeps free for later included."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


async def measure(place: Path | str, count: int, prose: list[str]) -> dict[str, Any]:
    """One course."""
    config: Any = {"configurable": {"thread_id": "r"}, "max_concurrency": 16}
    async with open_run_store(place) as store:
        graph = build(store, count, prose)
        started = time.perf_counter()
        await graph.ainvoke({}, config, durability="sync")
        seconds = time.perf_counter() - started
        kind = "sqlite" if isinstance(place, Path) else "postgresql"
        sizes = {
            part: await store.database.read(partial(total, queries[kind])) for part, queries in PARTS.items()
        }
        relations = 0 if kind == "sqlite" else await store.database.read(partial(total, [RELATIONS]))
    started = time.perf_counter()
    async with open_run_store(place) as store:
        await build(store, count, prose).aget_state(config)
    resume = time.perf_counter() - started
    payload = count * ANSWER_BYTES
    files = files_size(place) if isinstance(place, Path) else relations
    return {
        "database": kind,
        "sections": count,
        "payload_mb": payload / 1e6,
        **{part: round(size / payload, 2) for part, size in sizes.items()},
        "checkpoints_and_drafts": round((sizes["checkpoints"] + sizes["drafts"]) / payload, 2),
        "files": round(files / payload, 2),
        "seconds": round(seconds, 1),
        "resume_ms": round(resume * 1000),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """Print one JSON line a course."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sections", type=int, nargs="+", default=[10, 100, 500])
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    arguments = parser.parse_args()
    prose = sentences()
    with tempfile.TemporaryDirectory() as name:
        server = None
        if arguments.database == "postgresql":
            server = make_server(Path(name))
            server.start()
        try:
            for count in arguments.sections:
                place = server.new_database() if server else Path(name) / str(count)
                print(json.dumps(asyncio.run(measure(place, count, prose))), flush=True)
        finally:
            if server:
                server.stop()


if __name__ == "__main__":
    main()
