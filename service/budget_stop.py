"""A run that its budget stops: save what exists, and say how to go on."""

from __future__ import annotations

import math
from pathlib import Path

from courseai.course.errors import BudgetExceededError
from courseai.course.policy import LARGEST_USD, BudgetPolicy
from courseai.course.state import CourseState, Json
from courseai.graph.run import standing
from courseai.nodes.budget_report import budget_report
from courseai.nodes.stop_report import make_stop_report
from courseai.service.files import json_text, write_files
from courseai.store.run_store import RunStore


async def save_stopped_run(
    store: RunStore, policy: BudgetPolicy, folder: Path, error: BudgetExceededError
) -> list[Path]:
    """Write report.json, and lessons.json with the sections that are done; returns their paths."""
    state = (await standing(store.saver, error.run_id)).so_far
    calls = await store.journal.calls(error.run_id)
    budget = await budget_report(store.journal, error.run_id, policy)
    report = make_stop_report(state, calls, budget, error)
    return write_files(
        folder,
        {"report.json": json_text(report), "lessons.json": json_text(await _lessons(store, state))},
    )


def same_ceiling(run_id: str, ceiling_usd: float, charged_usd: float) -> BudgetExceededError:
    """What a run that its budget stopped is told when it is to go on under no higher ceiling."""
    error = BudgetExceededError(
        f"Run {run_id} was stopped by its budget: ${charged_usd:.4f} of ${ceiling_usd:.4f} are charged. "
        "It can only go on under a higher ceiling.",
        run_id=run_id,
        charged_usd=charged_usd,
        ceiling_usd=ceiling_usd,
        enough_usd=max(ceiling_usd, charged_usd),
    )
    error.add_note(raise_hint(error))
    return error


def raise_hint(error: BudgetExceededError) -> str:
    """The command that goes on, with a ceiling that is high enough for the next call and some more."""
    kept = "Nothing that was paid for is lost."
    if error.enough_usd > LARGEST_USD:
        return (
            f"{kept} No ceiling is high enough for what the provider says it charged: look at its bill. "
            f"A run with a bill of its own can take over the answers: courseai runs fork {error.run_id}"
        )
    wanted = min(max(2 * error.ceiling_usd, 1.2 * error.enough_usd), LARGEST_USD)
    return (
        f"{kept} Continue with: courseai resume {error.run_id} --budget {math.ceil(wanted * 100) / 100:.2f}"
    )


async def _lessons(store: RunStore, state: CourseState) -> Json:
    """The drafts that were accepted so far, by section."""
    refs = {section_id: outcome["ref"] for section_id, outcome in state.get("sections", {}).items()}
    return {section_id: await store.drafts.get(ref) for section_id, ref in refs.items() if ref}
