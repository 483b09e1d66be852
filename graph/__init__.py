"""How a run flows: nodes, conditional edges, the services they use, checkpoints.

    services = make_services()
    graph = build_graph(services)
    result = await graph.ainvoke({"analysis_result": document}, context=RunContext())

`course_graph()` needs no arguments and is what LangGraph Studio loads.
"""

from courseai.course.state import CourseInput, CourseOutput, CourseState, RunContext
from courseai.graph.build import CourseGraph, build_graph
from courseai.graph.services import Services, make_services
from courseai.graph.studio import course_graph

__all__ = [
    "CourseGraph",
    "CourseInput",
    "CourseOutput",
    "CourseState",
    "RunContext",
    "Services",
    "build_graph",
    "course_graph",
    "make_services",
]
