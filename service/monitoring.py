"""The watchers of this process, made once by its way in and closed when it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from courseai.ops.watch import Watcher, close_all

_MAKERS: Sequence[Callable[[Mapping[str, str]], Watcher | None]] = ()
"""Each gives its watcher, or None where the environment does not ask for it."""


@contextmanager
def watching(env: Mapping[str, str]) -> Iterator[list[Watcher]]:
    """The watchers that the environment asks for, closed at the end. To be used outside of an event loop."""
    watchers = watchers_from_environment(env)
    try:
        yield watchers
    finally:
        close_all(watchers)


def watchers_from_environment(env: Mapping[str, str]) -> list[Watcher]:
    """Those that the environment asks for. Raises `SettingsError` for settings that cannot be used."""
    return [watcher for make in _MAKERS if (watcher := make(env))]
