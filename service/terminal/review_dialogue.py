"""`courseai review`: one item after another, decided by single keys."""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from collections.abc import Callable

import click
from rich.console import Console
from rich.text import Text

from courseai.course.state import Json
from courseai.service.terminal.review_screen import show_changes, show_item
from courseai.service.terminal.review_session import ReviewSession, for_editor, from_editor

KEYS = {
    "a": "approve",
    "e": "edit",
    "g": "regenerate",
    "r": "reject",
    "m": "respond",
    "d": "changes",
    "s": "skip",
    "b": "back",
    "q": "quit",
}
_QUESTIONS = {
    "regenerate": "What should be better? ",
    "reject": "Why? ",
    "respond": "What should it do, or answer? ",
}
_END_OF_INPUT = "\x04"
_ESCAPE = "\x1b"
_TURN_S = 0.2
"""Seconds. A signal that comes just before a wait for keys does not end it, so waits are short."""


class ReviewDialogue:
    """Asks about the items of a session, by the terminal's keys and editor or those of a program."""

    def __init__(
        self,
        console: Console,
        session: ReviewSession,
        key: Callable[[], str] | None = None,
        edit: Callable[[str], str | None] = lambda text: click.edit(text, extension=".json"),
    ) -> None:
        self._console = console
        self._session = session
        self._key = key or read_key
        self._edit = edit

    def run(self) -> bool:
        """Walk through the queue to its end; False when the reviewer quit before."""
        place = self._session.next_undecided(0)
        while place is not None:
            word = self._ask(place)
            if word == "quit":
                return False
            place = max(0, place - 1) if word == "back" else self._session.next_undecided(place + 1)
        return True

    def _ask(self, place: int) -> str:
        """Show an item until it is decided, and return what was chosen."""
        item = self._session.items[place]
        show_item(self._console, item, place, len(self._session.items), self._session.left)
        while True:
            word = self._choice(item)
            if word in ("quit", "back", "skip") or self._decided(item, word):
                return word

    def _choice(self, item: Json) -> str:
        """The next key that means something here, as a word."""
        words = {key: word for key, word in KEYS.items() if _is_possible(word, item)}
        legend = "  ".join(f"[{key}] {word}" for key, word in words.items())
        self._console.print(Text(legend, style="bold"))
        while True:
            key = self._key().lower()
            if key == _END_OF_INPUT:
                return "quit"
            if key in words:
                return words[key]

    def _decided(self, item: Json, word: str) -> bool:
        """Carry out a choice; False where the item is still to be decided."""
        if word == "changes":
            show_changes(self._console, item)
            return False
        decision = self._decision(item, word)
        if decision is None:
            return False
        self._session.decide(item, decision)
        self._console.print(Text(f"{item['item_id']}: {word}", style="green"))
        return True

    def _decision(self, item: Json, word: str) -> Json | None:
        if word == "approve":
            return {"type": "approve"}
        if word == "edit":
            content = self._edited(item)
            return None if content is None else {"type": "edit", "content_json": content}
        message = self._console.input(Text(_QUESTIONS[word])).strip()
        if word == "respond" and not message:
            self._console.print(Text("Nothing was said.", style="dim"))
            return None
        return {"type": word, "message": message}

    def _edited(self, item: Json) -> Json | None:
        """What was saved in the editor; None where nothing was changed."""
        text: str | None = for_editor(item["content_json"])
        while text is not None:
            text = self._edit(text)
            if text is None:
                self._console.print(Text("Nothing was changed.", style="dim"))
                return None
            try:
                return from_editor(item, text)
            except ValueError as error:
                self._console.print(Text(f"This cannot be used: {error}.", style="red"))
                self._console.print(Text("[e] edit again  [any other key] drop the edit", style="bold"))
                if self._key().lower() != "e":
                    return None
        return None


def confirmed(console: Console, question: str) -> bool:
    """Yes or no by one key; Enter is yes."""
    console.print(Text(f"{question} [Y/n]", style="bold"))
    return read_key().lower() in ("y", "\r", "\n")


def read_key() -> str:
    """One key, without Enter. What was typed ahead counts; an arrow key is one key and not three.

    Raises KeyboardInterrupt for Ctrl-C.
    """
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal, termios.TCSADRAIN)
    try:
        while not select.select([terminal], [], [], _TURN_S)[0]:
            pass
        key = os.read(terminal, 1)
        while key.startswith(_ESCAPE.encode()) and select.select([terminal], [], [], 0)[0]:
            key += os.read(terminal, 1)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
    return key.decode("utf-8", "replace")


def _is_possible(word: str, item: Json) -> bool:
    if word == "changes":
        return bool(item["previous"])
    return word in ("skip", "back", "quit") or word in item["allowed_decisions"]
