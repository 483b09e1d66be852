"""The pipeline as a picture, drawn from the compiled graph."""

from __future__ import annotations

from courseai.graph.build import build_graph
from courseai.graph.services import make_services
from courseai.models.provider import provider_from_environment


def mermaid() -> str:
    """Mermaid text of the graph with the section subgraph opened up. No model is reached."""
    services = make_services(provider_from_environment({}))
    return build_graph(services).get_graph(xray=True).draw_mermaid()
