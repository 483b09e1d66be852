"""Lessons per second: plain sentence-transformers, one call per lesson, against one call for a course.

    python tests/bench/embedding_speed.py [--data FOLDER] [--lessons 24] [--threads 1]

All ways take turns on the same lessons in one process, so their ratios hold on a busy machine too. The
text is new to every way; what a second validation of the same lessons encodes is counted at the end.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import torch
from openstax import read_sections
from sentence_transformers import SentenceTransformer

from courseai.quality.alignment import AlignmentScorer, LessonText
from courseai.quality.embeddings import Embedder
from courseai.quality.prose import sentences
from courseai.quality.weights import locate_weights

_WORDS = 300
_TURNS = 3
_BATCHES = (8, 16, 32)


def lessons_of(folder: Path | None, count: int) -> list[LessonText]:
    """The first 300 words of sections of all books."""
    sections = [section for section in read_sections(folder) if len(section.text.split()) >= _WORDS]
    chosen = sections[:: len(sections) // count][:count]
    return [
        LessonText(section.section_id, " ".join(section.text.split()[:_WORDS]), section.objectives)
        for section in chosen
    ]


def plain_whole(model: SentenceTransformer, lessons: list[LessonText]) -> None:
    """One call for the text, which the model cuts at 384 tokens, and one for its objectives."""
    for lesson in lessons:
        model.encode(lesson.content, show_progress_bar=False)
        model.encode(list(lesson.objectives), show_progress_bar=False)


def plain_sentences(model: SentenceTransformer, lessons: list[LessonText]) -> None:
    """One call per lesson and objective, with the library's batches of 32: what our score would cost."""
    for lesson in lessons:
        for objective in lesson.objectives:
            model.encode([objective, *sentences(lesson.content)], show_progress_bar=False)


def sentences_once(model: SentenceTransformer, lessons: list[LessonText]) -> None:
    """One call per lesson."""
    for lesson in lessons:
        model.encode([*lesson.objectives, *sentences(lesson.content)], show_progress_bar=False)


def batched(batch: int) -> Callable[[SentenceTransformer, list[LessonText]], None]:
    """Everything in one call, equal texts once."""

    def encode(model: SentenceTransformer, lessons: list[LessonText]) -> None:
        texts = {text for lesson in lessons for text in (*lesson.objectives, *sentences(lesson.content))}
        model.encode(sorted(texts), batch_size=batch, show_progress_bar=False)

    return encode


def main() -> None:
    """Print lessons per second and the ratio to each plain way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--lessons", type=int, default=24)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    lessons = lessons_of(arguments.data, arguments.lessons)
    seconds = _race(lessons)
    base = {name: taken for name, taken in seconds.items() if name.startswith("plain")}
    for name, taken in seconds.items():
        ratios = ", ".join(f"{other / taken:4.1f}" for other in base.values())
        print(f"{name:44s} {len(lessons) / taken:6.2f} lessons/s   ratio to the plain ways: {ratios}")
    print(f"second validation: {_second_validation(lessons)} texts encoded")


def _race(lessons: list[LessonText]) -> dict[str, float]:
    """Best of the turns in seconds, by way."""
    folder = str(locate_weights())
    full = SentenceTransformer(folder, device="cpu")
    half = SentenceTransformer(folder, device="cpu").to(torch.bfloat16)
    ways: dict[str, Callable[[], object]] = {
        "plain float32, whole text, call per lesson": lambda: plain_whole(full, lessons),
        "plain float32, sentences, call per objective": lambda: plain_sentences(full, lessons),
        "plain float32, sentences, call per lesson": lambda: sentences_once(full, lessons),
    }
    for size in _BATCHES:
        way = batched(size)
        ways[f"float32, one call, batches of {size}"] = lambda way=way: way(full, lessons)
        ways[f"bfloat16, one call, batches of {size}"] = lambda way=way: way(half, lessons)
    ways["courseai: scored, nothing stored"] = lambda: AlignmentScorer(_warm()).score(lessons)
    half.encode(["warm up"])
    full.encode(["warm up"])
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(_TURNS):
        for name, run in ways.items():
            best[name] = min(best[name], _timed(run))
    return best


_SHARED = Embedder()


def _warm() -> Embedder:
    """An embedder that knows no text, around the model that is already in memory."""
    _SHARED.encode(["warm up"])
    fresh = Embedder()
    fresh._model = _SHARED._model
    return fresh


def _timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _second_validation(lessons: list[LessonText]) -> int:
    embedder = _warm()
    scorer = AlignmentScorer(embedder)
    scorer.score(lessons)
    before = embedder.encoded_count
    scorer.score(lessons)
    return embedder.encoded_count - before


if __name__ == "__main__":
    main()
