"""The graph as a LangGraph server loads it: no arguments, no checkpointer of its own."""

from __future__ import annotations

from functools import cache

from courseai.graph.build import CourseGraph, build_graph
from courseai.graph.services import make_services


@cache
def course_graph() -> CourseGraph:
    """The course graph with services from the environment; made once per process, for its weights.

    A server brings its own checkpointer, and refuses a graph that has one.
    """
    return build_graph(make_services())
