"""Where our servers listen: on this machine, or for others who have the token."""

from __future__ import annotations

import socket
from collections.abc import Mapping

from courseai.course.errors import SettingsError
from courseai.service.web.guard import LOOPBACK
from courseai.service.web.sign_in import TOKEN_VARIABLE, Reviewers, reviewers


def reviewers_for(host: str, env: Mapping[str, str]) -> Reviewers | None:
    """Who has to sign in, if anybody has. Raises `SettingsError` where others can come without that."""
    known = reviewers(env)
    if host not in LOOPBACK and known is None:
        raise SettingsError(
            f"Others can reach {host}. Set {TOKEN_VARIABLE} to a secret of at least 16 characters with "
            "which they sign in, or listen on 127.0.0.1. Between networks it also needs a proxy with HTTPS."
        )
    return known


def listening(host: str, port: int, option: str) -> socket.socket:
    """A socket where callers wait until a server takes it; port 0 takes a free one. `option` names the port.

    Raises `SettingsError` for an address that cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"{host}:{port} cannot be listened on: {error.strerror}. "
            f"Give another {option}; 0 takes a free one."
        ) from error
    return listener


def address(host: str, listener: socket.socket) -> str:
    """What it is reached by."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}"
