"""Everything that talks to the outside, made once and injected into the nodes by the builder."""

from __future__ import annotations

import os
from dataclasses import dataclass

from courseai.course.policy import Policy, default_policy
from courseai.models.draft_store import DraftStore, MemoryDraftStore
from courseai.models.gateway import Gateway
from courseai.models.journal import Journal
from courseai.models.provider import Provider, provider_from_environment
from courseai.models.tiers import TierTable, load_tiers
from courseai.quality.alignment import AlignmentScorer
from courseai.quality.embeddings import Embedder, EmbeddingModel, VectorStore


@dataclass(frozen=True)
class Services:
    """What the graph needs. Bring your own parts, or let `make_services` make them."""

    gateway: Gateway
    embedder: EmbeddingModel
    alignment: AlignmentScorer
    drafts: DraftStore
    policy: Policy

    async def aclose(self) -> None:
        """Close connections."""
        await self.gateway.aclose()


def make_services(
    provider: Provider | None = None,
    *,
    policy: Policy | None = None,
    tiers: TierTable | None = None,
    embedder: EmbeddingModel | None = None,
    journal: Journal | None = None,
    drafts: DraftStore | None = None,
) -> Services:
    """Services with defaults for what is not given; the provider comes from the environment.

    Weights are loaded and connections opened at first use. Raises `SettingsError` for settings that
    cannot be used.
    """
    chosen, table = policy or default_policy(), tiers or load_tiers()
    table.require(chosen.tier_names)
    model = embedder or Embedder(store=VectorStore())
    return Services(
        gateway=Gateway(
            provider or provider_from_environment(os.environ),
            table,
            chosen.availability,
            journal=journal,
        ),
        embedder=model,
        alignment=AlignmentScorer(model),
        drafts=drafts or MemoryDraftStore(),
        policy=chosen,
    )
