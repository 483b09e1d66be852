"""What does our orchestration of a section cost, and do 1,000 sections fit into one process at once?

    python tests/bench/orchestration_overhead.py --sections 1000 --latency-s 0 1

The real fan-out and the real section subgraph run on one section a branch. Models are stand-ins: a gateway
that sleeps and gives a finished draft (orchestration alone), or the real gateway over a socket to a server
in another process that gives the same draft (the whole path of a call). Embeddings are constant vectors, so
nothing is encoded. Every figure comes from a fresh process.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import uvicorn
from course_bench import SAMPLES, Json, policy_with, table
from langgraph.graph import END, START, StateGraph
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from courseai.course.intake import validate_value
from courseai.course.plan import plan_course
from courseai.course.policy import Policy, default_policy
from courseai.course.section import SectionDraft
from courseai.course.state import CourseState
from courseai.graph import Services, make_services
from courseai.graph.edges import each_section
from courseai.graph.section_flow import build_section_flow
from courseai.models.call import Answer, Call, ModelRequest, Outcome
from courseai.models.draft_store import MemoryDraftStore
from courseai.models.journal import MemoryJournal
from courseai.models.offline.brief import SectionBrief
from courseai.models.offline.lesson_author import write_lessons
from courseai.models.provider import openrouter
from courseai.models.spending import Spending
from courseai.models.tiers import load_tiers
from courseai.nodes.briefing import section_brief
from courseai.quality.alignment import AlignmentScorer
from courseai.quality.draft_check import check_draft
from courseai.quality.embeddings import DIMENSIONS, Vectors
from courseai.quality.weights import WEIGHTS_SHA256
from courseai.store.run_store import open_run_store

KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"
MODELS, STORES = ("sleeping", "http"), ("none", "sqlite")


class ConstantVectors:
    """Every text is the same unit vector: all drafts are aligned, and nothing is computed."""

    name = "constant"
    weights_sha256 = WEIGHTS_SHA256

    def encode(self, texts: Sequence[str]) -> Vectors:
        return np.full((len(texts), DIMENSIONS), DIMENSIONS**-0.5, dtype=np.float32)


class SleepingGateway:
    """Answers every request after the latency with the same draft, and records nothing."""

    def __init__(self, draft: SectionDraft, latency_s: float) -> None:
        self.spending = Spending(MemoryJournal())
        self.tiers = load_tiers()
        self._draft = draft
        self._latency_s = latency_s

    async def complete(self, request: ModelRequest[Any]) -> Answer[Any]:
        await asyncio.sleep(self._latency_s)
        return Answer(self._draft, (), _call(request))

    async def aclose(self) -> None:
        """Nothing to close."""


def _call(request: ModelRequest[Any]) -> Call:
    return Call(
        call_id="1",
        run_id=request.run_id,
        phase=request.phase,
        purpose=request.purpose,
        subject=request.subject,
        tier=request.tier,
        answering_tier=request.tier,
        provider="stand-in",
        model_requested="stand-in",
        model_answered="stand-in",
        attempt=request.attempt,
        transport_attempt=1,
        prompt_name=request.prompt.name,
        prompt_version=request.prompt.version,
        tokens_in=1000,
        tokens_out=2000,
        tokens_cached=0,
        cost_usd=0.001,
        seconds=0.0,
        started_at="2026-11-24T00:00:00+00:00",
        outcome=Outcome.OK,
    )


def brief_and_draft() -> tuple[Json, SectionDraft]:
    """The brief of a sample's first section, and the three lessons that the offline author writes for it."""
    document = json.loads((SAMPLES / "programming_beginner.json").read_text("utf-8"))
    analysis = validate_value(document, language=None).analysis
    assert analysis is not None
    plan = plan_course(analysis, "en")
    course = {
        "title": "Bench",
        "audience": "anyone",
        "difficulty": "beginner",
        "tone": "plain",
        "strategy": {},
    }
    brief = section_brief(analysis, plan, plan.sections[0], course)
    return brief, SectionDraft(lessons=write_lessons(SectionBrief.model_validate(brief), seed=0))


async def course_state(brief: Json, count: int, drafts: MemoryDraftStore) -> CourseState:
    """A course of so many sections, just before the fan-out."""
    lessons = [{"number": lesson["number"]} for lesson in brief["lessons"]]
    start = {
        "ref": await drafts.put("bench", brief),
        "complexity": {"score": 3},
        "tier": "oss_20b",
        "reason": "bench",
    }
    ids = [f"s{number}" for number in range(1, count + 1)]
    return {
        "run_id": "bench",
        "seed": 0,
        "plan": {"sections": [{"section_id": section_id, "lessons": lessons} for section_id in ids]},
        "briefs": dict.fromkeys(ids, start),
        "sections": {},
    }


@asynccontextmanager
async def checkpointer(store: str) -> AsyncIterator[Any]:
    """No checkpointer, or the product's SQLite file in a folder that is thrown away."""
    if store == "none":
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        async with open_run_store(Path(folder)) as opened:
            yield opened.saver


async def run_sections(model: str, store: str, count: int, latency_s: float, url: str) -> dict[str, float]:
    """Run the fan-out once after a small one to warm up; seconds, CPU seconds and memory of the second."""
    brief, draft = brief_and_draft()
    policy = policy_with(availability={"concurrency": count})
    services = _services(model, draft, latency_s, url, policy)
    async with checkpointer(store) as saver:
        flow = StateGraph(CourseState)
        flow.add_node("section_generation", build_section_flow(services))
        flow.add_conditional_edges(START, each_section, ["section_generation"])
        flow.add_edge("section_generation", END)
        graph = flow.compile(checkpointer=saver)
        for size in (10, count):
            state = await course_state(brief, size, cast(MemoryDraftStore, services.drafts))
            before_mib = _start_peak_mib()
            started, started_cpu = time.perf_counter(), time.process_time()
            result = await graph.ainvoke(state, {"configurable": {"thread_id": str(size)}})
            seconds, cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    await services.aclose()
    statuses = {section["status"] for section in result["sections"].values()}
    assert statuses == {"accepted"}, statuses
    assert len(result["sections"]) == count
    mib = _memory_mib("VmHWM") - before_mib
    return {
        "seconds": seconds,
        "cpu_ms": 1000 * cpu_s / count,
        "checks_ms": checks_ms(brief, draft),
        "mib": mib,
    }


def _services(model: str, draft: SectionDraft, latency_s: float, url: str, policy: Policy) -> Services:
    provider = replace(openrouter(KEY), base_url=url or "http://127.0.0.1:1/v1")
    services = make_services(provider, policy=policy, embedder=ConstantVectors(), drafts=MemoryDraftStore())
    services = replace(services, alignment=AlignmentScorer(ConstantVectors()))
    if model == "sleeping":
        return replace(services, gateway=cast(Any, SleepingGateway(draft, latency_s)))
    return services


def _start_peak_mib() -> float:
    """Forget the peak of memory so far; returns the memory of now."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory_mib("VmRSS")


def _memory_mib(line: str) -> float:
    """Linux's VmRSS (now) or VmHWM (peak) of this process."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(rf"{line}:\s+(\d+) kB", status)[0]) / 1024


def checks_ms(brief: Json, draft: SectionDraft, repeats: int = 50) -> float:
    """CPU milliseconds of all checks of one draft, vectors apart: the product, not the graph."""
    numbers = [lesson["number"] for lesson in brief["lessons"]]
    body, scorer = draft.model_dump(mode="json"), AlignmentScorer(ConstantVectors())
    started_cpu = time.process_time()
    for _ in range(repeats):
        check_draft(body, brief, numbers, scorer, default_policy().alignment)
    return 1000 * (time.process_time() - started_cpu) / repeats


def stand_in(latency_s: float) -> Starlette:
    """A model server that answers every request with the draft."""
    _, draft = brief_and_draft()
    message = {"role": "assistant", "content": draft.model_dump_json()}
    answer = {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": "stand-in",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 2000, "total_tokens": 3000},
    }

    async def complete(request: Request) -> JSONResponse:
        await request.body()
        await asyncio.sleep(latency_s)
        return JSONResponse(answer)

    return Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"])])


@contextmanager
def served(latency_s: float) -> Iterator[str]:
    """The stand-in server in another process; gives its base URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, __file__, "--serve", str(port), "--latency-s", str(latency_s)]
    with subprocess.Popen(command) as process:
        try:
            _wait_for(process, port)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the stand-in server did not start")


def measured(model: str, store: str, count: int, latency_s: float, url: str) -> dict[str, float]:
    """The same in a fresh process."""
    command = [sys.executable, __file__, "--one", model, store, "--sections", str(count)]
    command += ["--latency-s", str(latency_s), "--url", url]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return cast(dict[str, float], json.loads(answer))


def compare(count: int, latencies: Sequence[float], repeats: int) -> None:
    """Print a table; the best of the repeats counts."""
    print(f"{count} sections in flight at once, 3 lessons each, best of {repeats}\n")
    columns = "model", "latency s", "checkpoints", "wall s", "CPU ms a section", "checks", "the rest"
    table([*columns, "MiB more"], [])
    for latency_s, model in itertools.product(latencies, MODELS):
        with served(latency_s) as url:
            for store in STORES:
                runs = [measured(model, store, count, latency_s, url) for _ in range(repeats)]
                best = min(runs, key=lambda run: run["cpu_ms"])
                cpu_ms, checks = best["cpu_ms"], best["checks_ms"]
                figures = best["seconds"], cpu_ms, checks, cpu_ms - checks, best["mib"]
                cells = [model, f"{latency_s:g}", store, *(f"{figure:.1f}" for figure in figures)]
                print("| " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sections", type=int, default=1000)
    parser.add_argument("--latency-s", type=float, nargs="+", default=[0.0, 1.0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", nargs=2, metavar=("MODEL", "STORE"), help="measure one row, print JSON")
    parser.add_argument("--url", default="", help="where the stand-in server is")
    parser.add_argument("--serve", type=int, metavar="PORT", help="be the stand-in server")
    options = parser.parse_args()
    latency_s = options.latency_s[0]
    if options.serve:
        uvicorn.run(stand_in(latency_s), port=options.serve, log_level="warning", backlog=4096)
    elif options.one:
        model, store = options.one
        print(json.dumps(asyncio.run(run_sections(model, store, options.sections, latency_s, options.url))))
    else:
        compare(options.sections, options.latency_s, options.repeats)


if __name__ == "__main__":
    main()
