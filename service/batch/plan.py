"""A batch before anything is made: its id, its items, and how far an earlier command has come with them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from courseai.course.analysis import AnalysisResult
from courseai.course.errors import InputRejectedError, SettingsError
from courseai.course.intake import Intake, validate_bytes
from courseai.course.policy import Policy
from courseai.course.state import ReviewMode
from courseai.models.provider import Provider, provider_from_environment
from courseai.service.batch.item import BatchItem
from courseai.service.batch.source import BatchInput, batch_inputs, batch_name
from courseai.service.cost_estimate import expected_cost
from courseai.service.files import prepare_folder
from courseai.service.new_run import NewRun, new_run
from courseai.store.run_cost import RunCost, run_costs
from courseai.store.run_store import RunStore, check_run_id

_NAME_LIMIT = 36
"""Characters of a name that is given: with a digest and a language it has to be a run's id."""


@dataclass(frozen=True)
class CourseOptions:
    """What every course of a batch is made with."""

    language: str | None = None
    review: ReviewMode = "flag"
    seed: int | None = 0
    policy: Policy | None = None
    budget_usd: float | None = None
    """The ceiling of each course; None for the policy's."""
    base_url: str | None = None
    model: str | None = None
    offline_settings: Path | None = None


@dataclass(frozen=True)
class BatchPlan:
    """What is to be made."""

    batch_id: str
    source: Path
    out: Path
    """The folder of all its courses; absolute."""
    items: list[BatchItem]
    options: CourseOptions
    provider: Provider
    """Who serves the models."""


def plan_batch(
    source: Path, options: CourseOptions, *, name: str | None = None, out: Path | None = None
) -> BatchPlan:
    """Find the inputs, give each its run, and make the folder. Blocks while the inputs are read.

    Raises `SettingsError` for a source, a name, a folder or a provider that cannot be used.
    """
    provider = provider_from_environment(
        os.environ, options.base_url, options.model, options.offline_settings
    )
    batch_id = _checked_name(name) if name else batch_name(source)
    inputs = batch_inputs(source)
    folder = prepare_folder((out or Path("courses") / batch_id).absolute())
    return BatchPlan(
        batch_id, source, folder, _items(batch_id, inputs, folder, options.language), options, provider
    )


async def look_up(plan: BatchPlan, store: RunStore) -> float:
    """Note on every item what the store knows of its run; gives the USD that all of them are charged."""
    database, run_ids = store.database, [item.run_id for item in plan.items]
    known = await database.in_thread(store.register.statuses, run_ids)
    costs = await database.read(lambda connection: run_costs(connection, known))
    for item in plan.items:
        if item.state == "queued" and (status := known.get(item.run_id)):
            item.take(status, costs.get(item.run_id, RunCost()).usd)
    return sum(cost.charged_usd for cost in costs.values())


def check(item: BatchItem, options: CourseOptions) -> None:
    """Read and validate an input, and note what its course is likely to cost. Blocks.

    Raises `InputRejectedError` that says the first thing wrong.
    """
    _intake(item, options)


def begin(item: BatchItem, options: CourseOptions) -> NewRun:
    """Settle what its run is made with, and make its folder. Blocks. Raises what `check` and `new_run` do."""
    analysis, language = _intake(item, options)
    return new_run(
        analysis,
        language,
        review=options.review,
        seed=options.seed,
        run_id=item.run_id,
        folder=item.folder,
        policy=options.policy,
        budget_usd=options.budget_usd,
        base_url=options.base_url,
        model=options.model,
        offline_settings=options.offline_settings,
    )


def _intake(item: BatchItem, options: CourseOptions) -> tuple[AnalysisResult, str]:
    intake = validate_bytes(item.input.read(), language=options.language)
    if intake.analysis is None or intake.language is None:
        raise InputRejectedError(_in_words(intake))
    if item.expected_usd is None and (expected := expected_cost(intake)):
        item.expected_usd = expected["likely_usd"]
    return intake.analysis, intake.language


def _checked_name(name: str) -> str:
    if len(check_run_id(name)) > _NAME_LIMIT:
        raise SettingsError(f"The name {name!r} is too long for a batch: at most {_NAME_LIMIT} characters.")
    return name


def _items(
    batch_id: str, inputs: Sequence[BatchInput], folder: Path, language: str | None
) -> list[BatchItem]:
    """One for each input; inputs that say the same share a run, which the first of them has."""
    end = f".{language}" if language else ""
    items, firsts = [], dict[str, BatchInput]()
    for each in inputs:
        item = BatchItem(each, f"{batch_id}-{each.digest}{end}", folder / each.name)
        first = firsts.setdefault(each.digest, each)
        if first is not each:
            item.state, item.problem = "duplicate", f"It says the same as {first.place}."
        items.append(item)
    return items


def _in_words(intake: Intake) -> str:
    first = intake.problems[0]
    more = len(intake.problems) + intake.more - 1
    rest = f" And {more} more; see courseai validate." if more else ""
    return f"{first.pointer}: {first.message} {first.remedy}{rest}"
