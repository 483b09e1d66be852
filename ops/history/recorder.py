"""Keeps the figures of runs in the store, so that trends need no other service.

They are written when a run comes to rest, however it does: finished, waiting for a person, stopped by its
budget, an outage or a signal. Whatever goes wrong with them is logged and never fails the run.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import partial

from courseai.course.errors import FenceLostError, StoreUnavailableError
from courseai.course.state import Json
from courseai.graph.observation import Step
from courseai.graph.run import standing
from courseai.models.breaker import BreakerChange
from courseai.ops.history.figure_store import (
    NodeFigure,
    Rest,
    Work,
    breaker_row,
    moment,
    note_begin,
    note_rest,
    runs_without_figures,
)
from courseai.ops.history.figures import Row, figures_of
from courseai.ops.watch import Watcher
from courseai.store.register import RunSettings
from courseai.store.run_store import RunStore

_log = logging.getLogger(__name__)


class RunRecorder(Watcher):
    """For all runs of a process: knows how long nodes took and what breakers did, as nothing else does."""

    def __init__(self) -> None:
        self._nodes: dict[str, dict[str, NodeFigure]] = {}
        """By run that is being recorded."""
        self._breakers: list[Row] = []
        self._lock = threading.Lock()

    @asynccontextmanager
    async def recording(self, store: RunStore, run_id: str, settings: RunSettings) -> AsyncIterator[None]:
        """To be held around all work on a run, inside its fence."""
        run = _Run(store, run_id, _topic(settings.document), settings.provider)
        before, began = Work(), time.monotonic()
        with self._lock:
            self._nodes[run_id] = {}
        with _never_failing(run_id):
            before = await run.begin()
        stopped_by: BaseException | None = None
        try:
            yield
        except BaseException as error:
            stopped_by = error
            raise
        finally:
            work, breakers = self._taken(run_id, time.monotonic() - began)
            # A store that was waited for in vain is not waited for again.
            if not isinstance(stopped_by, StoreUnavailableError | FenceLostError):
                with _never_failing(run_id):
                    rest = await run.rest(before, work)
                    name = type(stopped_by).__name__ if stopped_by else None
                    await run.note(replace(rest, stopped_by=name, ended_at=moment(), breakers=breakers))

    def on_step(self, step: Step) -> None:
        """See `Watcher`."""
        one = NodeFigure(1, int(step.outcome == "failed"), step.seconds, step.seconds)
        with self._lock:
            nodes = self._nodes.get(step.run_id or "")
            if nodes is not None:
                nodes[step.node] = nodes.get(step.node, NodeFigure()).plus(one)

    def on_breaker(self, change: BreakerChange) -> None:
        """See `Watcher`."""
        if row := breaker_row(change):
            with self._lock:
                self._breakers.append(row)

    def _taken(self, run_id: str, seconds: float) -> tuple[Work, list[Row]]:
        """What the stretch of a run has done, nothing where no node ran; and every change of a breaker."""
        with self._lock:
            nodes, breakers = self._nodes.pop(run_id), self._breakers
            self._breakers = []
        return (Work(1, seconds, 0, nodes) if nodes else Work()), breakers


async def catch_up(store: RunStore, on_run: Callable[[int, int], None] = lambda _done, _of: None) -> None:
    """Read the figures of runs that an older version made from their last checkpoints.

    `on_run` is told how many are done, of how many. One run that cannot be read is left out.
    """
    missing = await store.database.read(runs_without_figures)
    for done, run_id in enumerate(missing, 1):
        with _never_failing(run_id):
            stored = await store.database.in_thread(store.register.stored_settings, run_id)
            run = _Run(store, run_id, _topic(stored["document"]), stored["provider"])
            await run.begin()
            await run.note(await run.rest(Work(1, None), Work()))
        on_run(done, len(missing))


@dataclass(frozen=True)
class _Run:
    """A run in its store, and what its figures need that is not in its state."""

    store: RunStore
    run_id: str
    topic: str
    provider: str

    async def begin(self) -> Work:
        title = self.store.database.seal.close_text(self.topic)
        work = partial(note_begin, run_id=self.run_id, sealed_title=title)
        return await self.store.database.write(work, self.run_id)

    async def rest(self, before: Work, work: Work) -> Rest:
        """As the last checkpoint has it; a run of an older version came to rest when that was stored."""
        now = await standing(self.store.saver, self.run_id)
        title = now.state.get("metadata", {}).get("value", {}).get("title") or self.topic
        return Rest(
            run_id=self.run_id,
            figures=figures_of(now.so_far),
            sealed_title=self.store.database.seal.close_text(title),
            provider=self.provider,
            ended_at=now.at or moment(),
            before=before,
            work=work,
            items_waiting=len(now.request["action_requests"]) if now.request else None,
            waiting_since=now.at if now.request else None,
        )

    async def note(self, rest: Rest) -> None:
        await self.store.database.write(partial(note_rest, rest=rest), self.run_id)


@contextmanager
def _never_failing(run_id: str) -> Iterator[None]:
    try:
        yield
    except FenceLostError:
        pass  # The process that took the run keeps its figures now.
    except Exception as error:
        _log.warning("The figures of run %s were not kept: %s: %s", run_id, type(error).__name__, error)


def _topic(document: Json) -> str:
    return str(document.get("topic_analysis", {}).get("determined_topic") or "")
