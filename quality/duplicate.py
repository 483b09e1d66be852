"""Near-duplicate lessons, by the cosine of their TF-IDF vectors over the course, function words left out.

Among textbook sections written by people, those of different chapters stay below 0.25 and those of one
chapter below 0.5 in 99 of 100 pairs (docs/checks.md). So lessons are flagged from 0.45 across sections
and from 0.6 within one, and from 0.85, which no two of them reach, one is a copy of the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from courseai.quality.embeddings import Vectors
from courseai.quality.lesson_markup import lesson_blocks
from courseai.quality.subject import is_function_word, subject_words

_WORD = re.compile(r"[^\W\d_]{2,}")
ACROSS_SECTIONS = 0.45
WITHIN_SECTION = 0.6
COPY = 0.85
_FEWEST_WORDS = 20
"""Content words below which two texts are too short to be compared."""


@dataclass(frozen=True)
class LessonSource:
    """A lesson as the checks see it."""

    lesson_id: str
    section_id: str
    content: str
    """Markdown."""
    objectives: tuple[str, ...] = ()
    alignment: float | None = None
    """Chance in [0, 1] that it teaches its objectives, where that is known."""


@dataclass(frozen=True)
class NearDuplicate:
    """Two lessons that say nearly the same."""

    lesson_id: str
    """The one that fits its own objectives less; the later one where both fit alike."""
    original_id: str
    cosine: float
    """In [0, 1]."""


def near_duplicates(lessons: Sequence[LessonSource], language: str = "en") -> list[NearDuplicate]:
    """Every pair from the thresholds on; quadratic in memory, for the 300 lessons that a course may have."""
    texts = [" ".join(block.text for block in lesson_blocks(lesson.content)) for lesson in lessons]
    long_enough = [i for i, text in enumerate(texts) if len(subject_words(text, language)) >= _FEWEST_WORDS]
    if len(long_enough) < 2:
        return []
    cosines = _cosines([texts[i] for i in long_enough])
    rows, columns = np.nonzero(np.triu(cosines >= ACROSS_SECTIONS, k=1))
    pairs = [
        (lessons[long_enough[a]], lessons[long_enough[b]], float(cosines[a, b]))
        for a, b in zip(rows, columns, strict=True)
    ]
    return [
        _pair(first, second, cosine, language)
        for first, second, cosine in pairs
        if cosine >= (WITHIN_SECTION if first.section_id == second.section_id else ACROSS_SECTIONS)
    ]


def _cosines(texts: list[str]) -> Vectors:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(analyzer=_content_words).fit_transform(texts)
    return np.asarray((vectors @ vectors.T).toarray(), dtype=np.float32)


def _content_words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.casefold()) if not is_function_word(word)]


def _pair(first: LessonSource, second: LessonSource, cosine: float, language: str) -> NearDuplicate:
    known = first.alignment is not None and second.alignment is not None
    fits = [one.alignment or 0.0 if known else _fit(one, language) for one in (first, second)]
    copied = first if fits[0] < fits[1] else second
    original = second if copied is first else first
    return NearDuplicate(copied.lesson_id, original.lesson_id, round(cosine, 4))


def _fit(lesson: LessonSource, language: str) -> float:
    """Share of the objectives' content words that the lesson uses, in [0, 1]."""
    wanted = subject_words(" ".join(lesson.objectives), language)
    return len(wanted & subject_words(lesson.content, language)) / len(wanted) if wanted else 0.0
