"""The inputs of a batch: the JSON files of a folder, or the lines of a JSONL file.

Only places and digests are kept: a batch may be larger than memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from courseai.course.errors import SettingsError
from courseai.service.command.source import READ_LIMIT
from courseai.service.files import slug

_LINES = {".jsonl", ".ndjson"}
_DIGEST = 12
"""Hex digits that tell the inputs of a batch apart: two of a million agree by chance once in 500 batches."""
_NAME_LENGTH = 30


@dataclass(frozen=True)
class BatchInput:
    """One analysis_result, where it lies."""

    name: str
    """Of its folder among the courses: the file's name without its ending, or the file's with the line."""
    path: Path
    offset: int
    length: int
    """Bytes; one more than an input may have where it is longer."""
    digest: str
    """The first hex digits of the sha256 of its bytes."""
    line: int | None = None
    """From 1, of a JSONL file."""

    @property
    def place(self) -> str:
        """For people."""
        return str(self.path) if self.line is None else f"{self.path}, line {self.line}"

    def read(self) -> bytes:
        """Its bytes. Raises `SettingsError` where they cannot be read any more."""
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                return file.read(self.length)
        except OSError as error:
            raise SettingsError(f"{self.path} cannot be read: {error.strerror}.") from error


def batch_inputs(source: Path) -> list[BatchInput]:
    """The inputs in order. Raises `SettingsError` where there are none, or they cannot be read."""
    try:
        found = list(_lines(source)) if source.suffix.lower() in _LINES else list(_files(source))
    except FileNotFoundError as error:
        raise SettingsError(f"There is no folder or file {source}.") from error
    except NotADirectoryError as error:
        raise SettingsError(
            f"{source} is neither a folder of JSON files nor a file ending in .jsonl; for one input there is "
            "courseai generate."
        ) from error
    except OSError as error:
        raise SettingsError(f"{error.filename or source} cannot be read: {error.strerror}.") from error
    if not found:
        kind = "lines" if source.suffix.lower() in _LINES else "files ending in .json"
        raise SettingsError(f"There are no {kind} in {source}.")
    return found


def batch_name(source: Path) -> str:
    """What a batch is called unless it is given a name: the same for the same place on this machine."""
    place = hashlib.sha256(str(source.absolute()).encode("utf-8", "surrogateescape")).hexdigest()
    return f"{slug(source.absolute().stem)[:_NAME_LENGTH].strip('-')}-{place[:6]}"


def _files(folder: Path) -> Iterator[BatchInput]:
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() != ".json" or path.name.startswith(".") or not path.is_file():
            continue
        with path.open("rb") as file:
            data = file.read(READ_LIMIT + 1)
        yield BatchInput(path.stem, path, 0, len(data), _digest(data))


def _lines(path: Path) -> Iterator[BatchInput]:
    with path.open("rb") as file:
        offset, number = 0, 0
        while data := file.readline(READ_LIMIT + 1):
            number += 1
            length = len(data)
            end = length + _rest_of_line(file, data)
            if data.strip():
                yield BatchInput(f"{path.stem}-{number:05}", path, offset, length, _digest(data), number)
            offset += end


def _rest_of_line(file: IO[bytes], data: bytes) -> int:
    """Read on to the end of a line that is too long to be an input; gives the bytes passed over."""
    passed = 0
    while not data.endswith(b"\n") and (data := file.readline(READ_LIMIT)):
        passed += len(data)
    return passed


def _digest(data: bytes) -> str:
    return hashlib.sha256(data.strip()).hexdigest()[:_DIGEST]
