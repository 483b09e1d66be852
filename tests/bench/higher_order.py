"""Whether similarity says less of higher-order objectives: what the judge's rule for them rests on.

    python tests/bench/higher_order.py [--data FOLDER] [--sections 60]

Sections drawn by chance among those with an objective at Analyze or above, their first 700 words. Each
objective is scored with its own section and with the section's neighbour in the chapter.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from pathlib import Path

from openstax import Section, read_sections

from courseai.course.bloom import bloom_level, bloom_rank
from courseai.course.metadata import BloomLevel
from courseai.course.policy import default_policy
from courseai.quality.alignment import AlignmentScorer, LessonText
from courseai.quality.embeddings import Embedder, VectorStore
from courseai.quality.judging import judge_cause

_WORDS = 700
_HIGHER_ORDER = bloom_rank(BloomLevel.ANALYZE)


def is_higher_order(objective: str) -> bool:
    """True at Analyze and above; False where no level is known."""
    level = bloom_level(objective, "en")
    return level is not None and bloom_rank(level) >= _HIGHER_ORDER


def chosen_pairs(folder: Path | None, count: int) -> list[tuple[Section, Section]]:
    """Sections with such an objective, each with its neighbour."""
    chapters: dict[tuple[str, str], list[Section]] = defaultdict(list)
    for section in read_sections(folder):
        chapters[section.book, section.chapter].append(section)
    pairs = [
        (section, members[(place + 1) % len(members)])
        for members in chapters.values()
        if len(members) > 1
        for place, section in enumerate(members)
        if any(map(is_higher_order, section.objectives))
    ]
    return random.Random(0).sample(pairs, min(count, len(pairs)))


def lesson(text_of: Section, objectives_of: Section) -> LessonText:
    """The first words of one section with the objectives of another."""
    return LessonText(text_of.section_id, " ".join(text_of.text.split()[:_WORDS]), objectives_of.objectives)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of openstax-dev.jsonl.gz")
    parser.add_argument("--sections", type=int, default=60)
    arguments = parser.parse_args()
    pairs = chosen_pairs(arguments.data, arguments.sections)
    scorer, policy = AlignmentScorer(Embedder(store=VectorStore())), default_policy()
    own = scorer.score([lesson(section, section) for section, _ in pairs])
    foreign = scorer.score([lesson(neighbour, section) for section, neighbour in pairs])
    print(f"{len(pairs)} sections. Objectives from {policy.alignment.accept} on, alone:\n")
    for name, wanted in (("Analyze and above", True), ("below", False)):
        shares = []
        for scores in (own, foreign):
            found = [one for score in scores for one in score.per_objective]
            kind = [one for one in found if is_higher_order(one.objective) is wanted]
            passed = sum((one.probability or 0.0) >= policy.alignment.accept for one in kind)
            shares.append(f"{passed} of {len(kind)} ({passed / len(kind):.0%})")
        print(f"{name}: own section {shares[0]}, neighbour {shares[1]}")
    accepted = [score for score in own if (score.score or 0.0) >= policy.alignment.accept]
    unjudged = sum(judge_cause(score, "en", policy) is None for score in accepted)
    print(f"\nOf {len(accepted)} accepted lessons {unjudged} need no judge.")


if __name__ == "__main__":
    main()
