"""The pipeline as a picture, drawn from the code."""

from __future__ import annotations

from typing import Any

from langgraph.graph.state import CompiledStateGraph

from courseai.graph.build import build_graph
from courseai.graph.services import make_services
from courseai.models.provider import provider_from_environment


def mermaid() -> str:
    """Mermaid text of the course graph with its section subgraph opened up. No model is reached."""
    return draw(build_graph(make_services(provider_from_environment({}))), xray=True)


def draw(graph: CompiledStateGraph[Any, Any, Any, Any], *, xray: bool = False) -> str:
    """Mermaid text of a graph: names and ways out. What they mean is in the nodes' metadata, for Studio."""
    drawing = graph.get_graph(xray=xray)
    drawing.nodes = {name: node._replace(metadata=None) for name, node in drawing.nodes.items()}
    return drawing.draw_mermaid().rstrip()
