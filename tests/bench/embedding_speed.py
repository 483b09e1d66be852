"""Lessons per CPU-second: plain sentence-transformers, one call per lesson, against one call for a course.

    python tests/bench/embedding_speed.py [--data FOLDER] [--lessons 24] [--models FOLDER]

All ways encode the same lessons with one thread in one process, and processor time is counted, so the
ratios hold on a busy machine too. The text is new to every way. ONNX and OpenVINO run where their packages
are installed (the project needs neither); they are exported with torch and OpenVINO alone.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from backends import onnx_encoder, openvino_encoder
from openstax import Section, read_sections
from sentence_transformers import SentenceTransformer
from sklearn.metrics import roc_auc_score

from courseai.quality.alignment import AlignmentScorer, LessonText
from courseai.quality.embeddings import Embedder, Vectors
from courseai.quality.packed_encoder import encode_packed
from courseai.quality.prose import sentences
from courseai.quality.weights import locate_weights

_WORDS = 300
_BATCH = 8
OURS = "courseai: scored, nothing stored"
PLAIN = "float32, sentences, call per lesson"

Encode = Callable[[list[str]], Vectors]


@dataclass(frozen=True)
class Result:
    """What one way costs and what its cosines are worth."""

    lessons_per_second: float
    """300-word lessons per second of one processor."""
    auc: float | None
    """Nearest-sentence cosine, own against sibling objectives, on the lessons of the race."""
    cosine_shift: float | None
    """Largest difference to float32 of a sentence's cosine to an objective."""


def lessons_of(folder: Path | None, count: int) -> list[LessonText]:
    """The first 300 words of two sections a chapter, chapters evenly over all books."""
    chapters: dict[tuple[str, str], list[Section]] = defaultdict(list)
    for section in read_sections(folder):
        if len(section.text.split()) >= _WORDS:
            chapters[section.book, section.chapter].append(section)
    pairs = [members[:2] for members in chapters.values() if len(members) > 1]
    chosen = pairs[:: max(1, 2 * len(pairs) // count)][: count // 2]
    return [
        LessonText(section.section_id, " ".join(section.text.split()[:_WORDS]), section.objectives)
        for pair in chosen
        for section in pair
    ]


def race(lessons: list[LessonText], folder: Path) -> dict[str, Result]:
    """Every way once, after a warm-up; `folder` takes the exported models."""
    full = SentenceTransformer(str(locate_weights()), device="cpu")
    half = SentenceTransformer(str(locate_weights()), device="cpu").to(torch.bfloat16)
    texts = sorted({text for lesson in lessons for text in _texts(lesson)})

    def torch_encoder(model: SentenceTransformer) -> Encode:
        return lambda batch: np.asarray(
            model.encode(batch, batch_size=_BATCH, show_progress_bar=False), np.float32
        )

    encoders: dict[str, Encode | None] = {
        f"float32, one call, batches of {_BATCH}": torch_encoder(full),
        f"bfloat16, one call, batches of {_BATCH}": torch_encoder(half),
        f"ONNX float32, one call, batches of {_BATCH}": onnx_encoder(full, folder, _BATCH),
        f"OpenVINO float32, one call, batches of {_BATCH}": openvino_encoder(full, folder, _BATCH, "f32"),
        f"OpenVINO bfloat16, one call, batches of {_BATCH}": openvino_encoder(full, folder, _BATCH, "bf16"),
        "float32, one call, packed": lambda batch: encode_packed(full, batch),
        "bfloat16, one call, packed": lambda batch: encode_packed(half, batch),
    }
    results = {
        "float32, whole text, call per lesson": Result(
            _rate(lessons, lambda: _whole(full, lessons)), None, None
        ),
        PLAIN: Result(_rate(lessons, lambda: _by_lesson(full, lessons)), None, None),
    }
    truth = None
    for name, encode in encoders.items():
        if encode is None:
            print(f"{name}: not installed", flush=True)
            continue
        encode(["warm up"])
        vectors: list[Vectors] = []
        rate = _rate(lessons, lambda encode=encode, vectors=vectors: vectors.append(encode(texts)))
        known = dict(zip(texts, vectors[0], strict=True))
        cosines = _cosines(lessons, known)
        truth = cosines if truth is None else truth
        shift = float(np.abs(np.concatenate(cosines) - np.concatenate(truth)).max())
        results[name] = Result(rate, _auc(lessons, known), shift)
    fresh = _fresh_embedder()
    results[OURS] = Result(_rate(lessons, lambda: AlignmentScorer(fresh).score(lessons)), None, None)
    return results


def _texts(lesson: LessonText) -> list[str]:
    return [*lesson.objectives, *sentences(lesson.content)]


def _whole(model: SentenceTransformer, lessons: list[LessonText]) -> None:
    """One call for the text, which the model cuts at 384 tokens, and one for its objectives."""
    for lesson in lessons:
        model.encode(lesson.content, show_progress_bar=False)
        model.encode(list(lesson.objectives), show_progress_bar=False)


def _by_lesson(model: SentenceTransformer, lessons: list[LessonText]) -> None:
    """What our score needs, with the library's own batches."""
    for lesson in lessons:
        model.encode(_texts(lesson), show_progress_bar=False)


def _rate(lessons: list[LessonText], run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return len(lessons) / (time.process_time() - start)


def _fresh_embedder() -> Embedder:
    """Its model is in memory and it knows no text of the lessons."""
    embedder = Embedder()
    embedder.encode(["warm up"])
    return embedder


def _cosines(lessons: list[LessonText], known: dict[str, Vectors]) -> list[Vectors]:
    return [_matrix(lesson, lesson.objectives, known).ravel() for lesson in lessons]


def _auc(lessons: list[LessonText], known: dict[str, Vectors]) -> float:
    """Lessons come as pairs of one chapter."""
    own = [_score(lesson, lesson.objectives, known) for lesson in lessons]
    foreign = [_score(lesson, lessons[index ^ 1].objectives, known) for index, lesson in enumerate(lessons)]
    return float(roc_auc_score([1] * len(own) + [0] * len(foreign), own + foreign))


def _score(lesson: LessonText, objectives: tuple[str, ...], known: dict[str, Vectors]) -> float:
    return float(_matrix(lesson, objectives, known).max(axis=1).mean())


def _matrix(lesson: LessonText, objectives: tuple[str, ...], known: dict[str, Vectors]) -> Vectors:
    wanted = np.stack([known[text] for text in objectives])
    found = np.stack([known[text] for text in sentences(lesson.content)])
    wanted = wanted / np.linalg.norm(wanted, axis=1, keepdims=True)
    return np.asarray(wanted @ (found / np.linalg.norm(found, axis=1, keepdims=True)).T)


def report(results: dict[str, Result]) -> str:
    """A Markdown table; the ratio is to plain float32, one call per lesson."""
    lines = ["| way | lessons a CPU-second | ratio | AUC | cosines move by |", "|---|---|---|---|---|"]
    plain = results[PLAIN].lessons_per_second
    for name, result in results.items():
        auc = "" if result.auc is None else f"{result.auc:.3f}"
        shift = "" if result.cosine_shift is None else f"{result.cosine_shift:.3f}"
        rate = result.lessons_per_second
        lines.append(f"| {name} | {rate:.2f} | {rate / plain:.1f} | {auc} | {shift} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--lessons", type=int, default=24)
    parser.add_argument("--models", type=Path, help="folder that keeps the exported models")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    lessons = lessons_of(arguments.data, arguments.lessons)
    with tempfile.TemporaryDirectory() as folder:
        print(report(race(lessons, arguments.models or Path(folder))))


if __name__ == "__main__":
    main()
