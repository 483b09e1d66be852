"""Where runs are kept: one private folder with one SQLite file for checkpoints, calls and drafts.

The folder is `COURSEAI_HOME`, else `$XDG_DATA_HOME/courseai`, else `~/.local/share/courseai`. Three
writers share the file: in WAL mode readers never wait, and a writer waits for the other's few
milliseconds instead of failing.
"""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.serde.types import ERROR
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from tenacity import retry, retry_if_exception, stop_after_delay, wait_fixed

from courseai.course.errors import SettingsError
from courseai.models.draft_store import DraftStore, SqliteDraftStore
from courseai.models.journal import Journal, SqliteJournal

FILE_NAME = "runs.sqlite3"
RUN_ID_PATTERN = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
_WAIT_S = 30
"""Seconds that a write waits for another process's."""


class RunSaver(AsyncSqliteSaver):
    """LangGraph's saver, except that a task that failed or was cancelled has not finished.

    A task that is stopped while it hands over its output records part of it beside the error. On resume
    LangGraph 1.2 takes any output for a finished task (`pregel/_task_status.py` says so), so the rest,
    the way to the next node included, is lost and the run ends there without a word.
    """

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Store what a task wrote; of one that failed, only the error."""
        errors = [write for write in writes if write[0] == ERROR]
        await super().aput_writes(config, errors or writes, task_id, task_path)


@dataclass(frozen=True)
class RunStore:
    """Everything that outlives a process. `saver` goes to `build_graph`, the rest to `make_services`."""

    path: Path
    """The SQLite file."""
    saver: RunSaver
    journal: Journal
    drafts: DraftStore


@asynccontextmanager
async def open_run_store(folder: Path | None = None) -> AsyncIterator[RunStore]:
    """Open the store in `folder`, by default where the environment says, and close it at the end.

    Raises `SettingsError` when the folder cannot be used or its file is no SQLite file.
    """
    path = prepare_file(folder or runs_folder(os.environ))
    _switch_to_wal(path)
    journal = SqliteJournal(path)
    try:
        async with aiosqlite.connect(path, timeout=_WAIT_S) as connection:
            # Like the journal: a killed process loses nothing, and no commit waits for the disk.
            await connection.execute("PRAGMA synchronous = NORMAL")
            saver = RunSaver(connection, serde=strict_serializer())
            await saver.setup()
            try:
                yield RunStore(path, saver, journal, SqliteDraftStore(path))
            finally:
                # A cancelled run can leave the saver's transaction open, and with it the file locked.
                await connection.rollback()
    finally:
        await journal.aclose()


def runs_folder(env: Mapping[str, str]) -> Path:
    """The folder that the environment names; relative XDG paths are ignored, as its specification says."""
    if home := env.get("COURSEAI_HOME", "").strip():
        return Path(home).expanduser().absolute()
    data_home = Path(env.get("XDG_DATA_HOME", "").strip())
    return (data_home if data_home.is_absolute() else Path.home() / ".local" / "share") / "courseai"


def prepare_file(folder: Path) -> Path:
    """Make the folder (0700) and the file (0600); raises `SettingsError` where that is impossible."""
    path = folder / FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise SettingsError(
            f"Runs cannot be kept in {folder}: {error.strerror}. Set COURSEAI_HOME to a folder of your own."
        ) from error
    return path


def strict_serializer() -> JsonPlusSerializer:
    """Loads plain JSON and LangGraph's own types and nothing else, so a planted checkpoint runs no code."""
    return JsonPlusSerializer(allowed_msgpack_modules=None, allowed_json_modules=None)


def new_run_id() -> str:
    """UTC time and six random hex digits: sorts by age, `20261123-154501-ab12cd`."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def check_run_id(run_id: str) -> str:
    """The id if it can name a run and a folder; else raises `SettingsError`."""
    if not re.fullmatch(RUN_ID_PATTERN, run_id):
        raise SettingsError(
            f"{run_id!r} cannot name a run: 1 to 64 letters, digits, dots, dashes and underscores, "
            "beginning with a letter or digit."
        )
    return run_id


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_BUSY


# SQLite does not wait when several processes switch a new file to WAL at once: one wins, the others fail.
@retry(
    retry=retry_if_exception(_is_busy), stop=stop_after_delay(_WAIT_S), wait=wait_fixed(0.05), reraise=True
)
def _set_wal(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=_WAIT_S)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def _switch_to_wal(path: Path) -> None:
    """Once for each file: the mode is stored in it. Raises `SettingsError` for a file that is no store."""
    try:
        _set_wal(path)
    except sqlite3.DatabaseError as error:
        raise SettingsError(f"The file of runs {path} cannot be used: {error}.") from error
