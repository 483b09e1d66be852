"""What the checks without a model report: defects of a lesson, and claims that were looked up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["block", "flag", "warn"]
Status = Literal["verified", "contradicted", "unverifiable"]

_LONGEST_EVIDENCE = 200
"""Characters of the lesson that a record quotes."""


@dataclass(frozen=True)
class Defect:
    """Something wrong with a lesson.

    "block" fails it; "flag" lets it pass, marked for a person; "warn" is kept for the report.
    """

    lesson_id: str
    code: str
    """Which check found it; docs/checks.md has the list."""
    severity: Severity
    message: str
    """For people, and for the model that rewrites the lesson."""
    evidence: str = ""
    """The words of the lesson that show it."""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Claim:
    """A statement of a lesson that could be looked up, run or calculated."""

    lesson_id: str
    kind: Literal["fact", "code", "formula"]
    subject: str
    """The fact's id, else the words that were checked."""
    status: Status
    evidence: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def quoted(text: str) -> str:
    """A text as evidence: on one line, and cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_EVIDENCE else line[: _LONGEST_EVIDENCE - 1] + "…"
