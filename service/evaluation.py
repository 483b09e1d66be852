"""Policies over a data set: their courses are batches, whose results LangSmith's evaluators score."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from courseai.course.errors import SettingsError
from courseai.course.policy import Policy
from courseai.course.state import Json
from courseai.graph.run import standing
from courseai.ops.evaluation import Tally, course_tally, differences, figures, total
from courseai.ops.experiment import Case, Experiment, Laboratory
from courseai.ops.history.run_history import run_line
from courseai.prompts.template import fingerprint
from courseai.service.batch.item import BatchItem
from courseai.service.batch.plan import BatchPlan, CourseOptions, plan_batch
from courseai.service.batch.source import batch_name
from courseai.store.database import store_errors
from courseai.store.run_store import RunStore, open_run_store

_NAME_LENGTH = 27
"""Characters of the evaluation's name: with a policy's fingerprint it has to be a batch's (plan.py)."""
_SHOWN_DIGITS = 8


@dataclass(frozen=True)
class Trial:
    """One policy and the courses that it is tried on."""

    policy: Policy
    plan: BatchPlan

    @property
    def name(self) -> str:
        """The policy's version with the beginning of its fingerprint."""
        return f"{self.policy.version}-{self.policy.fingerprint[:_SHOWN_DIGITS]}"


@dataclass(frozen=True)
class Result:
    """What a trial came to. Figures that are unknown are None."""

    trial: Trial
    cases: list[Case]
    experiment: Experiment

    @property
    def overall(self) -> dict[str, float | None]:
        """Of all courses together."""
        return figures(total(case.tally for case in self.cases))


def evaluation_name(source: Path, name: str | None) -> str:
    """What the evaluation is called: as it is told, or by the data set's place.

    Raises `SettingsError` for a name that is too long.
    """
    if name and len(name) > _NAME_LENGTH:
        raise SettingsError(f"The name {name!r} is too long: at most {_NAME_LENGTH} characters.")
    return name or batch_name(source)[-_NAME_LENGTH:].strip("-")


def plan_trials(
    source: Path, policies: Sequence[Policy], options: CourseOptions, *, name: str, out: Path | None
) -> list[Trial]:
    """A batch for each policy, in a folder of its own; the same batch whenever name, inputs and policy are.

    Raises `SettingsError` for two policies that are the same, and what `plan_batch` raises.
    """
    if len({policy.fingerprint for policy in policies}) < len(policies):
        raise SettingsError("Both policies say the same; compare it with another one.")
    folder = out or Path("courses") / name
    return [Trial(policy, _planned(source, policy, options, name, folder)) for policy in policies]


def _planned(source: Path, policy: Policy, options: CourseOptions, name: str, folder: Path) -> BatchPlan:
    own = f"{name}-{policy.fingerprint[:_SHOWN_DIGITS]}"
    return plan_batch(source, replace(options, policy=policy), name=own, out=folder / own)


async def read_cases(trials: Sequence[Trial]) -> list[list[Case]]:
    """What the store knows of the courses of each trial."""
    async with open_run_store() as store:
        with store_errors(store.database.location):
            return [
                [await _case(store, item) for item in trial.plan.items if item.state != "duplicate"]
                for trial in trials
            ]


async def _case(store: RunStore, item: BatchItem) -> Case:
    tally = Tally(courses=1, cost_usd=item.cost_usd)
    if item.state == "finished":
        report = (await standing(store.saver, item.run_id)).state["report"]
        query = partial(run_line, seal=store.database.seal, run_id=item.run_id)
        line = await store.database.read(query)
        tally = course_tally(report, line.seconds if line else None)
    try:
        document = json.loads(item.input.read())
    except ValueError:
        document = None
    return Case(item.input.digest, document, tally)


def evaluate(laboratory: Laboratory, trials: Sequence[Trial], cases: Sequence[list[Case]]) -> list[Result]:
    """Score every course of every trial. Blocks. Raises `UploadError`."""
    return [
        Result(trial, own, laboratory.run(trial.name, own, _facts(trial)))
        for trial, own in zip(trials, cases, strict=True)
    ]


def _facts(trial: Trial) -> Json:
    """With what the courses were made."""
    return {
        "policy": trial.policy.version,
        "policy_fingerprint": trial.policy.fingerprint,
        "prompts_fingerprint": fingerprint(),
        "author": trial.plan.provider.label,
    }


def evaluation_json(name: str, results: Sequence[Result]) -> Json:
    """All of it, for programs and for the file beside the courses. No content."""
    return {
        "evaluation": name,
        "policies": [_result_json(result) for result in results],
        "differences": differences(results[0].overall, results[1].overall) if len(results) == 2 else None,
    }


def _result_json(result: Result) -> Json:
    items = [item for item in result.trial.plan.items if item.state != "duplicate"]
    return {
        **_facts(result.trial),
        "experiment": result.experiment.url,
        "overall": result.overall,
        "courses": [
            item.to_dict() | {"scores": scores}
            for item, scores in zip(items, result.experiment.scores, strict=True)
        ],
    }
