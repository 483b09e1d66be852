"""What studio/langgraph.json loads: the graph, watched as the environment of the server asks."""

from __future__ import annotations

import asyncio
import os
import threading
from functools import cache

from courseai.graph import studio
from courseai.graph.build import CourseGraph
from courseai.ops.history.server_recorder import ServerRecorder
from courseai.ops.watch import Watcher, hooks_of
from courseai.service.monitoring import watchers_from_environment
from courseai.store.database import Database

_lock = threading.Lock()


async def studio_graph() -> CourseGraph:
    """The graph, made once per process; files are read in a thread, as the server demands."""
    return await asyncio.to_thread(_graph)


def server_watchers() -> list[Watcher]:
    """This process's watchers: the graph and the pages (web/studio.py) have the same ones."""
    with _lock:
        return _watchers()


async def server_database() -> Database:
    """The database of the store of runs, opened once per process: the graph and the dashboard share it."""
    return await asyncio.to_thread(_locked_database)


def _graph() -> CourseGraph:
    watchers = server_watchers()
    with _lock:
        return _watched_graph(tuple(watchers))


def _locked_database() -> Database:
    with _lock:
        return _database()


@cache
def _watchers() -> list[Watcher]:
    # The server keeps the checkpoints; figures go where the calls are.
    recorder = ServerRecorder(_locked_database)
    return [*watchers_from_environment(os.environ, exposes_metrics=True), recorder]


@cache
def _watched_graph(watchers: tuple[Watcher, ...]) -> CourseGraph:
    return studio.server_graph(_database(), **hooks_of(watchers))


@cache
def _database() -> Database:
    return studio.server_database()
