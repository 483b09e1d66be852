"""Fits quality/calibration.json and quality/word_weights.json, and measures them on books not seen.

    python tests/bench/calibrate_alignment.py [--data FOLDER] [--write]

A pair is a text of the product's length with a set of objectives: its own ("gold"), those of another
section of its chapter ("hard"), of another book ("easy"), or its own with one objective replaced by a
sibling's ("mixed"). Every figure is from the fold whose book (or chapter) the fit had not seen, word
weights included, and weighs gold and hard alike.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from contrast_cases import FEATURES, Cases, cases_of, scores_of
from numpy.typing import NDArray
from openstax import FILE_NAME, Sample, Section, read_sections, samples
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from courseai.quality.embeddings import Embedder, Vectors, VectorStore
from courseai.quality.evidence import is_on_subject, objective_features
from courseai.quality.restatement import content_words, counted_sentences

CUT_OFF = 0.75
_FOLDS = 9
_COMMON_SHARE = 0.05
"""A word in fewer sections than this weighs as much as one in this many."""
_QUALITY = Path(__file__).parents[2] / "quality"

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """What is fitted: features by name, and the weight of each kind of pair."""

    features: tuple[str, ...]
    weight: Mapping[str, float]


_LESSON_FEATURES = (
    "best_sentence",
    "best_sentence_of_all",
    "best_passage_of_all",
    "nearest_objective_of_all",
    "words_of_all",
    "log_sentences",
    "log_objectives",
    "sentence_likeness",
    "objective_likeness",
)

LESSON = Model(_LESSON_FEATURES, {"gold": 4 / 3, "hard": 1.0, "mixed": 0.1})
"""Odds of 4 to 3 for a lesson that teaches its objectives: still far below what a course has."""
OBJECTIVE = Model(
    (*_LESSON_FEATURES, "best_passage", "whole_lesson", "words"), LESSON.weight | {"mixed": 1.0}
)
"""Here an objective's own evidence has to count beside that of the others."""


@dataclass(frozen=True)
class Pair:
    """A text, objectives, and which of them it is known to teach."""

    sample: Sample
    objectives: tuple[str, ...]
    taught: tuple[bool, ...]
    kind: str
    share: float
    """Of its sample's weight: the sets of all siblings together count as one."""


@dataclass
class Table:
    """One row per objective of a pair."""

    features: Numbers
    taught: NDArray[np.bool_]
    weight: Numbers
    pair: NDArray[np.int64]

    def only(self, rows: NDArray[np.bool_]) -> Table:
        """The rows that are chosen."""
        return Table(self.features[rows], self.taught[rows], self.weight[rows], self.pair[rows])

    @classmethod
    def joined(cls, tables: Sequence[Table]) -> Table:
        """One table below the other."""
        names = ("features", "taught", "weight", "pair")
        return cls(*(np.concatenate([getattr(table, name) for table in tables]) for name in names))


def pairs_of(found: list[Sample], sections: list[Section], seed: int = 0) -> list[Pair]:
    """Every sample with its own, its siblings', a mixed and a foreign set of objectives."""
    chance = random.Random(seed)
    chapters: dict[tuple[str, str], list[Section]] = defaultdict(list)
    for section in sections:
        chapters[section.book, section.chapter].append(section)
    return [
        pair
        for sample in found
        for pair in _pairs_of_one(
            sample, chapters[sample.section.book, sample.section.chapter], sections, chance
        )
    ]


def _pairs_of_one(
    sample: Sample, chapter: list[Section], sections: list[Section], chance: random.Random
) -> Iterator[Pair]:
    own = sample.section.objectives
    siblings = [section for section in chapter if section is not sample.section]
    yield _pair(sample, own, [True] * len(own), "gold", 1)
    for sibling in siblings:
        yield _pair(sample, sibling.objectives, [False] * len(sibling.objectives), "hard", len(siblings))
    if siblings and len(own) > 1:
        position = chance.randrange(len(own))
        foreign = chance.choice(chance.choice(siblings).objectives)
        mixed = (*own[:position], foreign, *own[position + 1 :])
        yield _pair(sample, mixed, [place != position for place in range(len(own))], "mixed", 1)
    other = chance.choice([section for section in sections if section.book != sample.section.book])
    yield _pair(sample, other.objectives, [False] * len(other.objectives), "easy", 1)


def _pair(sample: Sample, objectives: tuple[str, ...], taught: list[bool], kind: str, share: int) -> Pair:
    return Pair(sample, objectives, tuple(taught), kind, 1 / share)


class Corpus:
    """Vectors and words of every text, each computed once."""

    def __init__(self, embedder: Embedder, pairs: list[Pair]) -> None:
        self._counted = {
            id(pair): counted_sentences(pair.sample.sentences, pair.objectives) for pair in pairs
        }
        texts = {text for pair in pairs for text in (*pair.objectives, *self._counted[id(pair)])}
        ordered = sorted(texts)
        self._row = {text: row for row, text in enumerate(ordered)}
        self._vectors = embedder.encode(ordered)
        self._words = {text: frozenset(content_words(text)) for text in ordered}

    def _is_on_subject(self, pair: Pair) -> bool:
        return is_on_subject(self.rows(pair.objectives), self.rows(self._counted[id(pair)]))

    def rows(self, texts: Sequence[str]) -> Vectors:
        """One vector a text."""
        return self._vectors[[self._row[text] for text in texts]]

    def features(self, pair: Pair, weights: Mapping[str, float]) -> list[dict[str, float]]:
        counted = self._counted[id(pair)]
        return objective_features(
            self.rows(pair.objectives),
            self.rows(counted),
            [self._words[text] for text in pair.objectives],
            [self._words[text] for text in counted],
            weights,
        )

    def table(self, pairs: Sequence[Pair], weights: Mapping[str, float], model: Model) -> Table:
        """One row per objective of every pair with sentences that count."""
        rows, taught, weight, owner = [], [], [], []
        for number, pair in enumerate(pairs):
            if not self._is_on_subject(pair):
                continue
            for features, label in zip(self.features(pair, weights), pair.taught, strict=True):
                rows.append([features[name] for name in model.features])
                taught.append(label)
                weight.append(model.weight.get(pair.kind, 0.0) * pair.share / len(pair.objectives))
                owner.append(number)
        return Table(np.array(rows), np.array(taught), np.array(weight), np.array(owner))


def word_weights(sections: list[Section]) -> dict[str, float]:
    """log(sections / sections with the word), of common words; "" stands for all the others."""
    counts = Counter(word for section in sections for word in set(content_words(section.text)))
    floor = max(1.0, _COMMON_SHARE * len(sections))
    common = {word: round(math.log(len(sections) / n), 2) for word, n in sorted(counts.items()) if n > floor}
    return {"": round(math.log(max(1, len(sections)) / floor), 2), **common}


def fit(table: Table) -> tuple[Numbers, float]:
    """Coefficients and intercept for raw features; standardised only while fitting."""
    center, scale = table.features.mean(axis=0), table.features.std(axis=0)
    model = LogisticRegression(C=10.0, max_iter=2_000)
    model.fit((table.features - center) / scale, table.taught, sample_weight=table.weight)
    coefficients = model.coef_[0] / scale
    return coefficients, float(model.intercept_[0] - coefficients @ center)


def probabilities(table: Table, fitted: tuple[Numbers, float]) -> Numbers:
    return 1 / (1 + np.exp(-(table.features @ fitted[0] + fitted[1])))


def lesson_scores(table: Table, values: Numbers, count: int) -> Numbers:
    """Mean per pair; 0 for a pair without any sentence that counts."""
    total = np.bincount(table.pair, values, minlength=count)
    return np.asarray(total / np.maximum(1, np.bincount(table.pair, minlength=count)))


@dataclass(frozen=True)
class Fold:
    """A fit on some groups, and which pairs are of the others."""

    table: Table
    fitted: tuple[Numbers, float]
    is_unseen: NDArray[np.bool_]


def folds(
    corpus: Corpus, pairs: list[Pair], sections: list[Section], model: Model, group: Callable[[Section], str]
) -> Iterator[Fold]:
    """Fits that saw no section of some groups, word weights included; every group is left out once."""
    groups = sorted({group(section) for section in sections})
    for unseen in [set(groups[start::_FOLDS]) for start in range(min(_FOLDS, len(groups)))]:
        weights = word_weights([section for section in sections if group(section) not in unseen])
        table = corpus.table(pairs, weights, model)
        is_unseen = np.array([group(pair.sample.section) in unseen for pair in pairs])
        yield Fold(table, fit(table.only(~is_unseen[table.pair] & (table.weight > 0))), is_unseen)


def unseen_probabilities(found: Sequence[Fold]) -> tuple[Table, Numbers]:
    """Every objective's probability from the fit that had not seen its group."""
    tables = [fold.table.only(fold.is_unseen[fold.table.pair]) for fold in found]
    values = [probabilities(table, fold.fitted) for table, fold in zip(tables, found, strict=True)]
    return Table.joined(tables), np.concatenate(values)


def unseen_contrasts(found: Sequence[Fold], cases: Cases) -> Numbers:
    """Every case's score; neither of the two fits had seen its group."""
    scores = np.zeros(len(cases.items))
    owner = np.array([case.pair for case in cases.items])
    for fold in found:
        table = contrast_table(fold.table, fold.fitted, cases, len(fold.is_unseen))
        is_unseen = fold.is_unseen[owner]
        alone = lesson_scores(fold.table, probabilities(fold.table, fold.fitted), len(fold.is_unseen))
        contrasted = probabilities(table, fit(table.only(~is_unseen & (table.weight > 0))))
        scores[is_unseen] = scores_of(contrasted, alone, cases)[is_unseen]
    return scores


def contrast_table(table: Table, fitted: tuple[Numbers, float], cases: Cases, count: int) -> Table:
    """One row a case, from the lesson model's mean logits; no evidence counts as very little."""
    logits = lesson_scores(table, table.features @ fitted[0] + fitted[1], count)
    has_evidence = np.bincount(table.pair, minlength=count) > 0
    features = cases.features(np.where(has_evidence, logits, -np.inf))
    owner = np.array([case.pair for case in cases.items])
    return Table(features, cases.taught, cases.weight, owner)


def contrast_rates(pairs: list[Pair], cases: Cases, scores: Numbers) -> dict[str, float]:
    """As `error_rates`, with strict cases for the hard ones; and the other kinds of case."""
    kind = np.array([case.kind for case in cases.items])
    weight = np.array([case.share for case in cases.items])
    book = np.array([pairs[case.pair].sample.section.book for case in cases.items])
    gold, strict = kind == "gold", kind == "strict"
    both = gold | strict
    accepted = scores >= CUT_OFF
    rates = {
        "auc_hard": roc_auc_score(gold[both], scores[both], sample_weight=weight[both]),
        "gold_at_0.75": np.mean(accepted[gold]),
        "gold_at_0.80": np.mean(scores[gold] >= 0.80),
        "hard_at_0.75": np.average(accepted[strict], weights=weight[strict]),
        **{
            f"{name}_at_0.75": np.average(accepted[kind == name], weights=weight[kind == name])
            for name in ("in_course", "remote", "easy")
        },
        "calibration_error": calibration_error(scores[both], gold[both], weight[both]),
        "weakest_book_at_0.75": min(np.mean(accepted[gold & (book == name)]) for name in set(book)),
    }
    return {name: round(float(value), 4) for name, value in rates.items()}


def error_rates(pairs: list[Pair], scores: Numbers) -> dict[str, float]:
    """AUC, shares at the cut-offs, calibration error, and the weakest book."""
    kind = np.array([pair.kind for pair in pairs])
    weight = np.array([pair.share for pair in pairs])
    book = np.array([pair.sample.section.book for pair in pairs])
    gold, hard = kind == "gold", kind == "hard"
    both = gold | hard
    accepted = scores >= CUT_OFF
    rates = {
        "auc_hard": roc_auc_score(gold[both], scores[both], sample_weight=weight[both]),
        "gold_at_0.75": np.mean(accepted[gold]),
        "gold_at_0.80": np.mean(scores[gold] >= 0.80),
        "hard_at_0.75": np.average(accepted[hard], weights=weight[hard]),
        "easy_at_0.75": np.mean(accepted[kind == "easy"]),
        "mixed_at_0.75": np.mean(accepted[kind == "mixed"]),
        "calibration_error": calibration_error(scores[both], gold[both], weight[both]),
        "weakest_book_at_0.75": min(np.mean(accepted[gold & (book == name)]) for name in set(book)),
    }
    return {name: round(float(value), 4) for name, value in rates.items()}


def objective_rates(pairs: list[Pair], table: Table, found: Numbers) -> dict[str, float]:
    """How well a single objective that a lesson does not teach stands out among those that it does."""
    kind = np.array([pair.kind for pair in pairs])[table.pair]
    mixed, planted = kind == "mixed", (kind == "mixed") & ~table.taught
    lowest = [
        not table.taught[rows][found[rows].argmin()]
        for index in set(table.pair[mixed])
        for rows in [np.flatnonzero(table.pair == index)]
    ]
    rates = {
        "auc_in_mixed": roc_auc_score(table.taught[mixed], found[mixed]),
        "planted_is_lowest": np.mean(lowest),
        "planted_below_0.75": np.mean(found[planted] < CUT_OFF),
        "gold_below_0.75": np.mean(found[kind == "gold"] < CUT_OFF),
    }
    return {name: round(float(value), 4) for name, value in rates.items()}


def calibration_error(scores: Numbers, taught: NDArray[np.bool_], weight: Numbers) -> float:
    """Expected calibration error over ten equal bins, weighted."""
    bins = np.clip((scores * 10).astype(int), 0, 9)
    error = 0.0
    for number in set(bins):
        inside = bins == number
        gap = np.average(scores[inside] - taught[inside], weights=weight[inside])
        error += abs(float(gap)) * float(weight[inside].sum())
    return error / float(weight.sum())


def fit_agreement(
    embedder: Embedder, sections: list[Section]
) -> tuple[dict[str, float], float, dict[str, float]]:
    """Two halves of one section agree, halves of two sections of one chapter do not.

    The error rates are of a fit on every second book, measured on the others.
    """
    rows = list(_half_pairs(embedder, sections))
    cosine = np.array([row[0] for row in rows])[:, None]
    same = np.array([row[1] for row in rows])
    book = np.array([row[2] for row in rows])
    weight = np.where(same, 1 / same.sum(), 1 / (~same).sum()) * len(rows)
    seen = np.isin(book, sorted(set(book))[::2])
    part = LogisticRegression(C=1e6).fit(cosine[seen], same[seen], sample_weight=weight[seen])
    scores = part.predict_proba(cosine[~seen])[:, 1]
    whole = LogisticRegression(C=1e6).fit(cosine, same, sample_weight=weight)
    rates = {
        "auc": float(roc_auc_score(same[~seen], scores, sample_weight=weight[~seen])),
        "same_at_0.85": float(np.mean(scores[same[~seen]] >= 0.85)),
        "other_at_0.85": float(np.mean(scores[~same[~seen]] >= 0.85)),
    }
    coefficient = {"lesson_cosine": round(float(whole.coef_[0][0]), 3)}
    return coefficient, round(float(whole.intercept_[0]), 3), {k: round(v, 4) for k, v in rates.items()}


def _half_pairs(embedder: Embedder, sections: list[Section]) -> Iterator[tuple[float, bool, str]]:
    """Cosine of two halves, whether they are of one section, and the book; one chapter a pair."""
    chapters: dict[tuple[str, str], list[tuple[Numbers, Numbers]]] = defaultdict(list)
    for sample in samples(sections):
        passages = [sample.sentences[start : start + 4] for start in range(0, len(sample.sentences), 4)]
        halves = [[text for passage in passages[first::2] for text in passage] for first in (0, 1)]
        if sample.kind != "summary" and all(halves):
            first, second = (_center(embedder, half) for half in halves)
            chapters[sample.section.book, sample.section.chapter].append((first, second))
    for (book, _), members in chapters.items():
        for left, (first, _) in enumerate(members):
            for right, (_, second) in enumerate(members):
                yield float(first @ second), left == right, book


def _center(embedder: Embedder, texts: list[str]) -> Numbers:
    mean = np.asarray(embedder.encode(texts).mean(axis=0), dtype=float)
    return np.asarray(mean / np.linalg.norm(mean))


def report(pairs: list[Pair], scores: Numbers) -> dict[str, dict[str, float]]:
    """Error rates by what the text is and by its length in words."""
    groups: dict[str, Callable[[Sample], bool]] = {
        kind: lambda sample, kind=kind: sample.kind == kind for kind in ("section", "condensed", "summary")
    }
    for low, high in ((100, 200), (200, 400), (400, 800), (800, 1_600)):
        groups[f"{low} to {high} words"] = lambda s, low=low, high=high: low <= s.words < high
    rates = {}
    for name, is_in in groups.items():
        chosen = [index for index, pair in enumerate(pairs) if is_in(pair.sample)]
        rates[name] = error_rates([pairs[index] for index in chosen], scores[chosen])
    return rates


def main() -> None:
    """Measure on unseen books and chapters, fit on everything, and write the files if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, help=f"folder with {FILE_NAME}")
    parser.add_argument("--vectors", type=Path, help="file that keeps the vectors between runs")
    parser.add_argument("--write", action="store_true", help="write the fitted files")
    arguments = parser.parse_args()
    sections = read_sections(arguments.data)
    pairs = pairs_of(list(samples(sections)), sections)
    print(f"{len(sections)} sections, {len(pairs)} pairs; encoding what is new", flush=True)
    embedder = Embedder(store=VectorStore(arguments.vectors))
    corpus = Corpus(embedder, pairs)
    cases = cases_of(pairs, corpus.rows)
    rates = measured(corpus, pairs, sections, cases)
    weights = word_weights(sections)
    fitted = {
        "alignment": (*_fitted(corpus, pairs, weights, LESSON), rates["lessons"]),
        "objective": (*_fitted(corpus, pairs, weights, OBJECTIVE), rates["objectives"]),
        "contrast": (*_fitted_contrast(corpus, pairs, weights, cases), rates["contrast"]),
        "agreement": fit_agreement(embedder, sections),
    }
    print(json.dumps(fitted, indent=1))
    if arguments.write:
        _write(fitted, weights)


def measured(
    corpus: Corpus, pairs: list[Pair], sections: list[Section], cases: Cases
) -> dict[str, dict[str, float]]:
    """Error rates on unseen books and chapters; prints them with those of plain cosines and by length."""

    def book(section: Section) -> str:
        return section.book

    def chapter(section: Section) -> str:
        return f"{section.book}: {section.chapter}"

    tables = {}
    for name in ("whole_lesson", "best_sentence"):
        plain = corpus.table(pairs, {"": 1.0}, Model((name,), {}))
        tables[f"cosine, {name}"] = error_rates(pairs, lesson_scores(plain, plain.features[:, 0], len(pairs)))
    contrasts = {}
    for name, group in (("books", book), ("chapters", chapter)):
        found = list(folds(corpus, pairs, sections, LESSON, group))
        scores = lesson_scores(*unseen_probabilities(found), len(pairs))
        tables[f"unseen {name}"] = error_rates(pairs, scores)
        tables |= report(pairs, scores) if name == "books" else {}
        contrasts[name] = contrast_rates(pairs, cases, unseen_contrasts(found, cases))
        tables[f"contrast, unseen {name}"] = contrasts[name]
    objectives = unseen_probabilities(list(folds(corpus, pairs, sections, OBJECTIVE, book)))
    tables["single objectives, unseen books"] = objective_rates(pairs, *objectives)
    print(json.dumps(tables, indent=1), flush=True)
    stored = {
        "books": "unseen books",
        "chapters": "unseen chapters",
        "plain_lesson": "cosine, whole_lesson",
        "plain_sentence": "cosine, best_sentence",
    }
    lessons = {
        f"{prefix}_{rate}": value for prefix, label in stored.items() for rate, value in tables[label].items()
    }
    contrast = {f"{name}_{rate}": value for name, group in contrasts.items() for rate, value in group.items()}
    return {
        "lessons": lessons,
        "contrast": contrast,
        "objectives": tables["single objectives, unseen books"],
    }


def _fitted(
    corpus: Corpus, pairs: list[Pair], weights: Mapping[str, float], model: Model
) -> tuple[dict[str, float], float]:
    table = corpus.table(pairs, weights, model)
    coefficients, intercept = fit(table.only(table.weight > 0))
    named = zip(model.features, coefficients, strict=True)
    return {name: round(float(value), 4) for name, value in named}, round(intercept, 4)


def _fitted_contrast(
    corpus: Corpus, pairs: list[Pair], weights: Mapping[str, float], cases: Cases
) -> tuple[dict[str, float], float]:
    lessons = corpus.table(pairs, weights, LESSON)
    fitted = fit(lessons.only(lessons.weight > 0))
    table = contrast_table(lessons, fitted, cases, len(pairs))
    coefficients, intercept = fit(table.only(table.weight > 0))
    named = zip(FEATURES, coefficients, strict=True)
    return {name: round(float(value), 4) for name, value in named}, round(intercept, 4)


def _fingerprint(coefficients: dict[str, float], intercept: float) -> str:
    return hashlib.sha256(json.dumps([coefficients, intercept]).encode()).hexdigest()[:6]


def _write(
    fitted: dict[str, tuple[dict[str, float], float, dict[str, float]]], weights: dict[str, float]
) -> None:
    methods = {
        "alignment": "logistic regression on quality/evidence.py; a lesson's score is the mean",
        "objective": "the same, fitted to tell a lesson's objectives apart",
        "contrast": "logistic regression on a lesson's mean logit and its lead over the best rival's",
        "agreement": "logistic regression on the cosine of two texts' mean sentence vectors",
    }
    today = datetime.date.today().isoformat()
    content = {
        name: {
            "version": f"{today}.{_fingerprint(coefficients, intercept)}",
            "model": Embedder.name,
            "weights_sha256": Embedder.weights_sha256,
            "language": "en",
            "fitted_on": today,
            "method": methods[name],
            "coefficients": coefficients,
            "intercept": intercept,
            "error_rates": rates,
            "data": "568 OpenStax sections of nine books and their summaries, at 100 to 1,500 words",
            "attribution": "Fitted on objectives and text of OpenStax books, (c) Rice University, CC BY 4.0.",
            "command": "python tests/bench/calibrate_alignment.py --write",
        }
        for name, (coefficients, intercept, rates) in fitted.items()
    }
    words = {"attribution": "Counted in OpenStax books, (c) Rice University, CC BY 4.0.", "weights": weights}
    for name, value in {"calibration": content, "word_weights": words}.items():
        text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
        (_QUALITY / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
