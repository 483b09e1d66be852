"""`courseai review RUN`: read what a run asks, take decisions in the terminal, and send them."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.text import Text

from courseai.course.errors import SettingsError
from courseai.course.state import Json
from courseai.graph.run import standing
from courseai.service.files import prepare_folder
from courseai.service.run_outcome import RunOutcome
from courseai.service.terminal.review_dialogue import ReviewDialogue, confirmed
from courseai.service.terminal.review_session import ReviewSession
from courseai.store.run_store import open_run_store

Send = Callable[[Json], RunOutcome]


def review_in_terminal(console: Console, run_id: str, reviewer: str, send: Send) -> RunOutcome | None:
    """Decide and send, round after round, until nothing waits or the reviewer stops; the last outcome.

    None where nothing was sent. Raises `SettingsError` where there is no terminal or nothing to review.
    """
    require_terminal(run_id)
    outcome: RunOutcome | None = None
    while outcome is None or outcome.status == "waiting_for_review":
        session = asyncio.run(waiting_session(run_id, reviewer))
        try:
            went_through = ReviewDialogue(console, session).run()
            wants_to_send = bool(session.decisions) and confirmed(console, _question(session))
        except (KeyboardInterrupt, EOFError):
            went_through = wants_to_send = False
        if not wants_to_send:
            _say_what_is_kept(console, session, run_id)
            return outcome
        outcome = send(session.answer())
        session.forget()
        if not went_through:
            return outcome
    return outcome


async def waiting_session(run_id: str, reviewer: str) -> ReviewSession:
    """What a run asks. Raises `RunNotFoundError`, and `SettingsError` where it asks nothing."""
    async with open_run_store() as store:
        settings = await asyncio.to_thread(store.register.settings, run_id)
        now = await standing(store.saver, run_id)
    if now.request is None:
        state = "is finished" if now.is_finished else f"has to go on first: courseai resume {run_id}"
        raise SettingsError(f"Run {run_id} does not wait for review: it {state}.")
    return ReviewSession(now.request, prepare_folder(settings.folder), reviewer)


def reviewer_name(env: Mapping[str, str]) -> str:
    """Who is at the terminal, as the system knows them; empty where it does not."""
    name = env.get("USER") or env.get("LOGNAME")
    if name:
        return name
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def require_terminal(run_id: str) -> None:
    """Raises `SettingsError` that says how to decide without a terminal."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        return
    raise SettingsError(
        f"courseai review needs a terminal. Without one, write your decisions into a file, such as "
        f'{{"by": "NAME", "decisions": {{"ITEM_ID": {{"type": "approve"}}}}}}, and give it with: '
        f"courseai resume {run_id} --decisions FILE"
    )


def _question(session: ReviewSession) -> str:
    left = session.left
    rest = f" {left} {'stays' if left == 1 else 'stay'} undecided." if left else ""
    return f"Send {_count(session)}?{rest}"


def _count(session: ReviewSession) -> str:
    count = len(session.decisions)
    return f"{count} decision{'' if count == 1 else 's'}"


def _say_what_is_kept(console: Console, session: ReviewSession, run_id: str) -> None:
    if not session.decisions:
        console.print(Text("Nothing was decided."))
        return
    console.print(
        Text(
            f"Kept in {session.path}: {_count(session)}. Go on with: courseai review {run_id}; "
            f"or send with: courseai resume {run_id} --decisions {session.path}"
        ),
        soft_wrap=True,
    )
