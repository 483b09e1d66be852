"""Every node says what it does, and every decision when which way is taken, for Studio to show."""

from __future__ import annotations

import pytest

from courseai.graph import build_graph, make_services
from courseai.graph.section_flow import build_section_flow
from courseai.models.offline import create_app
from courseai.models.provider import offline

SERVICES = make_services(offline(create_app()))
COURSE = build_graph(SERVICES).get_graph()
SECTION = build_section_flow(SERVICES).get_graph()
NODES = {**COURSE.nodes, **SECTION.nodes}
STEPS = sorted(name for name in NODES if not name.startswith("__"))
LABELLED = sorted(
    {
        (edge.source, str(edge.data))
        for edge in COURSE.edges
        if edge.conditional and edge.data and not edge.source.startswith("__")
    }
)


@pytest.mark.parametrize("name", STEPS)
def test_a_node_says_what_it_does(name: str) -> None:
    assert len((NODES[name].metadata or {})["description"].split()) >= 4


@pytest.mark.parametrize(("node", "way"), LABELLED)
def test_a_decision_says_when_this_way_is_taken(node: str, way: str) -> None:
    assert (NODES[node].metadata or {})["ways_out"][way]


@pytest.mark.parametrize("name", STEPS)
def test_no_way_out_is_described_that_is_not_there(name: str) -> None:
    described = (NODES[name].metadata or {}).get("ways_out", {})

    assert {(name, way) for way in described} <= {*LABELLED}
