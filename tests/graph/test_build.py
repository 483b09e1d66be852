"""The graph as it is drawn: what a person sees is what the code decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from langchain_core.runnables.graph import Graph

from courseai.graph import build_graph, edges, make_services
from courseai.models.routing import CheckExit

OWNERS_WORDS = {"validation", "metadata", "section_generation", "judge", "lesson_count", "human_review"}
SECTION = "section_generation:"
CONDITIONAL: dict[str, tuple[Callable[..., Any], set[str]]] = {
    "validation": (edges.after_validation, set()),
    "metadata": (edges.after_metadata, set()),
    "judge": (edges.after_judge, {"failed"}),
    "lesson_count": (edges.after_lesson_count, {"missing_lessons"}),
    "exercise_check": (edges.after_exercise_check, {"flawed"}),
    "coverage": (edges.after_coverage, set()),
    "human_review": (edges.after_review, {"regenerate", "metadata_changed", "content_changed"}),
    f"{SECTION}__start__": (edges.after_start, set()),
    f"{SECTION}check": (edges.after_check, set()),
}
"""By node: the function that decides, and the ways out that it takes by `Send` and not by name."""


@pytest.fixture(scope="module")
def drawn() -> Graph:
    """The whole graph with its subgraphs opened, as Studio draws it."""
    return build_graph(make_services()).get_graph(xray=True)


def ways_out(drawn: Graph, node: str) -> set[str]:
    """Nodes that a conditional edge leads to."""
    return {edge.target for edge in drawn.edges if edge.source == node and edge.conditional}


def labels(drawn: Graph, node: str) -> set[str]:
    """What is written on the conditional edges of a node; the target's name where nothing is."""
    return {
        str(edge.data or edge.target.removeprefix(SECTION))
        for edge in drawn.edges
        if edge.source == node and edge.conditional
    }


def literals(function: Callable[..., Any]) -> set[str]:
    """The ways out that an edge function names."""
    hint = get_type_hints(function)["return"]
    options = [hint] if get_origin(hint) is Literal else get_args(hint)
    return {name for option in options if get_origin(option) is Literal for name in get_args(option)}


def test_nodes_have_the_owners_names() -> None:
    nodes = build_graph(make_services()).get_graph().nodes

    assert OWNERS_WORDS.issubset(nodes)


@pytest.mark.parametrize("exit_name", get_args(CheckExit))
def test_every_outcome_of_a_check_is_a_node_of_its_own(drawn: Graph, exit_name: str) -> None:
    assert SECTION + exit_name in ways_out(drawn, f"{SECTION}check")


def test_check_leads_nowhere_else(drawn: Graph) -> None:
    assert ways_out(drawn, f"{SECTION}check") == {SECTION + name for name in get_args(CheckExit)}


@pytest.mark.parametrize("again", [name for name in get_args(CheckExit) if "_with_feedback" in name])
def test_retry_goes_back_to_a_draft(drawn: Graph, again: str) -> None:
    assert (SECTION + again, f"{SECTION}draft") in {(edge.source, edge.target) for edge in drawn.edges}


@pytest.mark.parametrize("trigger", [name for name in get_args(CheckExit) if name.startswith("escalate_")])
def test_every_trigger_goes_back_to_a_draft(drawn: Graph, trigger: str) -> None:
    assert (SECTION + trigger, f"{SECTION}draft") in {(edge.source, edge.target) for edge in drawn.edges}


def test_rejected_input_ends_at_once(drawn: Graph) -> None:
    assert ways_out(drawn, "validation") == {"metadata", "__end__"}


@pytest.mark.parametrize("node", CONDITIONAL)
def test_drawn_ways_out_are_those_that_the_edge_function_names(drawn: Graph, node: str) -> None:
    function, sends = CONDITIONAL[node]

    assert labels(drawn, node) == literals(function) | sends


def test_every_edge_function_is_drawn() -> None:
    decided = {name for name in vars(edges) if name.startswith("after_")}

    assert {function.__name__ for function, _ in CONDITIONAL.values()} == decided
