"""Where commands print."""

from __future__ import annotations

from rich.console import Console

_PIPE_WIDTH = 120
"""Columns where the output is no terminal, which says nothing of its width."""


def open_console(*, stderr: bool = False) -> Console:
    """Standard output, or standard error."""
    console = Console(stderr=stderr)
    return console if console.is_terminal else Console(stderr=stderr, width=_PIPE_WIDTH)


def say(console: Console, line: str) -> None:
    """One line as it is: no markup, no colours, no breaks."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def complain(*lines: str) -> None:
    """Lines on standard error."""
    console = open_console(stderr=True)
    for line in lines:
        say(console, line)
