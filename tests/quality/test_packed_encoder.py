"""Packing is a matter of speed alone: the vectors are those of the plain encoder."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from courseai.quality import packed_encoder
from courseai.quality.embeddings import Embedder
from courseai.quality.packed_encoder import encode_packed
from courseai.quality.weights import locate_weights

TEXTS = [
    "Osmosis moves water through a membrane.",
    "Tax.",
    "A violin has four strings.",
    "A cello has four strings.",
    "",
    "Rain falls on the hills and runs to the sea. " * 3,
    "\u00c9l ni\u00f1o \u043c\u0438\u0440 \u4e16\u754c",
]


@pytest.fixture(scope="module")
def model(embedder: Embedder) -> SentenceTransformer:
    assert embedder.encode(["warm up"]).any()  # Skips here where there are no weights.
    return SentenceTransformer(str(locate_weights()), device="cpu", local_files_only=True)


@pytest.fixture(scope="module")
def plain(model: SentenceTransformer) -> NDArray[np.float32]:
    return np.asarray(model.encode(TEXTS, batch_size=4, show_progress_bar=False))


def test_vectors_are_those_of_the_plain_encoder(
    model: SentenceTransformer, plain: NDArray[np.float32]
) -> None:
    assert np.abs(encode_packed(model, TEXTS) - plain).max() < 1e-5


def test_a_long_text_is_cut_as_the_plain_encoder_cuts_it(model: SentenceTransformer) -> None:
    long = ["Rain falls on the hills. " * 90]
    assert np.abs(encode_packed(model, long) - model.encode(long, show_progress_bar=False)).max() < 1e-5


def test_texts_do_not_see_what_is_packed_beside_them(model: SentenceTransformer) -> None:
    together = encode_packed(model, TEXTS)
    alone = np.vstack([encode_packed(model, [text]) for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-5


def test_several_packs_give_what_one_gives(
    model: SentenceTransformer, plain: NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed_encoder, "_PACK_TOKENS", 16)
    assert np.abs(encode_packed(model, TEXTS) - plain).max() < 1e-5


def test_what_the_product_computes_is_within_its_precision_of_the_plain_encoder(
    plain: NDArray[np.float32],
) -> None:
    ours = Embedder().encode(TEXTS)
    assert np.abs(ours @ ours.T - plain @ plain.T).max() < 0.01
