"""What all runs of one process share: the open store, and for each provider and policy one gateway.

So the bound on calls in flight, the connections and the circuit breakers hold over every run of the process,
and weights are loaded once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from courseai.graph.build import CourseGraph, build_graph
from courseai.graph.services import Services, make_services
from courseai.models.provider import Provider
from courseai.ops.history.recorder import RunRecorder
from courseai.ops.watch import Watcher, hooks_of
from courseai.quality.embeddings import Embedder, VectorStore
from courseai.service.monitoring import reviews_observed
from courseai.store.register import RunSettings
from courseai.store.run_store import RunStore, open_run_store

_KEPT = 8
"""Sets of tools that are kept when no run uses them: each holds connections."""

_Key = tuple[object, ...]


@dataclass
class Tools:
    """What runs of the same provider and policy are made with."""

    services: Services
    graph: CourseGraph
    users: int = 0
    """Runs that are under way with them."""


class Workbench:
    """For one event loop. Open one with `open_workbench`."""

    def __init__(self, store: RunStore, watchers: Sequence[Watcher] = ()) -> None:
        self.store = store
        self.recorder = RunRecorder()
        """Keeps the figures of its runs."""
        self._hooks = hooks_of([*watchers, self.recorder])
        self._embedder = Embedder(store=VectorStore())
        self._tools: dict[_Key, Tools] = {}

    @asynccontextmanager
    async def tools(self, provider: Provider, settings: RunSettings) -> AsyncIterator[Tools]:
        """Tools for a run with these settings, whose models `provider` serves."""
        key = _key(settings)
        tools = self._tools.pop(key, None) or self._made(provider, settings)
        self._tools[key] = tools
        tools.users += 1
        try:
            yield tools
        finally:
            tools.users -= 1
            await self._close_idle(_KEPT)

    async def aclose(self) -> None:
        """Close every connection to a model; the store is closed by whoever opened it."""
        await self._close_idle(0)

    def _made(self, provider: Provider, settings: RunSettings) -> Tools:
        services = make_services(
            provider,
            policy=settings.policy,
            embedder=self._embedder,
            journal=self.store.journal,
            drafts=self.store.drafts,
            forked_from=settings.forked_from,
            rate_limit=self.store.rate_limit,
            breaker_board=self.store.breaker_board,
            **self._hooks,
        )
        return Tools(services, build_graph(services, self.store.saver))

    async def _close_idle(self, kept: int) -> None:
        """Close those that were used longest ago."""
        idle = [key for key, tools in self._tools.items() if not tools.users]
        for key in idle[: len(idle) - kept]:
            await self._tools.pop(key).services.aclose()


@asynccontextmanager
async def open_workbench(
    place: Path | str | None = None, *, watchers: Sequence[Watcher] = ()
) -> AsyncIterator[Workbench]:
    """Open the store in a folder or at a PostgreSQL URL, by default where the environment says.

    The watchers are told of every run.
    Raises `SettingsError` when the place cannot be used, `StoreUnavailableError` when it cannot be reached.
    """
    async with open_run_store(place) as store:
        bench = Workbench(store, watchers)
        try:
            with reviews_observed(watchers, store.database):
                yield bench
        finally:
            await bench.aclose()


def _key(settings: RunSettings) -> _Key:
    """What the environment leaves open: it is the same for all runs of a process."""
    return (
        settings.base_url,
        settings.model,
        settings.offline_settings,
        settings.policy.fingerprint,
        *settings.forked_from,
    )
