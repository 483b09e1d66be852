"""What all monitoring together costs a course, in CPU: the same courses with it and without.

    python -m tests.bench.monitoring_overhead --courses 4 --repetitions 5

Each measurement is a process of its own that makes one course to warm up and then `--courses` more, one
after another, in a store in SQLite, by an author who answers over HTTP from another process. With monitoring,
their history is kept, metrics are read once a course and sent by OTLP, spans go to an OTLP collector and
traces to a LangSmith server (both in another process), and decisions are logged to a file. The CPU of all
threads of the process counts, until everything is sent. `encoded` embeds every text, as a new course does;
`known texts` reads every vector from the cache, and shows what monitoring itself takes. `--parts` measures
each part alone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from courseai.course.intake import validate_value
from courseai.ops.history.recorder import RunRecorder
from courseai.ops.metrics.metrics import Metrics
from courseai.ops.watch import Watcher, close_all
from courseai.quality.weights import locate_weights
from courseai.service import workbench
from courseai.service.course_run import start_run
from courseai.service.monitoring import metrics_of, watchers_from_environment
from courseai.service.new_run import new_run
from courseai.service.progress import QuietView
from tests.bench.course_bench import SAMPLES, english_courses, table
from tests.collectors import Collector, LangSmith, listening
from tests.service.lives import PRELOADED, PROCESSES, counted_author

WARM_UP = "programming s1-s4"
MEASURED = ("programming", "statistics", "safety", "safety, no risk")
HISTORY = "history"


class Otlp(Collector):
    """An OTLP collector that takes everything."""

    async def answer(self, request: Request, body: bytes) -> Response:
        """See `Collector`."""
        del request, body
        return Response(media_type="application/x-protobuf")


class Forgetful:
    """A collector that keeps nothing, and counts the bytes that it took."""

    def __init__(self, kind: type[Collector], taken: Synchronized[int]) -> None:
        self._kind = kind
        self._taken = taken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        collector = self._kind()
        await collector(scope, receive, send)
        self._taken.value += len(collector.received)


class NoRecorder(Watcher):
    """In place of what keeps the history."""

    @asynccontextmanager
    async def recording(self, *_given: Any) -> AsyncIterator[None]:
        """Records nothing."""
        yield


class Collectors(NamedTuple):
    """An OTLP collector and LangSmith, in a process of their own."""

    otlp: str
    langsmith: str
    taken: Synchronized[int]
    """Bytes that both took, without compression."""


@contextmanager
def collectors() -> Iterator[Collectors]:
    """Both, as long as they are needed."""
    ours, theirs = PROCESSES.Pipe()
    taken: Synchronized[int] = PROCESSES.Value("q", 0)
    process = PROCESSES.Process(target=_collect, args=(theirs, taken), daemon=True)
    process.start()
    try:
        otlp, langsmith = ours.recv()
        yield Collectors(otlp, langsmith, taken)
    finally:
        process.kill()
        process.join()


def _collect(pipe: Connection, taken: Synchronized[int]) -> None:
    with listening(Forgetful(Otlp, taken)) as otlp, listening(Forgetful(LangSmith, taken)) as langsmith:
        pipe.send((otlp, langsmith))
        time.sleep(3600 * 24)


def parts(to: Collectors, folder: Path) -> dict[str, Mapping[str, str]]:
    """The variables that turn each part on."""
    return {
        HISTORY: {},
        "metrics": {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": f"{to.otlp}/v1/metrics"},
        "spans": {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{to.otlp}/v1/traces"},
        "LangSmith": {
            "LANGSMITH_TRACING": "true",
            "LANGSMITH_ENDPOINT": to.langsmith,
            "LANGSMITH_API_KEY": "lsv2_pt_0123456789abcdef",
        },
        "log": {"COURSEAI_LOG": str(folder / "decisions.log")},
    }


class Measurement(NamedTuple):
    """One process that makes courses."""

    home: Path
    environment: Mapping[str, str]
    keeps_history: bool
    url: str
    courses: int

    def cpu_s(self) -> float:
        """CPU seconds a course."""
        ours, theirs = PROCESSES.Pipe()
        process = PROCESSES.Process(target=_measure, args=(theirs, self))
        process.start()
        theirs.close()
        used = float(ours.recv())
        process.join()
        return used


def _measure(pipe: Connection, asked: Measurement) -> None:
    os.environ.update({"COURSEAI_HOME": str(asked.home), **asked.environment})
    watchers = watchers_from_environment(os.environ)
    with patch.object(workbench, "RunRecorder", RunRecorder if asked.keeps_history else NoRecorder):
        before = asyncio.run(_make(watchers, asked))
    close_all(watchers)
    pipe.send((time.process_time() - before) / asked.courses)


async def _make(watchers: list[Watcher], asked: Measurement) -> float:
    """Make all courses; the CPU seconds that were used before the first that counts."""
    documents = english_courses(SAMPLES)
    before, metrics = 0.0, metrics_of(watchers)
    async with workbench.open_workbench(watchers=watchers) as bench:
        for number in range(asked.courses + 1):
            document = documents[MEASURED[(number - 1) % len(MEASURED)] if number else WARM_UP]
            intake = validate_value(document, language=None)
            assert intake.analysis is not None
            assert intake.language is not None
            new = new_run(
                intake.analysis,
                intake.language,
                review="flag",
                seed=0,
                folder=asked.home / f"course-{number}",
                budget_usd=1000,
                base_url=asked.url,
            )
            outcome = await start_run(new, QuietView(), bench=bench)
            assert outcome.status == "finished"
            _read(metrics)
            before = before if number else time.process_time()
    return before


def _read(metrics: Metrics | None) -> None:
    if metrics:
        metrics.exposition()


class Used(NamedTuple):
    """What a course took."""

    cpu_s: float
    sent_kb: float


def measure(options: argparse.Namespace, folder: Path, url: str, to: Collectors) -> None:
    """Measure in turns and print."""
    on = parts(to, folder)
    every = {name: value for variables in on.values() for name, value in variables.items()}
    variants: dict[str, tuple[Mapping[str, str], bool]] = {"none": ({}, False)}
    if options.parts:
        variants |= {name: (variables, name == HISTORY) for name, variables in on.items()}
    variants["all"] = (every, True)
    warm = folder / "warm"
    Measurement(folder / "first", {"COURSEAI_CACHE": str(warm)}, False, url, options.courses).cpu_s()
    for texts in options.texts:
        found: dict[str, list[Used]] = {name: [] for name in variants}
        for repetition in range(options.repetitions):
            # Back and forth, so that a machine that grows slower or faster favours none.
            for name in list(variants)[:: -1 if repetition % 2 else 1]:
                environment, history = variants[name]
                home = folder / f"{texts}-{repetition}-{name}"
                cached = {**environment, "COURSEAI_CACHE": str(warm if texts == "known" else home)}
                before = to.taken.value
                cpu_s = Measurement(home, cached, history, url, options.courses).cpu_s()
                used = Used(cpu_s, (to.taken.value - before) / (options.courses + 1) / 1000)
                found[name].append(used)
                print(
                    f"  {texts} texts, {name}: {used.cpu_s:.3f} CPU s a course", file=sys.stderr, flush=True
                )
                shutil.rmtree(home)
        show(texts, found)


def show(texts: str, found: Mapping[str, list[Used]]) -> None:
    """A table of medians; each ratio is of the two measurements of one repetition."""
    rows = []
    base = [used.cpu_s for used in found["none"]]
    for name, figures in found.items():
        took = [used.cpu_s for used in figures]
        ratios = [one / other for one, other in zip(took, base, strict=True)]
        cells = (
            f"{statistics.median(took):.2f}",
            f"{1000 * statistics.median(one - other for one, other in zip(took, base, strict=True)):+.0f}",
            f"{100 * (statistics.median(ratios) - 1):+.1f} %",
            f"{100 * (min(ratios) - 1):+.1f} to {100 * (max(ratios) - 1):+.1f} %",
            f"{statistics.median(used.sent_kb for used in figures):.0f}",
        )
        rows.append([name, *cells])
    print(f"\n{texts} texts\n")
    table(["monitoring", "CPU s a course", "more, ms", "more", "over the repetitions", "sent, KB"], rows)
    sys.stdout.flush()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--courses", type=int, default=4)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--texts", nargs="+", choices=("encoded", "known"), default=["encoded", "known"])
    parser.add_argument("--parts", action="store_true", help="measure each part alone too")
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    os.environ["COURSEAI_EMBEDDING_FOLDER"] = str(locate_weights())
    PROCESSES.set_forkserver_preload(PRELOADED)
    with (
        tempfile.TemporaryDirectory() as place,
        counted_author(Path(place) / "served.txt", 0.02) as url,
        collectors() as to,
    ):
        measure(options, Path(place), url, to)


if __name__ == "__main__":
    main()
