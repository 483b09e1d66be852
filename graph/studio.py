"""The graph as a LangGraph server loads it: no arguments, no checkpointer of its own."""

from __future__ import annotations

import os
import threading
from functools import cache
from typing import Any

from courseai.graph.build import CourseGraph, build_graph
from courseai.graph.services import make_services
from courseai.store.database import Database
from courseai.store.database_drafts import DatabaseDraftStore
from courseai.store.database_journal import DatabaseJournal
from courseai.store.open_database import open_database
from courseai.store.run_store import breaker_board_of, rate_limit_of, store_location
from courseai.store.seal import seal_from_environment

_lock = threading.Lock()


def course_graph() -> CourseGraph:
    """The course graph with services from the environment; made once per process, for its weights.

    Calls and drafts are kept in the store of runs (store/run_store.py), so a run that waits for a
    person survives a restart of the server. It has no checkpointer: a server brings its own and refuses
    a graph that has one. Raises `SettingsError` for settings that cannot be used.
    """
    with _lock:
        return _made()


def server_database() -> Database:
    """The database of the store of runs, opened anew."""
    return open_database(store_location(os.environ), seal_from_environment(os.environ))


def server_graph(database: Database, **hooks: Any) -> CourseGraph:
    """The same graph, made anew over a database, with hooks of telemetry as `make_services` takes them."""
    services = make_services(
        journal=DatabaseJournal(database),
        drafts=DatabaseDraftStore(database),
        rate_limit=rate_limit_of(database),
        breaker_board=breaker_board_of(database),
        **hooks,
    )
    return build_graph(services)


@cache
def _made() -> CourseGraph:
    return server_graph(server_database())
