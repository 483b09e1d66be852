"""What a lesson shows for each of its objectives, as the few numbers the calibration was fitted on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import numpy as np

from courseai.quality.embeddings import Vectors

Words = frozenset[str]

PASSAGE = 5
"""Sentences of a passage; what they say together can teach an objective that none of them names."""

MINIMUM_NEAR = 3
"""Sentences a lesson needs on the subject: a request for the lesson names it once or twice."""
_NEAR = 0.25
"""Cosine to the nearest objective. Each of 879 textbook texts has three sentences this near."""


def is_on_subject(objectives: Vectors, sentences: Vectors) -> bool:
    """Whether enough sentences are near an objective; one that names the subject is not a lesson."""
    near = (objectives @ sentences.T).max(axis=0, initial=-1.0) >= _NEAR
    return int(near.sum()) >= MINIMUM_NEAR


@cache
def shipped_word_weights() -> Mapping[str, float]:
    """How much a word tells about a subject: log(sections / sections that have the word).

    Only the common words of the textbooks are listed; every other one weighs as much as the
    rarest of these, which is stored under the empty string.
    """
    text = files("courseai.quality").joinpath("word_weights.json").read_text(encoding="utf-8")
    weights: dict[str, float] = json.loads(text)["weights"]
    return weights


def objective_features(
    objectives: Vectors,
    sentences: Vectors,
    objective_words: Sequence[Words],
    sentence_words: Sequence[Words],
    weights: Mapping[str, float],
) -> list[dict[str, float]]:
    """Features per objective, from unit vectors (one row a text) and content words (one set a text).

    Four describe the objective and the others the whole lesson: an objective among others that are
    plainly taught is more likely taught too, and likeness has to be read against how long and how
    uniform the lesson is and how near its objectives are to each other. `nearest_objective_of_all` goes the
    other way, from each sentence to the objective it is nearest to: how much of the lesson is about them.
    Needs at least one sentence.
    """
    cosines = objectives @ sentences.T
    best = cosines.max(axis=1)
    passages = _best_passage(objectives, sentences)
    lesson_words = _union(sentence_words)
    center = sentences.mean(axis=0)
    length = float(np.linalg.norm(center))
    whole = objectives @ (center / max(length, 1e-9))
    lesson = {
        "best_sentence_of_all": float(best.mean()),
        "best_passage_of_all": float(passages.mean()),
        "nearest_objective_of_all": float(cosines.max(axis=0).mean()),
        "words_of_all": _shared_weight(_union(objective_words), lesson_words, weights),
        "log_sentences": float(np.log(len(sentences))),
        "log_objectives": float(np.log(len(objectives))),
        "sentence_likeness": length,
        "objective_likeness": float((objectives @ objectives.T).mean()),
    }
    return [
        {
            "best_sentence": float(best[index]),
            "best_passage": float(passages[index]),
            "whole_lesson": float(whole[index]),
            "words": _shared_weight(words, lesson_words, weights),
            **lesson,
        }
        for index, words in enumerate(objective_words)
    ]


def _best_passage(objectives: Vectors, sentences: Vectors) -> Vectors:
    """Per objective, the cosine of its nearest run of sentences, by the run's mean vector."""
    size = min(PASSAGE, len(sentences))
    sums = np.cumsum(np.vstack([np.zeros_like(sentences[:1]), sentences]), axis=0, dtype=np.float64)
    passages = sums[size:] - sums[:-size]
    passages /= np.maximum(np.linalg.norm(passages, axis=1, keepdims=True), 1e-9)
    return np.asarray((objectives @ passages.T).max(axis=1), dtype=np.float32)


def _shared_weight(wanted: Words, found: Words, weights: Mapping[str, float]) -> float:
    """Weighted share of the wanted words that are found, in [0, 1]; 0.5 if none is wanted."""
    total = _total(wanted, weights)
    return _total(wanted & found, weights) / total if total else 0.5


def _total(words: Words, weights: Mapping[str, float]) -> float:
    # Sorted, because a sum of floats depends on its order and a set's order on the process.
    return sum(weights.get(word, weights[""]) for word in sorted(words))


def _union(groups: Sequence[Words]) -> Words:
    return frozenset().union(*groups)
