"""Reading what the command line names: a file, or `-` for standard input."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import IO, Any

from courseai.course.errors import SettingsError

STDIN = Path("-")
READ_LIMIT = 16 * 1024 * 1024
"""Bytes; sixteen times what an input may have, so that validation can still say what makes it so large."""


def read_bytes(path: Path) -> bytes:
    """At most 16 MiB and one byte. Raises `SettingsError` where nothing can be read."""
    try:
        if path == STDIN:
            return _read(sys.stdin.buffer)
        with path.open("rb") as file:
            return _read(file)
    except IsADirectoryError as error:
        raise SettingsError(f"{path} is a folder; name a file in it.") from error
    except FileNotFoundError as error:
        raise SettingsError(f"There is no file {path}.") from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error


def read_decisions(path: Path, reviewer: str) -> Any:
    """The answer in a file, in the name of `reviewer` where it names nobody.

    Raises `SettingsError` where it is no JSON, empty, or says something twice.
    """
    name = source_name(path)
    try:
        answer = json.loads(read_bytes(path), object_pairs_hook=_without_repeats)
    except SettingsError as error:
        raise SettingsError(f"{name}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{name} is no JSON: {error}.") from error
    if answer is None:
        raise SettingsError(
            f'{name} decides nothing: write {{"decisions": {{"ITEM_ID": {{"type": "approve"}}}}}}.'
        )
    if isinstance(answer, list):
        answer = {"decisions": answer}
    return {"by": reviewer, **answer} if isinstance(answer, dict) and "decisions" in answer else answer


def source_name(path: Path) -> str:
    """What messages call it."""
    return "standard input" if path == STDIN else str(path)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; where a name stands in it twice, JSON takes the last and nobody learns of the first."""
    names = [name for name, _value in pairs]
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise SettingsError(f"{repeated!r} stands in it twice; decide once on each item.")
    return dict(pairs)


def _read(file: IO[bytes]) -> bytes:
    return file.read(READ_LIMIT + 1)
