"""Who may sign in to the review page, and as whom: nobody decides in the name of somebody else."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from courseai.course.errors import SettingsError
from courseai.course.review_answer import checked_name

TOKEN_VARIABLE = "COURSEAI_REVIEW_TOKEN"
_SHORTEST_TOKEN = 16


@dataclass(frozen=True)
class Reviewers:
    """Who signs in with which token. Without a name of its own a token is for all who know it."""

    names: Mapping[str, str]
    """By token; empty for one that many share, each of whom says who they are."""

    def knows(self, token: str) -> bool:
        """Whether it is one of theirs."""
        return self._own(token) is not None

    @property
    def share_a_token(self) -> bool:
        """Whether somebody has to say who they are."""
        return not all(self.names.values())

    def session(self, token: str, given: str) -> str:
        """What the cookie of somebody who signs in holds: it proves token and name without being the token.

        `given` is who they say they are. Raises ValueError, in words for them.
        """
        own = self._own(token)
        if own is None:
            raise ValueError("That is not a token of this server.")
        name = self.names[own] or checked_name(given)
        if not name:
            raise ValueError("Say who you are: your name is kept with what you decide.")
        return f"{base64.urlsafe_b64encode(name.encode()).decode()}.{_proof(own, name)}"

    def name_in(self, session: str) -> str | None:
        """Who signed in; None for a cookie that was not made here, or with a token that is none any more."""
        encoded, _, proof = session.partition(".")
        try:
            name = base64.urlsafe_b64decode(encoded).decode()
        except ValueError:
            return None
        for token, own in self.names.items():
            if own in ("", name) and hmac.compare_digest(_proof(token, name).encode(), proof.encode()):
                return name
        return None

    def _own(self, token: str) -> str | None:
        """Our own copy of a token that somebody gave; compared in constant time."""
        return next((own for own in self.names if hmac.compare_digest(own.encode(), token.encode())), None)


def reviewers(env: Mapping[str, str]) -> Reviewers | None:
    """Those of `COURSEAI_REVIEW_TOKEN`: one token that all share, or `NAME:TOKEN,NAME:TOKEN`.

    None where there is none: nobody signs in. Raises `SettingsError` for a short token, and for names and
    tokens that stand in it twice.
    """
    entries = [entry.strip() for entry in env.get(TOKEN_VARIABLE, "").split(",") if entry.strip()]
    pairs = [_name_and_token(entry) for entry in entries]
    for values in zip(*pairs, strict=True):
        if len(set(values)) < len(values):
            raise SettingsError(f"{TOKEN_VARIABLE} needs another name and another token for each reviewer.")
    return Reviewers({token: name for name, token in pairs}) if pairs else None


def _name_and_token(entry: str) -> tuple[str, str]:
    name, _, token = (part.strip() for part in entry.rpartition(":"))
    if len(token) < _SHORTEST_TOKEN:
        whose, length = f" of {name}" if name else "", len(token)
        raise SettingsError(
            f"{TOKEN_VARIABLE}: the token{whose} has {length} characters; take at least {_SHORTEST_TOKEN}."
        )
    try:
        return checked_name(name), token
    except ValueError as error:
        raise SettingsError(f"{TOKEN_VARIABLE}: {error}") from error


def _proof(token: str, name: str) -> str:
    return hmac.new(token.encode(), b"courseai review\0" + name.encode(), hashlib.sha256).hexdigest()
