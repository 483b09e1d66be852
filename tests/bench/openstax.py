"""Lessons of the product's length made from textbook sections, for fitting and measuring.

OpenStax material: (c) Rice University, CC BY 4.0; each row of the data names its book and commit.
"""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from courseai.quality.prose import sentences

DEFAULT_FOLDER = Path(__file__).parents[2] / ".." / "shared" / "data"
FILE_NAME = "openstax-dev.jsonl.gz"
SHORTEST, LONGEST = 100, 1_500
"""Words of a lesson that the product makes."""
_SMALLEST_SHARE = 0.25
_PASSAGE = 4


@dataclass(frozen=True)
class Section:
    """One textbook section as published."""

    section_id: str
    book: str
    chapter: str
    title: str
    objectives: tuple[str, ...]
    text: str
    summary: str


@dataclass(frozen=True)
class Sample:
    """A text of the product's length that teaches its section's objectives."""

    section: Section
    kind: str
    """'section' as published, 'condensed' from a longer one, or its author's 'summary'."""
    sentences: tuple[str, ...]

    @property
    def words(self) -> int:
        """Length of the sample."""
        return _count(self.sentences)


def read_sections(folder: Path | None = None) -> list[Section]:
    """All sections of the file; the folder may come from COURSEAI_DATA."""
    path = (folder or Path(os.environ.get("COURSEAI_DATA", DEFAULT_FOLDER))) / FILE_NAME
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [_section(json.loads(line)) for line in lines]


def _section(row: dict[str, object]) -> Section:
    return Section(
        section_id=str(row["id"]),
        book=str(row["book"]),
        chapter=str(row["chapter"]),
        title=str(row["title"]),
        objectives=tuple(row["objectives"]),  # type: ignore[arg-type]
        text=str(row["text"]),
        summary=str(row["summary"] or ""),
    )


def samples(sections: list[Section], seed: int = 0) -> Iterator[Sample]:
    """Every section once, condensed if it is too long, and every summary that is long enough."""
    chance = random.Random(seed)
    for section in sections:
        text = sentences(section.text)
        words = _count(text)
        if words > LONGEST:
            target = chance.uniform(_SMALLEST_SHARE * words, LONGEST)
            yield Sample(section, "condensed", tuple(condense(text, target)))
        elif words >= SHORTEST:
            yield Sample(section, "section", tuple(text))
        summary = sentences(section.summary)
        if SHORTEST <= _count(summary) <= LONGEST:
            yield Sample(section, "summary", tuple(summary))


def condense(text: list[str], words: float) -> list[str]:
    """Passages of four sentences, evenly spaced, so that every part of the section stays in.

    One window of a long section would leave out whole objectives; choosing sentences by likeness to
    the objectives would make the data easier than it is.
    """
    passages = [text[start : start + _PASSAGE] for start in range(0, len(text), _PASSAGE)]
    count = max(1, round(len(passages) * words / max(1, _count(text))))
    step = len(passages) / count
    return [line for index in range(count) for line in passages[int(index * step)]]


def _count(text: list[str] | tuple[str, ...]) -> int:
    return sum(len(sentence.split()) for sentence in text)
