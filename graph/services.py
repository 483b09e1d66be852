"""Everything that talks to the outside, made once and injected into the nodes by the builder."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from langchain_core.callbacks import BaseCallbackHandler
from langgraph.runtime import get_runtime

from courseai.course.policy import Policy, default_policy
from courseai.course.state import RunContext
from courseai.graph.observation import StepHook
from courseai.models.breaker import BreakerChange
from courseai.models.breaker_board import BreakerBoard
from courseai.models.call import Call
from courseai.models.draft_store import DraftStore, MemoryDraftStore
from courseai.models.gateway import Gateway
from courseai.models.journal import Journal
from courseai.models.provider import Provider, provider_from_environment
from courseai.models.rate_limit import RateLimit
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
    on_step: Sequence[StepHook] = ()
    """Hooks that get the record of every node that ran, for telemetry."""
    callbacks: Sequence[BaseCallbackHandler] = ()
    """LangChain's callback handlers of every run of the graph, for traces."""

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
    forked_from: Sequence[str] = (),
    rate_limit: RateLimit | None = None,
    breaker_board: BreakerBoard | None = None,
    on_call: Sequence[Callable[[Call], None]] = (),
    on_replay: Sequence[Callable[[Call], None]] = (),
    on_breaker: Sequence[Callable[[BreakerChange], None]] = (),
    on_step: Sequence[StepHook] = (),
    callbacks: Sequence[BaseCallbackHandler] = (),
) -> Services:
    """Services with defaults for what is not given; the provider comes from the environment.

    Hooks for telemetry: `on_call` gets the record of every try at a model, `on_replay` that of an answer
    that is read from the journal and not paid again, `on_breaker` every change of a circuit breaker,
    `on_step` every node that ran, and `callbacks` are LangChain's handlers. `forked_from` names the runs
    whose answers may be used again; `rate_limit` and `breaker_board` are shared with whoever else is given
    them.
    For a gateway of your own: `replace(make_services(), gateway=yours)`.
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
            budget=chosen.budget,
            ladder=chosen.ladder.tiers,
            ceiling=_ceiling_of_this_run,
            journal=journal,
            forked_from=forked_from,
            rate_limit=rate_limit,
            breaker_board=breaker_board,
            on_call=on_call,
            on_replay=on_replay,
            on_breaker=on_breaker,
        ),
        embedder=model,
        alignment=AlignmentScorer(model),
        drafts=drafts or MemoryDraftStore(),
        policy=chosen,
        on_step=on_step,
        callbacks=callbacks,
    )


def _ceiling_of_this_run() -> float | None:
    """What the caller of the graph allows, in USD: each run in a process has its own context."""
    try:
        context = getattr(get_runtime(), "context", None)
    except RuntimeError:  # A gateway can be used without a graph.
        return None
    return context.budget_usd if isinstance(context, RunContext) else None
