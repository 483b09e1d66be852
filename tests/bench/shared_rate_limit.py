"""How long the shared rate limit takes to give leave, with so many processes asking at once.

    python -m tests.bench.shared_rate_limit --url postgresql://... --processes 1 8 --asks 500

`--url` is an empty database; without it a PostgreSQL server of Debian's is started for it. Each process asks
one time after the other and corrects each leave, under a limit that it never reaches.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import tempfile
import time
from pathlib import Path

from courseai.models.rate_limit import RateLimits
from courseai.store.database import at_url
from courseai.store.open_database import open_database
from courseai.store.seal import Seal
from courseai.store.shared_rate_limit import SharedRateLimit
from tests.postgres import make_server

LIMITS = RateLimits(requests=10**6, tokens=10**9)


async def _asked(url: str, asks: int, start: multiprocessing.Barrier) -> list[float]:
    database = open_database(at_url(url), Seal())
    limit, seconds = SharedRateLimit(database), []
    await limit.book("a provider", LIMITS, 1)
    start.wait()
    for _ in range(asks):
        began = time.perf_counter()
        leave = await limit.book("a provider", LIMITS, 1000)
        seconds.append(time.perf_counter() - began)
        await limit.correct("a provider", leave, tokens=400)
    await database.aclose()
    return seconds


def _ask(url: str, asks: int, start: multiprocessing.Barrier, told: multiprocessing.Queue) -> None:
    told.put(asyncio.run(_asked(url, asks, start)))


def measure(url: str, processes: int, asks: int) -> None:
    """Print one row."""
    told, start = multiprocessing.Queue(), multiprocessing.Barrier(processes + 1)
    workers = [multiprocessing.Process(target=_ask, args=(url, asks, start, told)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    start.wait()
    began = time.perf_counter()
    seconds = sorted(second for _ in workers for second in told.get())
    took = time.perf_counter() - began
    for worker in workers:
        worker.join()
    median, worst = statistics.median(seconds), seconds[int(len(seconds) * 0.99)]
    print(f"| {processes} | {1000 * median:.1f} ms | {1000 * worst:.1f} ms | {len(seconds) / took:.0f} |")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--url")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 8])
    parser.add_argument("--asks", type=int, default=500)
    options = parser.parse_args()
    print("| processes | median | P99 | leaves/s |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = None if options.url else make_server(Path(folder))
        if server:
            server.start()
        for processes in options.processes:
            measure(options.url or server.new_database(), processes, options.asks)
        if server:
            server.stop()


if __name__ == "__main__":
    main()
