"""Fits quality/bloom_model.json and measures the verb table, the classifier and their combination.

    python tests/bench/bloom_levels.py [--data FOLDER] [--write]

Two kinds of text: exam questions (bloom-questions-dev.csv) and textbook objectives
(tests/data/bloom_objectives.csv). "across" is trained on one kind and measured on the other; "unseen
fold" is 5-fold cross-validation over both; the file that ships is fitted on the questions and the
objectives' dev part and measured on their held-out part.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from openstax import DEFAULT_FOLDER
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from courseai.course.bloom import bloom_level
from courseai.course.metadata import BloomLevel
from courseai.quality.bloom import BloomClassifier, BloomModel, Features, bloom_features
from courseai.quality.embeddings import Embedder, VectorStore

MINIMUM_PROBABILITY = 0.6
QUESTIONS = "bloom-questions-dev.csv"
OBJECTIVES = Path(__file__).parents[1] / "data" / "bloom_objectives.csv"
MODEL_FILE = Path(__file__).parents[2] / "quality" / "bloom_model.json"


@dataclass(frozen=True)
class Labelled:
    """A text with the level that a person gave it."""

    text: str
    level: BloomLevel
    part: str
    """'questions', 'dev' or 'held-out'."""


def read(folder: Path) -> list[Labelled]:
    with (folder / QUESTIONS).open(encoding="utf-8", newline="") as file:
        rows = [Labelled(r["question"], BloomLevel(r["level"]), "questions") for r in csv.DictReader(file)]
    with OBJECTIVES.open(encoding="utf-8", newline="") as file:
        rows += [Labelled(r["objective"], BloomLevel(r["level"]), r["part"]) for r in csv.DictReader(file)]
    return rows


class Bench:
    """All rows with their features, and what is measured on them."""

    def __init__(self, rows: list[Labelled], embedder: Embedder) -> None:
        self.rows = rows
        self.embedder = embedder
        self.truth = np.array([row.level.value for row in rows])
        self.table = [bloom_level(row.text, "en") for row in rows]
        self.features = bloom_features([row.text for row in rows], embedder, self.table)

    def where(self, *parts: str) -> Features:
        return np.array([place for place, row in enumerate(self.rows) if row.part in parts])

    def table_accuracy(self, part: str) -> tuple[float, float]:
        """Share that the table gets right, None counted as wrong; and the share that it answers."""
        chosen = self.where(part)
        right = [self.table[place] == self.rows[place].level for place in chosen]
        return float(np.mean(right)), float(np.mean([self.table[place] is not None for place in chosen]))

    def fit(self, places: Features) -> BloomModel:
        fitted = LogisticRegression(max_iter=3000).fit(self.features[places], self.truth[places])
        return BloomModel(
            version=f"{datetime.date.today()}.1",
            model=self.embedder.name,
            weights_sha256=self.embedder.weights_sha256,
            language="en",
            fitted_on=str(datetime.date.today()),
            method="multinomial logistic regression (C = 1) on embeddings of the text and of its first six "
            "words, the verb table's level, length, question mark and digit",
            minimum_probability=MINIMUM_PROBABILITY,
            levels=list(fitted.classes_),
            coefficients=np.round(fitted.coef_, 4).tolist(),
            intercepts=np.round(fitted.intercept_, 4).tolist(),
            accuracies={},
            data=f"{QUESTIONS} (VMD7/blooms-taxonomy-classifier, MIT) and the dev part of "
            "tests/data/bloom_objectives.csv",
            attribution="Objectives of OpenStax books, (c) Rice University, CC BY 4.0",
            command="python tests/bench/bloom_levels.py --write",
        )

    def predicted(self, model: BloomModel, places: Features, *, alone: bool = False) -> list[str]:
        """Levels by the shipped rule, or by the classifier alone."""
        classifier = BloomClassifier(self.embedder, model)
        rows = model.probabilities(self.features[places])
        tables = [None if alone else self.table[place] for place in places]
        return [classifier.combined(table, row).value for table, row in zip(tables, rows, strict=True)]

    def accuracy(self, fit_on: Features, measure_on: Features, *, alone: bool = False) -> float:
        found = self.predicted(self.fit(fit_on), measure_on, alone=alone)
        return float(np.mean(found == self.truth[measure_on]))

    def unseen_folds(self, *, alone: bool = False) -> dict[str, float]:
        """Accuracy on questions and objectives, every row measured by a fit that had not seen it."""
        found = np.empty_like(self.truth)
        folds = StratifiedKFold(5, shuffle=True, random_state=0)
        for seen, unseen in folds.split(self.features, self.truth):
            found[unseen] = self.predicted(self.fit(seen), unseen, alone=alone)
        right = found == self.truth
        return {
            "questions": float(right[self.where("questions")].mean()),
            "objectives": float(right[self.where("dev", "held-out")].mean()),
        }


def measure(bench: Bench) -> dict[str, float]:
    """All figures by name; those of the shipped rule go into the model file."""
    questions, objectives = bench.where("questions"), bench.where("dev", "held-out")
    for part in ("questions", "dev", "held-out"):
        right, answered = bench.table_accuracy(part)
        print(f"verb table, {part}: {right:.3f} right, {answered:.3f} answered")
    for alone in (True, False):
        name = "classifier alone" if alone else "combined"
        across = bench.accuracy(questions, objectives, alone=alone)
        back = bench.accuracy(objectives, questions, alone=alone)
        folds = bench.unseen_folds(alone=alone)
        print(f"{name}: questions -> objectives {across:.3f}, objectives -> questions {back:.3f}, {folds}")
    held_out = bench.accuracy(bench.where("questions", "dev"), bench.where("held-out"))
    print(f"combined, shipped fit: objectives held out {held_out:.3f}")
    return {
        "questions_to_objectives": round(across, 3),
        "objectives_to_questions": round(back, 3),
        "questions_unseen_fold": round(folds["questions"], 3),
        "objectives_unseen_fold": round(folds["objectives"], 3),
        "objectives_held_out": round(held_out, 3),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    default = Path(os.environ.get("COURSEAI_DATA", DEFAULT_FOLDER))
    parser.add_argument("--data", type=Path, default=default)
    parser.add_argument("--write", action="store_true", help="replace quality/bloom_model.json")
    options = parser.parse_args(arguments)
    bench = Bench(read(options.data), Embedder(store=VectorStore()))
    accuracies = measure(bench)
    if options.write:
        model = bench.fit(bench.where("questions", "dev")).model_copy(update={"accuracies": accuracies})
        text = json.dumps(model.model_dump(mode="json"), separators=(",", ":"))
        MODEL_FILE.write_text(text.replace(',"', ',\n"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
