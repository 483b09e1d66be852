"""What one course takes of everything: the figures that `courseai capacity` reckons with.

    python -m tests.bench.capacity_figures [--latency 1.0] [--write]

The three English samples are made side by side in one process over a PostgreSQL store, all sentences new. The
offline author answers from a process of its own with the errors and `--latency` times the latencies of
profiles/assumed.json. One small course is made before, so that everything is loaded. `--write` puts the
figures into service/capacity_figures.json.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import json
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import psycopg

sys.path.insert(0, str(Path(__file__).parent))

from course_bench import english_courses, profile, scaled
from wall_time import KEY, served

from courseai.course.intake import validate_value
from courseai.models.provider import openrouter
from courseai.service.capacity import FIGURES_FILE
from courseai.service.course_run import start_run
from courseai.service.new_run import new_run
from courseai.service.progress import QuietView
from courseai.service.workbench import Workbench, open_workbench
from tests.postgres import PostgresServer, make_server

Json = dict[str, Any]
COMMAND = "python -m tests.bench.capacity_figures"
MEASURED = ("programming", "statistics", "safety")


async def made(bench: Workbench, name: str, document: Json, url: str, folder: Path) -> tuple[Json, float]:
    """One course: its report, and the seconds that it took."""
    intake = validate_value(document, language="en")
    assert intake.analysis is not None
    new = new_run(
        intake.analysis, "en", review="flag", seed=0, run_id=name, folder=folder / name, budget_usd=10.0
    )
    provider = replace(openrouter(KEY), base_url=url)
    began = time.perf_counter()
    outcome = await start_run(replace(new, provider=provider), QuietView(), bench=bench)
    assert outcome.report is not None
    return outcome.report, time.perf_counter() - began


def database_cpu_s(server: PostgresServer) -> float:
    """Processor seconds of all its processes so far, those that ended not counted."""
    pid = int((server.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    postmaster = psutil.Process(pid)
    times = [process.cpu_times() for process in (postmaster, *postmaster.children())]
    return sum(each.user + each.system for each in times)


def counters(url: str) -> tuple[int, int]:
    """Transactions so far, and bytes on disk."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        connection.execute("VACUUM")
        row = connection.execute(
            "SELECT xact_commit, pg_database_size(datname) FROM pg_stat_database"
            " WHERE datname = current_database()"
        ).fetchone()
    assert row
    return row


async def measure(server: PostgresServer, folder: Path, latency: float) -> dict[str, float]:
    """The figures, each of one course."""
    documents = english_courses()
    with served(scaled(profile("assumed", with_latency=True), latency)) as author:
        url, database = f"{author}", server.new_database()
        async with open_workbench(database) as bench:
            await made(bench, "warm", documents["statistics s7-s9"], url, folder)
            cpu_s, database_s = time.process_time(), database_cpu_s(server)
            transactions, stored = counters(database)
            courses = await asyncio.gather(
                *(made(bench, name, documents[name], url, folder) for name in MEASURED)
            )
            cpu_s, database_s = time.process_time() - cpu_s, database_cpu_s(server) - database_s
            transactions_after, stored_after = counters(database)
            calls = [call for name in MEASURED for call in await bench.store.journal.calls(name)]
    count = len(MEASURED)
    return {
        "lessons": sum(report["lessons"]["written"] for report, _ in courses) / count,
        "calls": len(calls) / count,
        "tokens": sum((call.tokens_in or 0) + (call.tokens_out or 0) for call in calls) / count,
        "usd": sum(call.charged_usd for call in calls) / count,
        "seconds": sum(seconds for _, seconds in courses) / count,
        "call_seconds": sum(call.seconds for call in calls) / count,
        "worker_cpu_s": cpu_s / count,
        "database_cpu_s": database_s / count,
        "transactions": (transactions_after - transactions) / count,
        "stored_bytes": (stored_after - stored) / count,
        "resident_bytes": psutil.Process().memory_info().rss,
    }


def main() -> None:
    """Print the figures, and write them where that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--latency", type=float, default=1.0)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")  # No vector is known yet.
        (folder / "server").mkdir()
        folder.chmod(0o755)
        server = make_server(folder / "server")
        server.start()
        figures = asyncio.run(measure(server, folder, options.latency))
        server.stop()
    rounded = {name: float(f"{value:.3g}") for name, value in figures.items()}
    print(json.dumps(rounded, indent=2))
    if options.write:
        document = json.loads(FIGURES_FILE.read_text("utf-8"))
        for name, value in rounded.items():
            today = datetime.datetime.now(datetime.UTC).date().isoformat()
            document["measured"][name] |= {"value": value, "command": COMMAND, "date": today}
        FIGURES_FILE.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
