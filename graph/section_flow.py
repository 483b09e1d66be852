"""The section subgraph: draft, check, then accept, try again, climb a tier, or flag.

Every loop is bounded by the ladder and the retries of the policy: at most `most_requests` requests.
"""

from __future__ import annotations

from functools import partial
from typing import Any, get_args

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from courseai.course.state import SectionInput, SectionOutput, SectionState
from courseai.graph.edges import after_check, after_start
from courseai.graph.meaning import meaning
from courseai.graph.observation import Node, observed
from courseai.graph.progress import Progress
from courseai.graph.services import Services
from courseai.models.routing import CheckExit
from courseai.nodes.section_check import check
from courseai.nodes.section_draft import draft, sample
from courseai.nodes.section_route import escalate, finish, retry

ESCALATIONS = tuple(name for name in get_args(CheckExit) if name.startswith("escalate_"))
ENDINGS = ("accept", "accept_with_flag", "flag_for_review")


def build_section_flow(
    services: Services, progress: Progress | None = None
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The compiled subgraph; it uses the checkpointer of the graph that it stands in."""
    gateway, drafts, policy = services.gateway, services.drafts, services.policy
    flow = StateGraph(SectionState, input_schema=SectionInput, output_schema=SectionOutput)
    progress = progress or Progress(services)

    def add(name: str, node: Node) -> None:
        flow.add_node(name, observed(name, progress.on(node), services.on_step), metadata=meaning(name))

    add("draft", partial(draft, gateway=gateway, drafts=drafts, policy=policy))
    add(
        "sample",
        partial(sample, gateway=gateway, drafts=drafts, embedder=services.embedder, policy=policy),
    )
    add("check", partial(check, drafts=drafts, alignment=services.alignment, policy=policy))
    add("retry_with_feedback", partial(retry, policy=policy))
    for trigger in ESCALATIONS:
        add(trigger, partial(escalate, policy=policy))
    for ending in ENDINGS:
        add(ending, partial(finish, drafts=drafts, policy=policy))

    flow.add_conditional_edges(
        START,
        partial(after_start, policy=policy),
        {"single_draft": "draft", "consistency_samples": "sample"},
    )
    flow.add_edge("draft", "check")
    flow.add_edge("sample", "check")
    flow.add_conditional_edges(
        "check", partial(after_check, policy=policy), [*ENDINGS, "retry_with_feedback", *ESCALATIONS]
    )
    for again in ("retry_with_feedback", *ESCALATIONS):
        flow.add_edge(again, "draft")
    for ending in ENDINGS:
        flow.add_edge(ending, END)
    return flow.compile(name="section_generation")
