"""The parts of a course's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum

from sqlalchemy import Connection

from courseai.course.state import CourseState
from courseai.course.verdict import Status
from courseai.ops.history.cost_history import CostPart
from courseai.ops.history.run_history import (
    CallLine,
    RunLine,
    cost_of_run_by_phase,
    cost_of_run_by_tier,
    node_times_of_run,
)
from courseai.service.dashboard import tile
from courseai.service.dashboard.chart import Table
from courseai.service.dashboard.tile import State, Tile
from courseai.service.measure import NOTHING, count, duration, score, share
from courseai.service.money import usd


@dataclass(frozen=True)
class SectionLine:
    """A section in a course's list."""

    section_id: str
    title: str
    complexity: int
    risk: str | None
    route: list[str]
    """Tiers that it was written by, in order."""
    status: str
    reason: str
    drafts: int
    alignment: float | None
    flagged: int
    calls: int
    usd: float | None
    """Of its calls and those of its lessons and exercises; None where no cost is known."""


def run_usd(run: RunLine) -> str:
    """What a run has cost so far."""
    return usd(run.cost_usd, unknown_calls=run.calls_of_unknown_cost, calls=run.calls)


def course_tiles(run: RunLine) -> list[Tile]:
    """A run's figures beside the targets."""
    return [
        Tile("Cost", run_usd(run), *_cost_state(run), note=f"{count(run.calls)} calls"),
        Tile("Alignment", score(run.alignment), *_alignment_state(run), note="mean of its lessons"),
        Tile("Flagged lessons", _part(run.lessons_flagged, run.lessons), *_flagged_state(run)),
        Tile("Escalated sections", _part(run.sections_escalated, run.sections), "routed", "none"),
        Tile(
            "Work",
            duration(run.seconds),
            "in one go" if run.stretches == 1 else f"{run.stretches} stretches",
            "none",
        ),
    ]


def course_facts(run: RunLine) -> list[tuple[str, str | None]]:
    """The rest of what is known of it."""
    return [
        ("Run", run.run_id),
        ("Started", _moment(run.started_at)),
        ("Last came to rest", _moment(run.ended_at)),
        ("Language", run.language),
        ("Models served by", run.provider),
        ("Policy", run.policy),
        ("Lessons planned", count(run.lessons_planned) if run.lessons_planned else None),
        ("Attempts at metadata", count(run.metadata_attempts) if run.metadata_attempts else None),
        ("Bloom compliance", share(run.bloom_compliance) if run.bloom_compliance is not None else None),
        ("Stopped by its budget", f"{run.budget_stops} times" if run.budget_stops else None),
        ("Waits for", f"{run.items_waiting} decisions" if run.items_waiting else None),
    ]


def section_lines(state: CourseState, calls: Sequence[CallLine]) -> list[SectionLine]:
    """Every planned section, in the order of the course."""
    briefs, outcomes = state.get("briefs", {}), state.get("sections", {})
    areas = {one["section_id"]: one["area"] for one in state.get("plan", {}).get("sections", [])}
    lines = []
    for section_id, brief in briefs.items():
        outcome = outcomes.get(section_id, {})
        own = [call for call in calls if f"{call.subject}-".startswith(f"{section_id}-")]
        costs = [call.cost_usd for call in own if call.cost_usd is not None]
        drafts = outcome.get("drafts", [])
        lines.append(
            SectionLine(
                section_id=section_id,
                title=areas.get(section_id, ""),
                complexity=brief["complexity"]["score"],
                risk=brief["risk"],
                route=list(dict.fromkeys(draft["tier"] for draft in drafts)) or [brief["tier"]],
                status=outcome.get("status", "not written yet"),
                reason=outcome.get("reason", ""),
                drafts=len(drafts),
                alignment=outcome.get("alignment"),
                flagged=_flagged(state, section_id),
                calls=len(own),
                usd=fsum(costs) if costs else None,
            )
        )
    return lines


def course_tables(connection: Connection, run_id: str) -> list[Table]:
    """Where its money and its time went."""
    nodes = [
        [one.node, count(one.times), duration(one.mean_s), duration(one.slowest_s), count(one.failures)]
        for one in node_times_of_run(connection, run_id)
    ]
    phases = [_part_row(part) for part in cost_of_run_by_phase(connection, run_id)]
    tiers = [_part_row(part) for part in cost_of_run_by_tier(connection, run_id)]
    money = ["calls", "cost", "tokens in", "tokens out", "from cache"]
    return [
        Table("cost-by-phase", "Cost by phase", ["phase", *money], phases),
        Table("cost-by-tier", "Cost by tier", ["tier", *money], tiers),
        Table(
            "nodes",
            "Where the time went",
            ["node", "times", "mean", "slowest", "failures"],
            nodes,
            empty="It was not measured: the run was killed, or made by an older version.",
        ),
    ]


def _part_row(part: CostPart) -> list[str]:
    cost = usd(part.usd, unknown_calls=part.calls_of_unknown_cost, calls=part.calls)
    return [
        part.name,
        count(part.calls),
        cost,
        count(part.tokens_in),
        count(part.tokens_out),
        count(part.tokens_cached),
    ]


def _cost_state(run: RunLine) -> tuple[str, State]:
    if run.calls == run.calls_of_unknown_cost:
        return "no known cost", "none"
    if run.cost_usd <= tile.target_usd():
        return "on target", "good"
    return ("above target", "watch") if run.cost_usd <= tile.DEAR_USD else ("dear", "bad")


def _alignment_state(run: RunLine) -> tuple[str, State]:
    if run.alignment is None:
        return "not verified", "none"
    if run.alignment >= tile.ALIGNMENT:
        return "on target", "good"
    return ("watch", "watch") if run.alignment >= tile.LOW_ALIGNMENT else ("off target", "bad")


def _flagged_state(run: RunLine) -> tuple[str, State]:
    if not run.lessons:
        return "none judged yet", "none"
    is_good = (run.lessons_flagged or 0) <= tile.FLAGGED * run.lessons
    return ("on target", "good") if is_good else ("off target", "bad")


def _part(part: int | None, whole: int | None) -> str:
    return f"{part} of {whole}" if whole else NOTHING


def _flagged(state: CourseState, section_id: str) -> int:
    verdicts = state.get("verdicts", {}).values()
    return sum(one["section_id"] == section_id and one["status"] != Status.PASS for one in verdicts)


def _moment(iso: str | None) -> str | None:
    return f"{datetime.fromisoformat(iso).astimezone():%d %b %Y, %H:%M}" if iso else None
