"""Nodes and edges, nothing else: this file is the picture of the pipeline."""

from __future__ import annotations

from functools import partial
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from courseai.course.state import CourseInput, CourseOutput, CourseState, RunContext, ThreadInput
from courseai.graph.edges import (
    after_coverage,
    after_exercise_check,
    after_judge,
    after_lesson_count,
    after_metadata,
    after_review,
    after_validation,
    each_section,
)
from courseai.graph.meaning import meaning
from courseai.graph.observation import Node, observed
from courseai.graph.progress import Progress
from courseai.graph.section_flow import build_section_flow
from courseai.graph.services import Services
from courseai.nodes.assembly import assemble
from courseai.nodes.briefing import write_briefs
from courseai.nodes.coverage import check_coverage
from courseai.nodes.exercise_check import check_exercises
from courseai.nodes.exercise_rewrite import rewrite_exercises
from courseai.nodes.human_review import human_review
from courseai.nodes.judge import judge
from courseai.nodes.lesson_count import count_lessons, refuse_short_course
from courseai.nodes.lesson_rewrite import rewrite_lessons
from courseai.nodes.metadata import write_metadata
from courseai.nodes.metadata_revision import revise_metadata
from courseai.nodes.regeneration import regenerate
from courseai.nodes.validation import validate

CourseGraph = CompiledStateGraph[CourseState, RunContext, CourseInput, CourseOutput]


def build_graph(services: Services, checkpointer: BaseCheckpointSaver[Any] | None = None) -> CourseGraph:
    """The compiled course graph. Without a checkpointer a run cannot wait for a person or resume."""
    gateway, drafts, policy = services.gateway, services.drafts, services.policy
    graph = StateGraph(CourseState, RunContext, input_schema=CourseInput, output_schema=CourseOutput)
    progress = Progress(services)

    def add(name: str, node: Node, **options: Any) -> None:
        watched = observed(name, progress.on(node), services.on_step)
        graph.add_node(name, watched, metadata=meaning(name), **options)

    add("validation", partial(validate, policy=policy, tiers=gateway.tiers), input_schema=ThreadInput)
    add("metadata", partial(write_metadata, gateway=gateway, embedder=services.embedder, policy=policy))
    add("briefing", partial(write_briefs, drafts=drafts, policy=policy))
    graph.add_node(
        "section_generation", build_section_flow(services, progress), metadata=meaning("section_generation")
    )
    add("judge", partial(judge, gateway=gateway, drafts=drafts, alignment=services.alignment, policy=policy))
    add("lesson_rewrite", partial(rewrite_lessons, gateway=gateway, drafts=drafts, policy=policy))
    add("lesson_count", partial(count_lessons, policy=policy))
    add("exercise_check", partial(check_exercises, drafts=drafts, policy=policy))
    add("exercise_rewrite", partial(rewrite_exercises, gateway=gateway, drafts=drafts, policy=policy))
    add("coverage", partial(check_coverage, drafts=drafts, alignment=services.alignment))
    add("insufficient_lessons", refuse_short_course)
    add("human_review", partial(human_review, drafts=drafts, journal=gateway.journal, policy=policy))
    add(
        "regeneration",
        partial(regenerate, gateway=gateway, drafts=drafts, alignment=services.alignment, policy=policy),
    )
    add(
        "metadata_revision",
        partial(revise_metadata, gateway=gateway, drafts=drafts, embedder=services.embedder, policy=policy),
    )
    add("assembly", partial(assemble, drafts=drafts, gateway=gateway, policy=policy))

    graph.add_edge(START, "validation")
    graph.add_conditional_edges("validation", after_validation, {"accepted": "metadata", "rejected": END})
    graph.add_conditional_edges(
        "metadata",
        partial(after_metadata, policy=policy),
        {"retry_with_feedback": "metadata", "accepted_or_flagged": "briefing"},
    )
    graph.add_conditional_edges("briefing", each_section, ["section_generation"])
    graph.add_edge("section_generation", "judge")
    graph.add_conditional_edges(
        "judge", partial(after_judge, policy=policy), {"failed": "lesson_rewrite", "judged": "lesson_count"}
    )
    graph.add_edge("lesson_rewrite", "judge")
    graph.add_conditional_edges(
        "lesson_count",
        partial(after_lesson_count, policy=policy),
        {
            "missing_lessons": "section_generation",
            "too_few_lessons": "insufficient_lessons",
            "enough_lessons": "exercise_check",
        },
    )
    graph.add_conditional_edges(
        "exercise_check", after_exercise_check, {"flawed": "exercise_rewrite", "sound": "coverage"}
    )
    graph.add_edge("exercise_rewrite", "exercise_check")
    graph.add_conditional_edges("coverage", after_coverage, {"flagged": "human_review", "passed": "assembly"})
    graph.add_conditional_edges(
        "human_review",
        partial(after_review, policy=policy),
        {
            "regenerate": "regeneration",
            "metadata_changed": "metadata_revision",
            "content_changed": "judge",
            "pending": "human_review",
            "decided": "assembly",
        },
    )
    graph.add_edge("regeneration", "judge")
    graph.add_edge("metadata_revision", "judge")
    graph.add_edge("assembly", END)
    compiled = graph.compile(checkpointer=checkpointer, name="course")
    return compiled.with_config(callbacks=list(services.callbacks)) if services.callbacks else compiled
