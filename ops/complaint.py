"""What keeps telemetry from being sent is said once, by us: its libraries would say it with every batch."""

from __future__ import annotations

import logging

from courseai.ops.redaction import Redaction

_log = logging.getLogger(__name__)
_LENGTH = 300
"""Characters of the reason."""


class Complaint(logging.Filter):
    """Logs the first failure that it hears of as one warning, without secrets. For any thread.

    From its making on it takes what the library's logger has to say of failures, in place of the one that did
    so before: make it before the library starts its threads. Below `level` the library still hopes; that is
    said only if nothing comes of it.
    """

    def __init__(self, what: str, redaction: Redaction, library: str, level: int = logging.WARNING) -> None:
        super().__init__()
        self._what = what
        self._redaction = redaction
        self._level = level
        self._is_said = False
        self._hindrance: str | None = None
        logger = logging.getLogger(library)
        for earlier in list(logger.filters):
            if isinstance(earlier, Complaint):
                logger.removeFilter(earlier)
        logger.addFilter(self)

    def forget(self) -> None:
        """Something was taken: what hindered it before is over."""
        self._hindrance = None

    def close(self) -> None:
        """Say what is still in the way, and nothing more: what threads find out after this comes too late."""
        if self._hindrance:
            self.say(self._hindrance)
        self._is_said = True

    def filter(self, record: logging.LogRecord) -> bool:
        """See `logging.Filter`."""
        if record.levelno < logging.WARNING:
            return True
        if record.levelno >= self._level:
            self.say(record.getMessage())
        elif self._hindrance is None:
            self._hindrance = record.getMessage()
        return False

    def say(self, reason: str) -> None:
        """Take note of a failure. What hindered the library before it gave up tells more than that it did."""
        if not self._is_said:
            self._is_said = True
            lines = self._redaction.text(self._hindrance or reason).splitlines() or [""]
            _log.warning("%s (%s). Runs go on without.", self._what, lines[0][:_LENGTH])
