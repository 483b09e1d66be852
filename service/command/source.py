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


def read_json(path: Path) -> Any:
    """A JSON file of the user's. Raises `SettingsError` where it is none."""
    try:
        return json.loads(read_bytes(path))
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path} is no JSON: {error}.") from error


def source_name(path: Path) -> str:
    """What messages call it."""
    return "standard input" if path == STDIN else str(path)


def _read(file: IO[bytes]) -> bytes:
    return file.read(READ_LIMIT + 1)
