"""What is told of every node that ran, to hooks of telemetry: no node knows that it is watched."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Literal

from langgraph.errors import GraphBubbleUp

from courseai.course.state import Json

Node = Callable[..., Any]
StepOutcome = Literal["done", "interrupted", "failed"]
"""Wrote its update; asked a person or was drained; raised an error or was cancelled."""


@dataclass
class Step:
    """One node that ran once, in a run, in a section where it works on one."""

    node: str
    run_id: str | None
    """None where validation failed before it knew."""
    section_id: str | None
    seconds: float = 0.0
    """Wall time."""
    outcome: StepOutcome = "failed"
    update: Json = field(default_factory=dict)
    """What it wrote into the state; empty unless done."""
    error: BaseException | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    """The state, or the part of it that its branch gets; not to be changed. Empty for validation."""


StepHook = Callable[[Step], None]


def observed(name: str, node: Node, hooks: Sequence[StepHook]) -> Node:
    """The same node, whose every run is told to the hooks. They must be quick, and raise nothing."""
    if not hooks:
        return node
    if inspect.iscoroutinefunction(node):

        @wraps(node)
        async def watched_async(state: Any, **given: Any) -> Any:
            with _told(name, state, hooks) as step:
                return _noted(step, await node(state, **given))

        return watched_async

    @wraps(node)
    def watched(state: Any, **given: Any) -> Any:
        with _told(name, state, hooks) as step:
            return _noted(step, node(state, **given))

    return watched


@contextmanager
def _told(name: str, state: Any, hooks: Sequence[StepHook]) -> Iterator[Step]:
    facts = state if isinstance(state, Mapping) else {}
    step = Step(name, facts.get("run_id"), facts.get("section_id"), given=facts)
    started = time.perf_counter()
    try:
        yield step
    except BaseException as error:
        step.error = error
        step.outcome = "interrupted" if isinstance(error, GraphBubbleUp) else "failed"
        raise
    finally:
        step.seconds = time.perf_counter() - started
        for hook in hooks:
            hook(step)


def _noted(step: Step, update: Any) -> Any:
    step.outcome = "done"
    if isinstance(update, Mapping):
        step.update = dict(update)
        step.run_id = step.run_id or step.update.get("run_id")
    return update
