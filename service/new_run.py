"""A run before its first step: its id, its settings, who serves the models, and a folder for its files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from courseai.course.analysis import AnalysisResult
from courseai.course.policy import Policy, default_policy
from courseai.course.risk import check_highest_quality
from courseai.course.state import ReviewMode
from courseai.models.provider import Provider, provider_from_environment
from courseai.service.files import default_folder, prepare_folder
from courseai.store.basis import present_basis
from courseai.store.register import RunSettings
from courseai.store.run_store import check_run_id, new_run_id


@dataclass(frozen=True)
class NewRun:
    """What `start_run` starts."""

    run_id: str
    topic: str
    settings: RunSettings
    provider: Provider


def new_run(
    analysis: AnalysisResult,
    language: str,
    *,
    review: ReviewMode,
    seed: int | None,
    run_id: str | None = None,
    folder: Path | None = None,
    policy: Policy | None = None,
    budget_usd: float | None = None,
    highest_quality: Sequence[str] = (),
    base_url: str | None = None,
    model: str | None = None,
    offline_settings: Path | None = None,
) -> NewRun:
    """Settle what a run is made with, and make its folder. Raises `SettingsError` for what cannot be used."""
    check_highest_quality(analysis, highest_quality)
    run = check_run_id(run_id) if run_id else new_run_id()
    provider = provider_from_environment(os.environ, base_url, model, offline_settings)
    topic = analysis.topic_analysis.determined_topic
    settings = RunSettings(
        document=analysis.model_dump(mode="json", exclude_unset=True),
        language=language,
        folder=prepare_folder(folder or default_folder(topic, run)).absolute(),
        review=review,
        seed=seed,
        budget_usd=budget_usd,
        highest_quality=list(highest_quality),
        policy=policy or default_policy(),
        base_url=base_url,
        model=model,
        offline_settings=offline_settings.absolute() if offline_settings else None,
        provider=provider.name,
        author=provider.label,
        begun_with=present_basis(),
    )
    return NewRun(run, topic, settings, provider)
