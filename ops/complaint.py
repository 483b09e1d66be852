"""What keeps telemetry from being sent is said once, by us: its libraries would say it with every batch."""

from __future__ import annotations

import logging

from courseai.ops.redaction import Redaction

_log = logging.getLogger(__name__)
_LENGTH = 300
"""Characters of the reason."""


class Complaint(logging.Filter):
    """Logs the first failure that it hears of as one warning, without secrets. For any thread.

    It takes what the library's logger has to say of failures, in place of the one that did so before.
    """

    def __init__(self, what: str, redaction: Redaction, library: str, level: int = logging.WARNING) -> None:
        super().__init__()
        self._what = what
        self._redaction = redaction
        self._logger = logging.getLogger(library)
        self._level = level
        self._is_said = False

    def listen(self) -> None:
        """Begin to hear the library's failures, of this level and above."""
        for earlier in list(self._logger.filters):
            if isinstance(earlier, Complaint):
                self._logger.removeFilter(earlier)
        self._logger.addFilter(self)

    def close(self) -> None:
        """Say nothing more: what threads of the library still find out comes too late for anybody."""
        self._is_said = True

    def filter(self, record: logging.LogRecord) -> bool:
        """See `logging.Filter`."""
        if record.levelno < self._level:
            return record.levelno < logging.WARNING
        self.say(record.getMessage())
        return False

    def say(self, reason: str) -> None:
        """Take note of a failure."""
        if not self._is_said:
            self._is_said = True
            lines = self._redaction.text(reason).splitlines() or [""]
            _log.warning("%s (%s). Runs go on without.", self._what, lines[0][:_LENGTH])
