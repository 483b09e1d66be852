"""The files of a course: their place is tried before anything is paid for, then each is written whole."""

from __future__ import annotations

import errno
import json
import os
import re
import tempfile
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from courseai.course.errors import SettingsError, StoreUnavailableError

_SLUG_LENGTH = 40
_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


def default_folder(topic: str, run_id: str) -> Path:
    """`courses/<topic>-<run id>` below the current folder."""
    return Path("courses") / f"{slug(topic)}-{run_id}"


def slug(text: str) -> str:
    """Whole lower-case ASCII words joined by dashes, about 40 characters; `course` where none is left."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_text.casefold()).strip("-")
    whole = words[: _SLUG_LENGTH + 1].rpartition("-")[0] if len(words) > _SLUG_LENGTH else words
    return whole or words[:_SLUG_LENGTH] or "course"


def prepare_folder(folder: Path) -> Path:
    """Make the folder and try to write in it; raises `SettingsError` where that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SettingsError(
            f"The course cannot be written to {folder}: {error.strerror}. Give another folder with --out."
        ) from error
    return folder


def write_files(folder: Path, contents: Mapping[str, str]) -> list[Path]:
    """Write texts by file name, each atomically and readable by its owner alone; returns their paths.

    Raises `StoreUnavailableError` where the disk is full or read-only and `SettingsError` where a file cannot
    be written for another reason; the ones before it are then in place.
    """
    paths = []
    for name, text in contents.items():
        path = folder / name
        try:
            _write_atomically(path, text)
        except OSError as error:
            raise disk_error(error) or SettingsError(
                f"{path} cannot be written: {error.strerror}."
            ) from error
        paths.append(path)
    return paths


def disk_error(error: Exception) -> StoreUnavailableError | None:
    """What to tell a person about a disk that takes no more; None for other errors."""
    if not isinstance(error, OSError) or error.errno not in _DISK_ERRORS:
        return None
    place = f" {error.filename}" if error.filename else ""
    told = StoreUnavailableError(f"A file{place} cannot be written: {error.strerror}. Make room first.")
    told.__cause__ = error
    return told


def json_text(value: Any) -> str:
    """JSON for people: indented, not escaped, ending in a newline."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _write_atomically(path: Path, text: str) -> None:
    """A temporary file beside `path`, flushed to the disk and renamed: readers never see half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            # A lone surrogate, which only a broken model writes, has no UTF-8 form.
            file.write(text.encode("utf-8", "replace"))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
