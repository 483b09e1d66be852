"""Where the inputs of a batch come from."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.course.errors import SettingsError
from courseai.service.batch.source import batch_inputs, batch_name
from courseai.service.command.source import READ_LIMIT
from courseai.store.run_store import check_run_id


def test_a_folder_gives_its_json_files_by_name(tmp_path: Path) -> None:
    for name in ("b.json", "a.JSON", "notes.txt", ".hidden.json"):
        (tmp_path / name).write_text(f'"{name}"')
    (tmp_path / "folder.json").mkdir()

    assert [each.name for each in batch_inputs(tmp_path)] == ["a", "b"]


@given(st.lists(st.sampled_from(["", "  ", '{"a": 1}', '{"a": 2}', '"é"']), max_size=8), st.booleans())
def test_each_line_that_is_not_empty_is_an_input_and_can_be_read_again(
    lines: list[str], ends_with_newline: bool
) -> None:
    kept = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inputs.jsonl"
        path.write_text("\n".join(lines) + "\n" * ends_with_newline)
        if not kept:
            with pytest.raises(SettingsError, match="There are no lines"):
                batch_inputs(path)
            return
        found = batch_inputs(path)
        assert [(each.line, each.read().decode().strip()) for each in found] == kept


def test_a_line_that_is_too_long_for_an_input_hides_no_other(tmp_path: Path) -> None:
    path = tmp_path / "inputs.jsonl"
    path.write_bytes(b'"' + b"x" * (2 * READ_LIMIT) + b'"\n"second"\n')

    long, second = batch_inputs(path)

    assert len(long.read()) == READ_LIMIT + 1
    assert (second.line, json.loads(second.read())) == (2, "second")


def test_equal_content_has_an_equal_digest_whatever_stands_around_it(tmp_path: Path) -> None:
    path = tmp_path / "inputs.jsonl"
    path.write_text('{"a": 1}\n  {"a": 1}  \n{"a": 2}\n')

    first, same, other = [each.digest for each in batch_inputs(path)]

    assert first == same != other


@pytest.mark.parametrize(
    ("name", "said"),
    [("missing", "no folder or file"), ("one.json", "courseai generate"), ("empty", "no files ending")],
)
def test_what_cannot_be_a_batch_is_refused_in_words(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "one.json").write_text("{}")
    (tmp_path / "empty").mkdir()

    with pytest.raises(SettingsError, match=said):
        batch_inputs(tmp_path / name)


@given(st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=60))
def test_any_folder_gives_a_name_that_runs_can_have_too(folder: str) -> None:
    name = batch_name(Path("/inputs") / folder)

    assert check_run_id(f"{name}-0123456789ab.zh-Hant-TW")
    assert batch_name(Path("/inputs") / folder) == name


def test_folders_of_one_name_in_two_places_are_two_batches() -> None:
    assert batch_name(Path("/a/inputs")) != batch_name(Path("/b/inputs"))
