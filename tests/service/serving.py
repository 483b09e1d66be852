"""`courseai` as a process of its own, the pages that it serves, and the browser that opens them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")


def program() -> list[str]:
    """`courseai` as a process of its own."""
    return [sys.executable, "-u", "-c", "from courseai.service.cli import main; main()"]


@contextmanager
def served(environment: Mapping[str, str]) -> Iterator[str]:
    """The address of the review page that `courseai serve` shows."""
    command = [*program(), "serve", "--port", "0"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[2]
    finally:
        process.terminate()
        process.communicate(timeout=30)
