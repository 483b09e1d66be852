"""Opens the database of a store and makes what is missing: the folder, the file, the tables."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from tenacity import retry, retry_if_exception, stop_after_delay, wait_fixed

from courseai.course.errors import SettingsError
from courseai.store.database import BUSY_S, FILE_NAME, Database, StoreLocation, in_folder, store_error
from courseai.store.seal import Seal


def open_database(location: StoreLocation, seal: Seal) -> Database:
    """A database that is ready to use; blocks while it is made ready.

    Raises `SettingsError` where a folder or a file cannot be used or is of a newer version, and
    `StoreUnavailableError` where a server cannot be reached.
    """
    if location.folder:
        _switch_to_wal(_prepare_file(location.folder))
    database = Database(location, seal)
    try:
        database.prepare()
    except BaseException:
        database.close()
        raise
    return database


def _prepare_file(folder: Path) -> Path:
    """Make the folder (0700) and the file (0600); SQLite gives its side files the mode of this one."""
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


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_BUSY


# SQLite does not wait when several processes switch a new file to WAL at once: one wins, the others fail.
@retry(retry=retry_if_exception(_is_busy), stop=stop_after_delay(BUSY_S), wait=wait_fixed(0.05), reraise=True)
def _set_wal(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=BUSY_S)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def _switch_to_wal(path: Path) -> None:
    """Once for each file: the mode is stored in it. Raises `SettingsError` for a file that is no store."""
    try:
        _set_wal(path)
    except sqlite3.OperationalError as error:
        raise store_error(in_folder(path.parent), error) from error
    except sqlite3.DatabaseError as error:
        raise SettingsError(f"The file of runs {path} cannot be used: {error}.") from error
