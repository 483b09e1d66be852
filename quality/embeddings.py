"""Text to unit vectors with all-mpnet-base-v2: every text once, many at a time without padding, on the CPU.

bfloat16 where the processor has instructions for it, which is several times as fast as float32 and moves
cosines by less than 0.01; int8 is never used, it moves them by up to 0.13 (docs/alignment.md).
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from courseai.quality.packed_encoder import encode_packed
from courseai.quality.weights import MODEL_NAME, WEIGHTS_SHA256, cache_folder, locate_weights

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]

DIMENSIONS = 768
_LONGEST_TEXT = 2_000
"""Characters of a text that are read: about 400 tokens, and the model drops what is beyond 384."""
_STORED_VECTORS_LIMIT = 200_000
"""About 330 MB on disk; the oldest go first."""

_log = logging.getLogger(__name__)


class EmbeddingModel(Protocol):
    """What scoring needs of an embedding model; pass your own to use another."""

    @property
    def name(self) -> str:
        """The model's public name; a calibration holds for one name."""
        ...

    @property
    def weights_sha256(self) -> str:
        """SHA-256 of the weights file; a calibration holds for one hash."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit row per text, in order: float32, shape (len(texts), dimensions)."""
        ...


class Embedder:
    """all-mpnet-base-v2 with a memory of what it has already encoded. Safe to call from threads.

    `encode` blocks for about 1 s per 25 new sentences and thread: in async code, wrap it in
    `asyncio.to_thread`. Weights are found and loaded at the first new text, so making an Embedder
    costs nothing; that first call raises WeightsUnavailableError if there are none.
    """

    name = MODEL_NAME
    weights_sha256 = WEIGHTS_SHA256

    def __init__(self, folder: Path | None = None, store: VectorStore | None = None) -> None:
        self._folder = folder
        self._store = store
        self._known: dict[bytes, Vectors] = {}
        self._model: SentenceTransformer | None = None
        self._lock = threading.Lock()
        self.encoded_count = 0
        """Texts that went through the model in this process, for logs and benchmarks."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of the texts, float32, shape (len(texts), 768); equal texts are encoded once."""
        if not texts:
            return np.empty((0, DIMENSIONS), dtype=np.float32)
        keys = [_key(text) for text in texts]
        # One at a time: a second caller waits, and then finds what the first has encoded.
        with self._lock:
            self._learn(dict(zip(keys, texts, strict=True)))
            return np.stack([self._known[key] for key in keys])

    def _learn(self, wanted: dict[bytes, str]) -> None:
        new = {key: text for key, text in wanted.items() if key not in self._known}
        if self._store is not None and new:
            self._known.update(self._store.read(new))
            new = {key: text for key, text in new.items() if key not in self._known}
        if new:
            vectors = self._run_model([_readable(text) for text in new.values()])
            learned = dict(zip(new, vectors, strict=True))
            self._known.update(learned)
            if self._store is not None:
                self._store.write(learned)

    def _run_model(self, texts: list[str]) -> Vectors:
        if self._model is None:
            self._model = _load(locate_weights(self._folder))
        vectors = encode_packed(self._model, texts)
        self.encoded_count += len(texts)
        # Rounded as they are stored, so that a score is the same whether or not the store had it.
        return vectors.astype(np.float16).astype(np.float32)


class VectorStore:
    """Vectors by content hash in one SQLite file, shared by runs and by concurrent processes.

    Only ever a shortcut: a file that is locked, damaged or read-only costs time, not the run.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or cache_folder() / "vectors.sqlite3"

    def read(self, keys: Iterable[bytes]) -> dict[bytes, Vectors]:
        """The vectors that are stored for these keys; missing ones are left out."""
        found: dict[bytes, Vectors] = {}
        try:
            with _connection(self.path) as connection:
                for key in keys:
                    query = "SELECT vector FROM vectors WHERE key = ?"
                    for (blob,) in connection.execute(query, (key,)):
                        found[key] = np.frombuffer(blob, dtype=np.float16).astype(np.float32)
        except (sqlite3.Error, OSError, ValueError) as failure:
            _log.warning("stored vectors in %s cannot be read: %s", self.path, failure)
        return {key: vector for key, vector in found.items() if vector.shape == (DIMENSIONS,)}

    def write(self, vectors: dict[bytes, Vectors]) -> None:
        """Stores these and drops the oldest beyond the limit."""
        rows = [(key, vector.astype(np.float16).tobytes()) for key, vector in vectors.items()]
        try:
            with _connection(self.path) as connection:
                connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)
                connection.execute(
                    "DELETE FROM vectors WHERE rowid <= (SELECT MAX(rowid) FROM vectors) - ?",
                    (_STORED_VECTORS_LIMIT,),
                )
        except (sqlite3.Error, OSError) as failure:
            _log.warning("vectors cannot be stored in %s: %s", self.path, failure)


@contextmanager
def _connection(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that commits on success and is closed either way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)  # What a text is about can be told from its vector.
    with closing(sqlite3.connect(path, timeout=10.0)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS vectors (key BLOB UNIQUE NOT NULL, vector BLOB NOT NULL)"
        )
        yield connection


def _readable(text: str) -> str:
    # Tokenizers refuse the lone surrogates that JSON escapes can bring.
    return text[:_LONGEST_TEXT].encode("utf-8", "replace").decode()


def _key(text: str) -> bytes:
    content = f"{WEIGHTS_SHA256}\n{_precision()}\n{text}"
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest()


@cache
def _precision() -> Literal["bfloat16", "float32"]:
    """Read from the kernel and not from torch, which takes seconds to import."""
    try:
        flags = set(Path("/proc/cpuinfo").read_text().split())
    except OSError:
        return "float32"
    return "bfloat16" if flags & {"avx512_bf16", "amx_bf16"} else "float32"


def _load(folder: Path) -> SentenceTransformer:
    # Here and not at the top: these imports take 5 to 9 s, and `courseai --help` needs neither.
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    return model.to(getattr(torch, _precision())).eval()
