"""What studio/langgraph.json loads: the graph, watched as the environment of the server asks."""

from __future__ import annotations

import asyncio
import os
import threading
from functools import cache

from courseai.graph.build import CourseGraph
from courseai.graph.studio import server_graph
from courseai.ops.watch import Watcher, hooks_of
from courseai.service.monitoring import watchers_from_environment

_lock = threading.Lock()


async def studio_graph() -> CourseGraph:
    """The graph, made once per process; files are read in a thread, as the server demands."""
    return await asyncio.to_thread(_graph)


def server_watchers() -> list[Watcher]:
    """This process's watchers: the graph and the pages (web/studio.py) have the same ones."""
    with _lock:
        return _watchers()


def _graph() -> CourseGraph:
    watchers = server_watchers()
    with _lock:
        return _watched_graph(tuple(watchers))


@cache
def _watchers() -> list[Watcher]:
    return watchers_from_environment(os.environ, exposes_metrics=True)


@cache
def _watched_graph(watchers: tuple[Watcher, ...]) -> CourseGraph:
    return server_graph(**hooks_of(watchers))
