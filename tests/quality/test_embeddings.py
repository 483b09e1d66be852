"""Vectors are unit length, mean something, and are computed once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from courseai.quality.embeddings import Embedder, VectorStore

OSMOSIS = "Water moves through the membrane towards the higher concentration of solutes."
PARAPHRASE = "In osmosis, water crosses a membrane to where there is more dissolved matter."
CAR = "The gearbox of this car has five speeds."


def test_rows_are_unit_vectors(embedder: Embedder) -> None:
    vectors = embedder.encode([OSMOSIS, CAR])
    assert vectors.dtype == np.float32
    assert vectors.shape == (2, 768)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3)


def test_paraphrases_are_nearer_than_another_subject(embedder: Embedder) -> None:
    first, second, other = embedder.encode([OSMOSIS, PARAPHRASE, CAR])
    assert first @ second > 0.6
    assert first @ other < 0.2


def test_each_text_keeps_its_place_whatever_its_length(embedder: Embedder) -> None:
    texts = ["Rain falls on the hills. " * 40, "Tax.", "A violin has four strings.", "Bread rises. " * 90]
    together = embedder.encode(texts)
    alone = np.vstack([Embedder().encode([text]) for text in texts[1:3]])
    assert np.sum(together[1:3] * alone, axis=1).min() > 0.99


@pytest.mark.usefixtures("embedder")
def test_equal_texts_are_encoded_once() -> None:
    fresh = Embedder()
    fresh.encode([OSMOSIS, CAR, OSMOSIS])
    fresh.encode([CAR])
    assert fresh.encoded_count == 2


@pytest.mark.usefixtures("embedder")
def test_a_second_run_reads_what_the_first_one_stored(tmp_path: Path) -> None:
    store = VectorStore(tmp_path / "vectors.sqlite3")
    first = Embedder(store=store)
    before = first.encode([OSMOSIS, CAR])
    second = Embedder(store=store)
    after = second.encode([CAR, OSMOSIS])
    assert second.encoded_count == 0
    assert np.array_equal(before, after[::-1])


def test_only_the_owner_can_read_stored_vectors(tmp_path: Path) -> None:
    VectorStore(tmp_path / "cache" / "vectors.sqlite3").write({b"key": np.zeros(768, dtype=np.float32)})
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "cache").iterdir()}
    assert modes == {0o600}


def test_a_damaged_store_costs_time_and_not_the_run(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite3"
    path.write_bytes(b"this is no database" * 100)
    store = VectorStore(path)
    assert store.read([b"key"]) == {}
    store.write({b"key": np.zeros(768, dtype=np.float32)})


@pytest.mark.usefixtures("embedder")
def test_threads_share_one_encoding() -> None:
    fresh = Embedder()
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(fresh.encode, [[OSMOSIS], [CAR, OSMOSIS], [OSMOSIS, CAR], [CAR]]))
    assert fresh.encoded_count == 2
    assert np.array_equal(results[0][0], results[1][1])


def test_any_text_can_be_encoded(embedder: Embedder) -> None:
    odd = ["", " ", "\x00", "\u202e\u200b", "word " * 5_000, "\U0001f600"]
    assert np.isfinite(embedder.encode(odd)).all()
