"""How a run flows: nodes, conditional edges, the services they use, checkpoints.

    services = make_services()
    graph = build_graph(services)
    result = await graph.ainvoke({"analysis_result": document}, context=RunContext())

These names are the public interface for programs that embed the graph; docs/embedding.md shows how.
"""

from courseai.course.event import ProgressEvent
from courseai.course.review_answer import signed_by
from courseai.course.state import CourseInput, CourseOutput, CourseState, RunContext
from courseai.graph.build import CourseGraph, build_graph
from courseai.graph.remote import RemoteCourse, build_remote_graph
from courseai.graph.services import Services, make_services
from courseai.graph.studio import course_graph
from courseai.store.run_store import RunStore, new_run_id, open_run_store

__all__ = [
    "CourseGraph",
    "CourseInput",
    "CourseOutput",
    "CourseState",
    "ProgressEvent",
    "RemoteCourse",
    "RunContext",
    "RunStore",
    "Services",
    "build_graph",
    "build_remote_graph",
    "course_graph",
    "make_services",
    "new_run_id",
    "open_run_store",
    "signed_by",
]
