"""The key is nowhere in what a run writes, and what it writes can be read by its owner alone."""

from __future__ import annotations

import base64
import json
import sqlite3
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.responses import JSONResponse, Response
from starlette.types import Message
from typer.testing import Result

from courseai.models.offline import create_app
from courseai.store.seal import Seal
from tests.service.test_faults import KEY, Json, Moody, echoes_the_key, impatient, server

__all__ = ["impatient", "server"]
SPELLINGS = (
    KEY.encode(),
    b"lsv2_pt_canary",
    base64.b64encode(KEY.encode())[:-4],
    KEY.encode().hex().encode(),
)
CourseAI = Callable[..., Result]
LOOKS: tuple[list[str], ...] = ([], ["show", "canary"])
TRACING_KEY = "lsv2_pt_canary0123456789abcdef"


async def answers_with_the_key(body: Json) -> Response:
    """Quote the key in a lesson and as the model's name."""
    sent: list[Message] = []

    async def ask() -> Message:
        return {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}

    async def keep(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": []}
    await create_app(served=True)(scope | {"query_string": b""}, ask, keep)
    answer = json.loads(sent[-1]["body"])
    message = answer["choices"][0]["message"]
    message["content"] = (
        message["content"].replace('"title": "', f'"title": "{KEY} ').replace('"title":"', f'"title":"{KEY} ')
    )
    return JSONResponse(answer | {"model": KEY})


@pytest.fixture
def said(courseai: CourseAI, server: Moody, impatient: Path, short_file: Path, tmp_path: Path) -> Any:
    """Runs a course with a server that quotes the key wherever it can; gives all that was printed."""

    def run(**env: str) -> str:
        (tmp_path / "key").write_text(KEY)
        # Tracing is off, but its key lies in the environment, as it does on many machines.
        env |= {"COURSEAI_API_KEY_FILE": str(tmp_path / "key"), "LANGSMITH_API_KEY": TRACING_KEY}
        server.mood, server.patience = echoes_the_key, 1
        begin = ["--debug", "generate", short_file, "--base-url", server.url, "--policy", impatient]
        first = courseai(*begin, "--run-id", "canary", "--out", tmp_path / "out", **env)
        server.mood, server.patience = answers_with_the_key, 0
        second = courseai("--debug", "resume", "canary", **env)
        shown = [courseai("runs", *words, **env) for words in LOOKS]
        exported = courseai("runs", "export", "canary", tmp_path / "canary.zip", **env)
        (tmp_path / "key").unlink()
        codes = [result.exit_code for result in (first, second, *shown, exported)]
        assert codes == [4, 0, 0, 0, 0], second.output
        return "".join(result.output for result in (first, second, *shown, exported))

    return run


def unzipped(archive: Path) -> Iterator[Path]:
    """What an exported run holds, as files."""
    folder = archive.with_suffix("")
    with zipfile.ZipFile(archive) as parts:
        for name in parts.namelist():
            path = Path(parts.extract(name, folder))
            path.chmod(0o600)
            yield path


def files(folder: Path) -> Iterator[Path]:
    """Every file below a folder."""
    return (path for path in folder.rglob("*") if path.is_file())


def contents(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """What is in the cells of a store, unpacked: compressed, no key would be found in it."""
    for row in rows:
        for cell in row:
            if isinstance(cell, bytes) and cell[:1] in (b"\x00", b"\x01"):
                yield Seal().open(cell)
            else:
                yield cell if isinstance(cell, bytes) else str(cell).encode()


def holds_no_key(content: bytes, place: object) -> None:
    assert not any(spelling in content for spelling in SPELLINGS), place


def test_the_key_is_nowhere_in_what_a_run_writes(
    said: Callable[..., str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    log = tmp_path / "decisions.jsonl"
    output = said(COURSEAI_HOME=str(tmp_path / "home"), COURSEAI_LOG=str(log))
    assert KEY not in output + caplog.text
    written = [log, *(path for folder in ("home", "out") for path in files(tmp_path / folder))]
    assert {"runs.sqlite3", "course.json", "course.html", "report.json"} <= {path.name for path in written}
    assert "call_failed" in log.read_text()
    for path in (*written, *unzipped(tmp_path / "canary.zip")):
        holds_no_key(path.read_bytes(), path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    with closing(sqlite3.connect(tmp_path / "home" / "runs.sqlite3")) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {table: [*contents(connection.execute(f'SELECT * FROM "{table}"'))] for table in tables}
    for table, cells in found.items():
        for cell in cells:
            holds_no_key(cell, table)
    assert any(b"[key] " in cell for cell in found["draft"]), "the author's quotation was not looked at"


def test_the_key_is_nowhere_in_the_database(
    said: Callable[..., str], postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    output = said(COURSEAI_DATABASE_URL=postgres_url)
    assert KEY not in output + caplog.text
    assert "secret" not in output
    with psycopg.connect(postgres_url) as connection:
        tables = [
            row[0]
            for row in connection.execute(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
            )
        ]
        assert {"call", "run", "checkpoints"} <= set(tables)
        for table in tables:
            for cell in contents(connection.execute(f'SELECT * FROM "{table}"')):
                holds_no_key(cell, table)
