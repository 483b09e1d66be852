"""What every test runs under: no key, no tracing, no model hub, and hypothesis without a clock or a die."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

from tests.dev_server import client, server
from tests.postgres import (
    open_place,
    postgres_server,
    postgres_url,
    postgresql_place,
    sqlite_place,
    store_place,
)

__all__ = [
    "client",
    "open_place",
    "postgres_server",
    "postgres_url",
    "postgresql_place",
    "server",
    "sqlite_place",
    "store_place",
]

PAID_OR_REMOTE = ("OPENAI_API_KEY", "OPENROUTER_API_KEY", "LANGSMITH_API_KEY", "LANGSMITH_TRACING")

for name in PAID_OR_REMOTE:
    os.environ.pop(name, None)
# huggingface_hub reads this when it is imported; the programs that tests start inherit it.
os.environ["HF_HUB_OFFLINE"] = "1"
# A shell has what it starts in the background ignore a Ctrl-C, and so would all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
if "PYTEST_XDIST_WORKER" in os.environ:
    # Side by side, each process has a core; torch would take all of them in each.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile(
    "courseai", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
# Other examples at every run: COURSEAI_SEARCH=1 make test
settings.register_profile("search", settings.get_profile("courseai"), derandomize=False)
settings.load_profile("search" if os.environ.get("COURSEAI_SEARCH") else "courseai")
