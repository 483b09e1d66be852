"""What SIGINT (Ctrl-C) and SIGTERM do to a run: it ends at its next step, and says how to go on.

A second signal ends it without waiting for calls in flight, a third wherever it is.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from courseai.course.errors import SettingsError
from courseai.graph.run import GRACE_S, Stop

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """The signals that came, and the stop that they ask for."""

    def __init__(self, stop: Stop, say: Callable[[str], None]) -> None:
        self.stop = stop
        self._say = say
        self._received: list[int] = []

    @property
    def exit_code(self) -> int:
        """128 and the number of the first signal, as shells have it: 130 or 143."""
        return 128 + (self._received[0] if self._received else signal.SIGINT)

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Handle signals inside the block; only for the main thread."""
        before = {number: signal.signal(number, self._handle) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self.stop.is_urgent:
            raise KeyboardInterrupt
        if not self._received:
            self._say(
                f"Stopping. Calls in flight get up to {self.stop.grace_s:g} s to end, so that they are not "
                "paid again; the same signal once more stops at once."
            )
        self._received.append(number)
        self.stop.request()


def grace_s(env: Mapping[str, str]) -> float:
    """Seconds from COURSEAI_STOP_GRACE_S, else the default. Raises `SettingsError` for what is no time."""
    text = env.get("COURSEAI_STOP_GRACE_S", "").strip()
    try:
        seconds = float(text) if text else GRACE_S
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise SettingsError(f"COURSEAI_STOP_GRACE_S is {text!r}; it has to be seconds from 0 to 3600.")
    return seconds


def interruption(say: Callable[[str], None]) -> Interruption:
    """For one run, with the grace that the environment gives."""
    return Interruption(Stop(grace_s(os.environ)), say)
