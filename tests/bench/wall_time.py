"""How close is a course's wall time to the longest chain of calls that it has to wait for?

    python tests/bench/wall_time.py --sections 8 60 --concurrency 32 64 --scale 0.25

The offline author runs in another process and answers after log-normal latencies (`profiles/assumed.json`,
times `--scale`: smaller latencies make our own share larger). Each course is made twice, first without
latency, so that the measured run finds every sentence encoded; what encoding costs is printed apart.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from course_bench import Json, english_courses, policy_with, profile, scaled
from langgraph.checkpoint.memory import InMemorySaver

from courseai.course.plan import CoursePlan, SectionPlan
from courseai.course.state import RunContext
from courseai.graph import build_graph, make_services
from courseai.models.call import Call
from courseai.models.journal import MemoryJournal
from courseai.models.offline.settings import OfflineSettings
from courseai.models.provider import openrouter
from courseai.quality.embeddings import Embedder, VectorStore

KEY = "sk-or-v1-0123456789abcdef0123456789abcdef"
RUN = {"configurable": {"thread_id": "bench"}}


@dataclass(frozen=True)
class Timing:
    """One run of a course, in seconds."""

    wall_s: float
    critical_s: float
    all_calls_s: float
    cpu_s: float
    encoded: int
    lessons: int


@contextmanager
def served(settings: OfflineSettings) -> Iterator[str]:
    """The offline author in a process of its own; gives its base URL."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(settings.model_dump_json())
        file.flush()
        command = [sys.executable, "-m", "courseai.models.offline", "--settings", file.name]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield process.stdout.readline().strip()
            finally:
                process.terminate()


def plan_of(plan: CoursePlan, sections: int) -> CoursePlan:
    """A plan with so many sections of one lesson each, by going through the sections again and again."""
    cycle = itertools.islice(itertools.cycle(plan.sections), sections)
    return plan.model_copy(update={"sections": [_renumbered(s, n) for n, s in enumerate(cycle, 1)]})


def _renumbered(section: SectionPlan, number: int) -> SectionPlan:
    lesson = section.lessons[0].model_copy(update={"lesson_id": f"s{number}-l1"})
    return section.model_copy(update={"section_id": f"s{number}", "prerequisites": [], "lessons": [lesson]})


async def run(url: str, document: Json, sections: int, concurrency: int, embedder: Embedder) -> Timing:
    """Make the course once. More sections than the input contract allows are put into the state instead."""
    journal, encoded = MemoryJournal(), embedder.encoded_count
    policy = policy_with(availability={"concurrency": concurrency})
    services = make_services(
        replace(openrouter(KEY), base_url=url), policy=policy, embedder=embedder, journal=journal
    )
    graph = build_graph(services, InMemorySaver())
    await graph.ainvoke({"analysis_result": document}, RUN, interrupt_after=["validation"])
    state = (await graph.aget_state(RUN)).values
    plan = CoursePlan.model_validate(state["plan"])
    if sections > len(plan.sections):
        plan = plan_of(plan, sections)
        await graph.aupdate_state(RUN, {"plan": plan.model_dump(mode="json")}, as_node="validation")
    started, started_cpu = time.perf_counter(), time.process_time()
    await graph.ainvoke(None, RUN, context=RunContext(seed=0))
    wall_s, cpu_s = time.perf_counter() - started, time.process_time() - started_cpu
    calls = await journal.calls("bench")
    await services.aclose()
    return Timing(
        wall_s=wall_s,
        critical_s=critical_path_s(calls),
        all_calls_s=sum(call.seconds for call in calls),
        cpu_s=cpu_s,
        encoded=embedder.encoded_count - encoded,
        lessons=plan.lesson_count,
    )


def critical_path_s(calls: Sequence[Call]) -> float:
    """Seconds of the longest chain of calls of which each had to wait for the one before.

    Metadata, drafts, judging, rewriting and filling follow each other; within one of them the calls for
    one section or lesson follow each other, except samples, and those for different ones do not.
    """
    ordered = sorted(calls, key=lambda call: call.started_at)
    return sum(_longest_s(list(stage)) for _, stage in itertools.groupby(ordered, key=_stage))


def _stage(call: Call) -> str:
    return "draft" if call.purpose == "sample" else call.purpose


def _longest_s(calls: Sequence[Call]) -> float:
    chains: dict[str, float] = defaultdict(float)
    samples: dict[str, float] = defaultdict(float)
    for call in calls:
        if call.purpose == "sample":
            samples[call.subject] = max(samples[call.subject], call.seconds)
        else:
            chains[call.subject] += call.seconds
    return max(chains[subject] + samples[subject] for subject in {*chains, *samples})


async def measure(sections: Sequence[int], concurrency: Sequence[int], scale: float) -> None:
    """Print one row for each number of sections and bound on calls in flight."""
    settings = profile("assumed", with_latency=True)
    embedder = Embedder(store=VectorStore())
    document = english_courses()["safety, no risk"]
    rows = []
    for count in sections:
        with served(scaled(settings, 0.0)) as url:
            cold = await run(url, document, count, max(concurrency), embedder)
        warm_up = (
            f"{count} sections: {cold.encoded} texts encoded, {cold.cpu_s / cold.lessons:.2f} CPU-s a lesson"
        )
        print(warm_up, file=sys.stderr, flush=True)
        for bound in concurrency:
            with served(scaled(settings, scale)) as url:
                rows.append((count, bound, await run(url, document, count, bound, embedder)))
    show(rows)


def show(rows: Sequence[tuple[int, int, Timing]]) -> None:
    columns = "sections", "in flight at most", "wall s", "critical path s", "ratio", "all calls s", "CPU s"
    print("| " + " | ".join([*columns, "texts encoded"]) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for count, bound, timing in rows:
        cells = [
            f"{count}",
            f"{bound}",
            f"{timing.wall_s:.2f}",
            f"{timing.critical_s:.2f}",
            f"{timing.wall_s / timing.critical_s:.3f}",
            f"{timing.all_calls_s:.1f}",
            f"{timing.cpu_s:.2f}",
            f"{timing.encoded}",
        ]
        print("| " + " | ".join(cells) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sections", type=int, nargs="+", default=[8, 60])
    parser.add_argument("--concurrency", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--scale", type=float, default=0.25, help="factor on every latency of the profile")
    options = parser.parse_args()
    asyncio.run(measure(options.sections, options.concurrency, options.scale))


if __name__ == "__main__":
    main()
