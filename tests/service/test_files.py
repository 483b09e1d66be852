"""Files are whole or absent, private, and their place is known to be good before anything is paid for."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.course.errors import SettingsError
from courseai.service.files import default_folder, json_text, prepare_folder, slug, write_files


def test_files_are_private_and_nothing_else_is_left_behind(tmp_path: Path) -> None:
    paths = write_files(tmp_path, {"a.json": "{}", "b.html": "ä"})
    assert [path.read_text("utf-8") for path in paths] == ["{}", "ä"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_a_file_that_cannot_be_replaced_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "course.json").mkdir()
    with pytest.raises(SettingsError, match=r"course\.json cannot be written"):
        write_files(tmp_path, {"course.json": "{}"})
    assert [path.name for path in tmp_path.iterdir()] == ["course.json"]


def test_a_lone_surrogate_does_not_stop_the_writing(tmp_path: Path) -> None:
    (path,) = write_files(tmp_path, {"a.json": json_text({"text": "a\ud800b"})})
    assert path.read_text("utf-8") == '{\n  "text": "a?b"\n}\n'


def test_a_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    assert prepare_folder(tmp_path / "a" / "b").is_dir()


def test_a_place_that_cannot_be_written_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(SettingsError, match="--out"):
        prepare_folder(tmp_path / "taken")


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("Introducción a la historia del arte", "introduccion-a-la-historia-del-arte"),
        ("General industry workplace safety, 10-hour course", "general-industry-workplace-safety-10"),
        ("a" * 60, "a" * 40),
        ("../../etc/passwd", "etc-passwd"),
        ("Основы статистики", "course"),
    ],
)
def test_a_topic_becomes_a_plain_name(topic: str, expected: str) -> None:
    assert slug(topic) == expected


@given(st.text())
def test_no_topic_leaves_the_folder_of_courses(topic: str) -> None:
    folder = default_folder(topic, "run-1")
    assert folder.parent == Path("courses")
    assert folder.name.endswith("-run-1")
    assert len(folder.name) <= 46
