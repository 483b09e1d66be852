"""The verb table and the trained classifier together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courseai.course.bloom import LEVELS, bloom_level
from courseai.course.metadata import BloomLevel
from courseai.quality.bloom import BloomClassifier, shipped_bloom_model
from courseai.quality.embeddings import Embedder

from .conftest import HashEmbedder


def _sure_of(level: BloomLevel, probability: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    levels = shipped_bloom_model().levels
    row = np.full(len(levels), (1 - probability) / (len(levels) - 1))
    row[levels.index(level)] = probability
    return row


def test_a_sure_classifier_goes_before_the_table() -> None:
    classifier = BloomClassifier(HashEmbedder())
    assert classifier.combined(BloomLevel.REMEMBER, _sure_of(BloomLevel.APPLY, 0.9)) == "apply"


def test_an_unsure_classifier_leaves_the_word_to_the_table() -> None:
    classifier = BloomClassifier(HashEmbedder())
    assert classifier.combined(BloomLevel.REMEMBER, _sure_of(BloomLevel.APPLY, 0.5)) == "remember"


def test_the_classifier_answers_where_the_table_knows_no_verb() -> None:
    classifier = BloomClassifier(HashEmbedder())
    assert classifier.combined(None, _sure_of(BloomLevel.CREATE, 0.3)) == "create"


def test_with_another_embedding_model_only_the_table_speaks() -> None:
    texts = ["Explain loops", "Frobnicate the widget"]
    assert BloomClassifier(HashEmbedder()).levels(texts, "en") == ["understand", None]


def test_in_another_language_only_the_table_speaks(embedder: Embedder) -> None:
    texts = ["Explicar los bucles", "Frobnicar el widget"]
    assert BloomClassifier(embedder).levels(texts, "es") == ["understand", None]


def test_a_task_without_a_known_verb_gets_a_level(embedder: Embedder) -> None:
    task = "A 2 kg block slides down a slope of 30 degrees with friction 0.2. Its acceleration is what?"
    assert bloom_level(task, "en") is None
    assert BloomClassifier(embedder).levels([task], "en") == ["apply"]


def test_the_shipped_model_says_what_it_was_fitted_on_and_how_good_it_is() -> None:
    fitted = shipped_bloom_model()
    assert fitted.weights_sha256 == Embedder.weights_sha256
    assert fitted.accuracies["questions_to_objectives"] >= 0.60
    assert fitted.accuracies["objectives_to_questions"] >= 0.60
    assert "bloom_levels.py" in fitted.command


def test_probabilities_of_the_levels_add_up_to_one() -> None:
    fitted = shipped_bloom_model()
    features = np.random.default_rng(0).normal(size=(5, len(fitted.coefficients[0])))
    assert fitted.probabilities(features).sum(axis=1) == pytest.approx(1.0)


@settings(max_examples=15)
@given(st.text(max_size=80))
def test_no_text_breaks_the_classifier(embedder: Embedder, text: str) -> None:
    assert BloomClassifier(embedder).levels([text], "en")[0] in (None, *LEVELS)
