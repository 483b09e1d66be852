"""The watcher that logs decisions (decision_table.py): one JSON object a line, no content, no secret."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import WatchedFileHandler

from courseai.course.errors import SettingsError
from courseai.course.state import Json
from courseai.graph.observation import Step
from courseai.models.breaker import BreakerChange
from courseai.models.call import Call, Phase
from courseai.ops.logs.decision import Decision, of_breaker, of_call, of_run_end, of_step
from courseai.ops.logs.decision_table import RUN_RESUMED
from courseai.ops.redaction import Redaction, redaction_from_environment
from courseai.ops.run_end import RunEnd
from courseai.ops.watch import Watcher

LOGGER = logging.getLogger("courseai.decisions")
VARIABLE = "COURSEAI_LOG"
_STDERR = "stderr"
_RUNS_KEPT = 1024
"""The oldest is forgotten first; what it goes on with is then logged as a resumed run's."""


@dataclass
class _Spending:
    """What calls cost (USD, None where none is known) and how long they took together."""

    usd: float | None = None
    seconds: float = 0.0

    def add(self, call: Call) -> None:
        if call.cost_usd is not None:
            self.usd = (self.usd or 0.0) + call.cost_usd
        self.seconds += call.seconds


@dataclass
class _Run:
    """A stretch of a run in this process."""

    spent: dict[tuple[Phase, str], _Spending] = field(default_factory=dict)
    """By phase and subject; what was paid for a decision leaves with it."""
    total: _Spending = field(default_factory=_Spending)
    failed: Json = field(default_factory=dict)
    """Node and kind of error, once a node failed."""
    ended: float | None = None


class DecisionLog(Watcher):
    """Logs to `courseai.decisions`, each line a message that is JSON, its fields in the record's `decision`.

    Where the lines go is the business of whoever embeds this; with `handler` they go there alone, until it
    is closed. For any thread.
    """

    def __init__(self, redaction: Redaction, handler: logging.Handler | None = None) -> None:
        self._redaction = redaction
        self._handler = handler
        self._runs: OrderedDict[str, _Run] = OrderedDict()
        self._lock = threading.Lock()
        if handler:
            LOGGER.addHandler(handler)
            LOGGER.setLevel(logging.INFO)
            LOGGER.propagate = False

    def on_call(self, call: Call) -> None:
        """See `Watcher`."""
        run = self._heard_of(call.run_id, call.seconds)
        with self._lock:
            run.total.add(call)
            run.spent.setdefault((call.phase, call.subject), _Spending()).add(call)
        for decision in of_call(call):
            self._log(decision, call.run_id)

    def on_step(self, step: Step) -> None:
        """See `Watcher`."""
        if step.run_id is None:
            return
        run = self._heard_of(step.run_id, step.seconds, begins=step.node == "validation")
        if isinstance(step.error, Exception) and step.outcome == "failed" and not run.failed:
            run.failed = {"node": step.node, "error": type(step.error).__name__}
        for decision in of_step(step):
            self._log(decision, step.run_id, run)

    def on_breaker(self, change: BreakerChange) -> None:
        """See `Watcher`."""
        self._log(of_breaker(change))

    def on_run_end(self, end: RunEnd) -> None:
        """See `Watcher`."""
        run = self._heard_of(end.run_id, end.seconds)
        run.ended = time.monotonic()
        self._log(of_run_end(end, run.total.usd, run.failed), end.run_id)

    def close(self) -> None:
        """See `Watcher`."""
        if self._handler:
            LOGGER.removeHandler(self._handler)
            LOGGER.propagate = True
            self._handler.close()

    def _heard_of(self, run_id: str, seconds: float, *, begins: bool = False) -> _Run:
        """The stretch of the run that something belongs to which took so long and ends now.

        What began before the last stretch ended belongs to that one: branches of a failed step end late.
        """
        began = time.monotonic() - seconds
        with self._lock:
            run = self._runs.get(run_id)
            if run and (run.ended is None or began < run.ended):
                return run
            run = self._runs[run_id] = _Run()
            self._runs.move_to_end(run_id)
            while len(self._runs) > _RUNS_KEPT:
                self._runs.popitem(last=False)
        if not begins:
            self._log(Decision(RUN_RESUMED, {}), run_id)
        return run

    def _log(self, decision: Decision, run_id: str | None = None, run: _Run | None = None) -> None:
        kind = decision.kind
        facts: Json = {"run_id": run_id, **decision.facts}
        if run and decision.paid_for:
            with self._lock:
                spent = run.spent.pop(decision.paid_for, _Spending())
            facts |= {"cost_usd": spent.usd, "seconds": round(spent.seconds, 3)}
        if not LOGGER.isEnabledFor(kind.level):
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line: Json = {"time": now, "level": kind.level_name, "event": kind.name}
        line = self._redaction.value(line | {name: facts.get(name) for name in kind.fields})
        LOGGER.log(kind.level, json.dumps(line), extra={"decision": line})


def decision_log(env: Mapping[str, str]) -> DecisionLog | None:
    """The log that COURSEAI_LOG asks for: `stderr`, or the file that is named; None where it is not set.

    Raises `SettingsError` for a file that cannot be written.
    """
    place = env.get(VARIABLE, "").strip()
    if not place:
        return None
    try:
        handler = logging.StreamHandler() if place == _STDERR else _PrivateFile(place)
    except OSError as error:
        raise SettingsError(
            f"{VARIABLE} names {place}, which cannot be written: {error.strerror}. "
            f"Name another file, or {_STDERR}."
        ) from error
    return DecisionLog(redaction_from_environment(env), handler)


class _PrivateFile(WatchedFileHandler):
    """Appends to a file, for its owner alone where it makes it; one that was moved away is made anew."""

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding="utf-8", opener=_for_its_owner)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """What keeps it from being written is said once, as of any watcher, instead of with every line."""
        del record
        raise  # noqa: PLE0704 - called where the error is handled


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
