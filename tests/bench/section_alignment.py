"""Which number stands for a section at its gates: the mean of its lessons, or the lowest?

    python tests/bench/section_alignment.py prose     # textbook sections, no author
    python tests/bench/section_alignment.py author --editions 3

`prose` puts neighbouring modules of a textbook chapter together as the lessons of a section, as written, and
with the text of one lesson taken from another chapter of the same book; it counts what each rule accepts.
`author` makes courses with the offline author, which strays with one lesson of a section now and then, and
counts what each rule costs and lets through.

OpenStax material: (c) Rice University, CC BY 4.0; each row of the data names its book and commit.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import torch
from course_bench import Json, Run, edition, english_courses, policy_with, profile, run_course, table
from openstax import Sample, read_sections, samples

from courseai.course.policy import default_policy
from courseai.models.ledger import totals
from courseai.models.offline.phrases import phrases_for
from courseai.models.offline.settings import OfflineSettings
from courseai.quality.alignment import AlignmentScorer, LessonText
from courseai.quality.draft_check import section_alignment
from courseai.quality.embeddings import Embedder, VectorStore

Rule = Literal["mean", "lowest"]
RULES: tuple[Rule, ...] = get_args(Rule)
CUT_OFFS = {rule: default_policy().alignment.model_copy(update={"section": rule}) for rule in RULES}
STRAYED = {topic for subject in phrases_for("en").phrases.off_topic for topic in subject.topics}
STRAY_SHARES = {"openai/gpt-oss-20b": 1.0, "openai/gpt-oss-120b": 0.4, "qwen/qwen3-max": 0.1}
"""How often each model strays with a lesson, as a part of how often oss_20b does."""


@dataclass(frozen=True)
class Scored:
    """The lessons of a section and their alignments, as written and with one of them about something else."""

    right: tuple[float, ...]
    wrong: tuple[float, ...]


def chapters(found: Sequence[Sample]) -> Iterator[list[Sample]]:
    """The modules of each chapter, in order."""
    for _, rows in itertools.groupby(found, key=lambda each: (each.section.book, each.section.chapter)):
        yield list(rows)


def scored(found: Sequence[Sample], lessons: int, scorer: AlignmentScorer) -> Iterator[Scored]:
    """Every run of so many neighbouring modules; sections do not overlap."""
    for modules in chapters(found):
        for start in range(0, len(modules) - lessons + 1, lessons):
            section = modules[start : start + lessons]
            own = [" ".join(each.sentences) for each in section]
            chance = random.Random(f"{lessons} {section[0].section.section_id}")
            others = [
                each
                for each in found
                if each.section.book == section[0].section.book
                and each.section.chapter != section[0].section.chapter
            ]
            changed = list(own)
            changed[chance.randrange(lessons)] = " ".join(chance.choice(others).sentences)
            yield Scored(_alignments(section, own, scorer), _alignments(section, changed, scorer))


def _alignments(
    section: Sequence[Sample], texts: Sequence[str], scorer: AlignmentScorer
) -> tuple[float, ...]:
    objectives = [each.section.objectives for each in section]
    lessons = [
        LessonText(str(place), text, objectives[place], (*objectives[:place], *objectives[place + 1 :]))
        for place, text in enumerate(texts)
    ]
    return tuple(found.score or 0.0 for found in scorer.score(lessons))


def show_prose(data: Path | None) -> None:
    """Shares of right and of wrong sections that each rule accepts, by the lessons of a section."""
    found = [each for each in samples(read_sections(data)) if each.kind != "summary"]
    scorer = AlignmentScorer(Embedder(store=VectorStore()))
    rows = []
    for lessons in (2, 3, 4, 5):
        sections = list(scored(found, lessons, scorer))
        cells = [
            f"{_accepted([one.right for one in sections], rule):.0%} / "
            f"{_accepted([one.wrong for one in sections], rule):.0%}"
            for rule in RULES
        ]
        rows.append([f"{lessons}", f"{len(sections)}", *cells])
        print(" ".join(rows[-1]), file=sys.stderr, flush=True)
    table(["lessons", "sections", *RULES], rows)
    print(
        "\nAccepted, with or without a flag: right sections / sections with one lesson about something else."
    )


def _accepted(sections: Sequence[Sequence[float]], rule: Rule) -> float:
    scores = [section_alignment(section, CUT_OFFS[rule]) or 0.0 for section in sections]
    return sum(score >= CUT_OFFS[rule].accept_with_flag for score in scores) / len(scores)


@dataclass
class Count:
    """Sums over runs under one rule."""

    sections: int = 0
    escalated: int = 0
    left_wrong: int = 0
    """Sections that left the cascade accepted, with a lesson about something else."""
    drafting_usd: float = 0.0
    after_usd: float = 0.0
    """Judges and rewrites."""
    planned: int = 0
    accepted: int = 0
    passed_wrong: int = 0
    """Lessons about something else that have a passing verdict in the end."""

    async def add(self, run: Run) -> None:
        """Count one run."""
        drafting = [call for call in run.calls if call.purpose in ("draft", "fill")]
        self.drafting_usd += totals(drafting)["cost_usd"]
        after = [call for call in run.calls if call.purpose in ("judge", "rewrite")]
        self.after_usd += totals(after)["cost_usd"]
        self.planned += run.planned_lessons
        self.accepted += run.accepted_lessons
        for section in run.sections:
            self.sections += 1
            self.escalated += section["escalations"] > 0
            ref = section["drafts"][-1]["ref"]
            body = await run.drafts.get(ref) if ref else {"lessons": []}
            strayed = any(_is_stray(lesson) for lesson in body["lessons"])
            self.left_wrong += section["status"] != "flagged" and strayed
        written = [
            lesson
            for section in (run.course or {"sections": []})["sections"]
            for lesson in section["lessons"]
        ]
        wrong = {lesson["lesson_id"] for lesson in written if _is_stray(lesson)}
        self.passed_wrong += len(wrong & run.passed)


def _is_stray(lesson: Json) -> bool:
    """Whether it has only topics that the offline author strays to."""
    return set(lesson["key_topics"]) <= STRAYED


def straying(share: float) -> OfflineSettings:
    """The assumed profile, with models that stray with one lesson of a section."""
    settings = profile("assumed")
    models = {
        name: model.model_copy(update={"stray_lesson_share": share * STRAY_SHARES.get(name, 0.2)})
        for name, model in settings.models.items()
    }
    return settings.model_copy(update={"models": models})


async def show_author(editions: int, shares: Sequence[float]) -> None:
    """One row for each rule at each share of sections with a stray lesson."""
    embedder = Embedder(store=VectorStore())
    courses: dict[str, Json] = english_courses()
    rows = []
    for share, rule in itertools.product(shares, RULES):
        count = Count()
        for number, document in itertools.product(range(editions), courses.values()):
            policy = policy_with(alignment={"section": rule})
            await count.add(await run_course(edition(document, number), policy, straying(share), embedder))
        rows.append(_row(share, rule, count))
        print(" ".join(rows[-1]), file=sys.stderr, flush=True)
    columns = "one lesson strays", "rule", "sections", "escalated", "left the cascade wrong", "drafting"
    table([*columns, "judging and rewriting", "together", "wrong lessons passed", "lessons accepted"], rows)
    print("\nDrafting, judging and rewriting in USD per 1,000 planned lessons.")


def _row(share: float, rule: Rule, count: Count) -> list[str]:
    drafting, after = 1000 * count.drafting_usd / count.planned, 1000 * count.after_usd / count.planned
    return [
        f"{share:.0%}",
        rule,
        f"{count.sections}",
        f"{count.escalated / count.sections:.0%}",
        f"{count.left_wrong}",
        f"{drafting:.3f}",
        f"{after:.3f}",
        f"{drafting + after:.3f}",
        f"{count.passed_wrong}",
        f"{count.accepted / count.planned:.1%}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=["prose", "author"])
    parser.add_argument("--data", type=Path, help="folder of openstax-dev.jsonl.gz")
    parser.add_argument("--editions", type=int, default=3, help="how often each course is generated")
    parser.add_argument("--stray", type=float, nargs="+", default=[0.1, 0.3])
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.part == "prose":
        show_prose(options.data)
    else:
        asyncio.run(show_author(options.editions, options.stray))


if __name__ == "__main__":
    main()
