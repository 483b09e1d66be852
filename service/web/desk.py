"""Where runs are, as far as the review page needs to know: a store of our own, or a LangGraph server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from courseai.course.state import Json
from courseai.service.web.activity import Activity

Progress = Literal["waiting", "working", "finished", "stopped"]
"""Waits for a person; goes on in this process; its course is made; neither: it was interrupted or failed."""


@dataclass(frozen=True)
class RunLine:
    """A run in the list."""

    run_id: str
    title: str
    progress: Progress
    waiting: int | None
    """Items that wait for a decision; None where nothing does."""
    started_at: str
    """ISO 8601, UTC."""


@dataclass(frozen=True)
class RunView:
    """A run as its page shows it."""

    run_id: str
    title: str
    progress: Progress
    request: Json | None = None
    """What it asks (nodes/review_request.py), of a run that waits."""
    problem: str = ""
    """Why it stopped or refused an answer, in words for a person."""
    language: str = "en"
    """Of the course."""
    decisions: Sequence[Json] = ()
    """What was decided and sent, oldest first, as the report has it (nodes/human_review.py)."""


class RunDesk(Protocol):
    """What the pages ask of the place where runs are."""

    async def runs(self) -> list[RunLine]:
        """Those that wait first, then the latest of the others."""

    async def view(self, run_id: str) -> RunView:
        """One run. Raises `RunNotFoundError`."""

    async def proceed(self, run_id: str, answer: Json | None) -> None:
        """Begin to bring a run forward, with a person's answer if it waits for one.

        What becomes of it is told by its activity and its view. Raises `RunInUseError`, `RunNotFoundError`.
        """

    def activity(self, run_id: str) -> Activity | None:
        """What this process knows of a run that it brings or brought forward."""

    async def course_page(self, run_id: str) -> str:
        """The HTML of a finished course. Raises `RunNotFoundError` where there is none."""

    def request_stop(self) -> None:
        """Ask what is under way to end soon: the server is about to stop."""

    async def aclose(self) -> None:
        """Wait until everything under way has ended."""
