"""Every conditional edge as one pure function. Its return type names the ways out, and draws them."""

from __future__ import annotations

from typing import Literal

from langgraph.types import Send

from courseai.course.policy import Policy
from courseai.course.review import flagged_items, unchecked_items
from courseai.course.review_rule import waits_for_person
from courseai.course.state import (
    CourseState,
    ExerciseRewriteInput,
    Json,
    RegenerationInput,
    RewriteInput,
    SectionInput,
    SectionState,
)
from courseai.course.verdict import Status
from courseai.models.routing import CheckExit, Findings, decide, wants_samples
from courseai.nodes.lesson_count import is_cut_off
from courseai.nodes.regeneration import requests_by_section


def after_validation(state: CourseState) -> Literal["accepted", "rejected"]:
    """Rejected input ends the run: no model can mend it."""
    return "rejected" if state["status"] == "rejected" else "accepted"


def after_metadata(
    state: CourseState, policy: Policy
) -> Literal["retry_with_feedback", "accepted_or_flagged"]:
    """Another attempt while there are problems and attempts; then on, flagged."""
    metadata = state["metadata"]
    good = not metadata["problems"] and metadata["source"] == "model"
    if good or metadata["attempts"] >= policy.metadata.attempts:
        return "accepted_or_flagged"
    return "retry_with_feedback"


def each_section(state: CourseState) -> list[Send]:
    """One branch for every section, side by side."""
    return [
        Send(
            "section_generation", _section_input(state, section["section_id"], section["lessons"], None, None)
        )
        for section in state["plan"]["sections"]
    ]


def after_judge(state: CourseState, policy: Policy) -> list[Send] | Literal["judged"]:
    """Failed lessons go back once, section by section, before a person has to decide, never after."""
    failed = [verdict for verdict in state["verdicts"].values() if verdict["status"] == Status.FAIL]
    spent = state.get("judge_rounds", 1) > policy.course.rewrite_attempts
    if not failed or spent or state.get("decisions"):
        return "judged"
    sections = dict.fromkeys(verdict["section_id"] for verdict in failed)
    return [_rewrite(state, section_id, failed) for section_id in sections]


def after_lesson_count(
    state: CourseState, policy: Policy
) -> list[Send] | Literal["too_few_lessons", "enough_lessons"]:
    """Ask once more for missing lessons, refuse a course that is too short or cut by an outage, or go on."""
    count = state["lesson_count"]
    may_fill = count["rounds"] <= policy.course.fill_attempts and not state.get("decisions")
    if count["missing"] and may_fill:
        return [_fill(state, section_id, policy) for section_id in count["missing"]]
    if count["written"] < count["minimum"] or is_cut_off(state):
        return "too_few_lessons"
    return "enough_lessons"


def after_exercise_check(state: CourseState) -> list[Send] | Literal["sound"]:
    """Flawed exercises are rewritten, each alone, section by section; then they are checked again."""
    flawed = [sid for sid, outcome in state["sections"].items() if outcome["exercises"]["pending"]]
    return [_rewrite_exercises(state, section_id) for section_id in flawed] or "sound"


def after_coverage(state: CourseState) -> Literal["flagged", "passed"]:
    """A person looks only where something is flagged; what was changed for one is noted there too."""
    return "flagged" if flagged_items(state) or unchecked_items(state) else "passed"


def after_review(state: CourseState, policy: Policy) -> list[Send | str] | Literal["pending", "decided"]:
    """What decisions changed is checked again, what they asked for is written; then what is left is asked."""
    changed: list[Send | str] = [
        _regeneration(state, section_id, requests)
        for section_id, requests in requests_by_section(state.get("requested", [])).items()
    ]
    unchecked = unchecked_items(state)
    if "metadata" in unchecked:
        changed.append("metadata_changed")
    if changed or unchecked:
        return changed or ["content_changed"]
    waits = waits_for_person(state["review"], policy) and flagged_items(state)
    return "pending" if waits else "decided"


def after_start(state: SectionInput, policy: Policy) -> Literal["single_draft", "consistency_samples"]:
    """Cheap tiers may have to agree with themselves first; a section that is filled is not sampled."""
    sampled = state["base"] is None and wants_samples(state["tier"], state["complexity"], policy)
    return "consistency_samples" if sampled else "single_draft"


def after_check(state: SectionState, policy: Policy) -> CheckExit:
    """The router's decision on the last draft: each trigger is a way out of its own."""
    return decide(Findings(**state["findings"]), policy).exit


def _fill(state: CourseState, section_id: str, policy: Policy) -> Send:
    """The missing lessons of a section, from the strongest tier: the ladder has been climbed already."""
    missing = set(state["lesson_count"]["missing"][section_id])
    section = next(s for s in state["plan"]["sections"] if s["section_id"] == section_id)
    lessons = [lesson for lesson in section["lessons"] if lesson["number"] in missing]
    return Send(
        "section_generation",
        _section_input(state, section_id, lessons, state["sections"][section_id], policy.ladder.tiers[-1]),
    )


def _rewrite(state: CourseState, section_id: str, failed: list[Json]) -> Send:
    own = [verdict for verdict in failed if verdict["section_id"] == section_id]
    argument: RewriteInput = {
        "run_id": state["run_id"],
        "seed": state.get("seed"),
        "section_id": section_id,
        "brief_ref": state["briefs"][section_id]["ref"],
        "outcome": state["sections"][section_id],
        "concerns": {v["lesson_id"].removeprefix(f"{section_id}-l"): v["concerns"] for v in own},
    }
    return Send("lesson_rewrite", argument)


def _rewrite_exercises(state: CourseState, section_id: str) -> Send:
    argument: ExerciseRewriteInput = {
        "run_id": state["run_id"],
        "seed": state.get("seed"),
        "section_id": section_id,
        "brief_ref": state["briefs"][section_id]["ref"],
        "outcome": state["sections"][section_id],
        "round": state["exercise_rounds"],
    }
    return Send("exercise_rewrite", argument)


def _regeneration(state: CourseState, section_id: str, requests: list[Json]) -> Send:
    argument: RegenerationInput = {
        "run_id": state["run_id"],
        "seed": state.get("seed"),
        "section_id": section_id,
        "brief_ref": state["briefs"][section_id]["ref"],
        "outcome": state["sections"][section_id],
        "requests": requests,
    }
    return Send("regeneration", argument)


def _section_input(
    state: CourseState, section_id: str, lessons: list[Json], base: Json | None, tier: str | None
) -> SectionInput:
    brief = state["briefs"][section_id]
    return {
        "run_id": state["run_id"],
        "seed": state.get("seed"),
        "section_id": section_id,
        "brief_ref": brief["ref"],
        "lesson_numbers": [lesson["number"] for lesson in lessons],
        "complexity": brief["complexity"]["score"],
        "tier": tier or brief["tier"],
        "reason": "fill: lessons were missing" if tier else brief["reason"],
        "base": base,
    }
