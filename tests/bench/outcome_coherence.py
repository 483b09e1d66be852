"""Measures the cut-offs of quality/coherence.py on textbook chapters taken as courses.

    python tests/bench/outcome_coherence.py [--data FOLDER]

The topic of such a course is the book's title with the chapter's first section title, its areas are the
section titles, its outcomes the objectives; the description joins the titles. An outcome is compared with
topic, description, areas and the other objectives. Strangers are outcomes of another book, and the
description of another book's chapter.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from pathlib import Path

import numpy as np
from openstax import Section, read_sections

from courseai.quality.coherence import DESCRIPTION_CUT_OFF, OUTCOME_CUT_OFF, nearest_cosines
from courseai.quality.embeddings import Embedder, VectorStore


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path)
    chapters = by_chapter(read_sections(parser.parse_args().data))
    embedder, chance = Embedder(store=VectorStore()), random.Random(0)
    own: dict[str, list[float]] = defaultdict(list)
    strange: dict[str, list[float]] = defaultdict(list)
    for sections in chapters:
        other = chance.choice([c for c in chapters if c[0].book != sections[0].book])
        titles = [section.title for section in sections]
        context = [topic(sections), description(sections), *titles]
        for place, outcome in enumerate(objectives(sections)):
            others = objectives(sections)[:place] + objectives(sections)[place + 1 :]
            own["outcome"] += nearest_cosines([outcome], [*context, *others], embedder)
        everything = [*context, *objectives(sections)]
        strange["outcome"] += nearest_cosines(objectives(other), everything, embedder)
        own["description"] += nearest_cosines([description(sections)], context[:1], embedder)
        strange["description"] += nearest_cosines([description(other)], context[:1], embedder)
    for name, cut_off in (("outcome", OUTCOME_CUT_OFF), ("description", DESCRIPTION_CUT_OFF)):
        good, bad = np.array(own[name]), np.array(strange[name])
        print(f"{name}: own {len(good)}, strange {len(bad)}")
        for cut in sorted({cut_off, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35}):
            low, caught = (good < cut).mean(), (bad < cut).mean()
            print(f"  below {cut:.2f}: {low:.4f} of own, {caught:.4f} of strangers")


def by_chapter(sections: list[Section]) -> list[list[Section]]:
    """Chapters of at least two sections."""
    found: dict[tuple[str, str], list[Section]] = defaultdict(list)
    for section in sections:
        found[section.book, section.chapter].append(section)
    return [chapter for chapter in found.values() if len(chapter) > 1]


def topic(sections: list[Section]) -> str:
    return f"{sections[0].book}: {sections[0].title}"


def description(sections: list[Section]) -> str:
    """What the chapter holds, without its first title, which the topic already has."""
    return f"{'; '.join(section.title for section in sections[1:])}."


def objectives(sections: list[Section]) -> list[str]:
    return [objective for section in sections for objective in section.objectives]


if __name__ == "__main__":
    main()
