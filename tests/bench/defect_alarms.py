"""How often the checks without a model raise an alarm on real textbook sections, where none is due.

    python tests/bench/defect_alarms.py --sections 100

Reads the OpenStax sections (COURSEAI_DATA or --data; default ../shared/data). Each section is checked
alone, and each book as a course whose sections are its chapters. Alarms are shown, for people to judge.
With --course and --analysis a finished course.json and the document it was made from are checked instead.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from courseai.quality.defect import Defect
from courseai.quality.duplicate import LessonSource
from courseai.quality.fact import compare, is_doubtful, lesson_sentences
from courseai.quality.lesson_check import References, check_course, check_lesson, course_defects
from courseai.quality.quantity import quantities


def main() -> None:
    """Print the alarms, and the counts."""
    options = _options()
    if options.course:
        _report("course", *_course(options.course, options.analysis))
    else:
        _report_textbooks(Path(options.data), options.sections)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default=os.environ.get("COURSEAI_DATA", "../shared/data"))
    parser.add_argument(
        "--sections", type=int, default=100, help="sections checked alone, spread over the books"
    )
    parser.add_argument("--course", type=Path, help="a finished course.json instead")
    parser.add_argument("--analysis", type=Path, help="the document that the course was made from")
    return parser.parse_args()


def _report_textbooks(data: Path, count: int) -> None:
    with gzip.open(data / "openstax-dev.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    step = max(1, len(rows) // count)
    alone = rows[::step][:count]
    check_lesson(_source(alone[0]), References())
    started = time.perf_counter()
    found = [check_lesson(_source(row), References()) for row in alone]
    seconds = time.perf_counter() - started
    _report(
        f"{len(alone)} sections",
        [d for check in found for d in check.defects],
        Counter(f"{claim.kind} {claim.status}" for check in found for claim in check.claims),
    )
    print(f"{1000 * seconds / len(alone):.0f} ms a section of {_mean_words(alone):.0f} words on average")
    books = list(_books(rows))
    between = [defect for book in books for defect in course_defects(book, References())]
    _report(f"{len(rows)} sections as {len(books)} courses", between, Counter())
    _report_facts(alone)


def _report_facts(rows: list[dict[str, Any]]) -> None:
    """Take sentences as facts: are they known again, also with another number? What do neighbours say?"""
    own, changed, others, false, doubted = Counter[str](), Counter[str](), 0, [], []
    for row in rows:
        sentences = lesson_sentences(row["text"], "en")
        for place, fact in [pair for pair in enumerate(sentences) if _is_like_a_fact(pair[1])][:10]:
            own[str(compare(fact, fact))] += 1
            changed[str(compare(_with_another_number(fact), fact))] += 1
            rest = [other for other in sentences[max(0, place - 100) : place + 100] if other != fact]
            others += len(rest)
            false += [(fact, other) for other in rest if compare(other, fact) == "contradicted"]
            doubted += [(fact, other) for other in rest if is_doubtful(other, fact)]
    print(f"\n{own.total()} sentences as facts\n  themselves: {dict(own)}\n  another number: {dict(changed)}")
    print(f"  contradicted by one of the {others} other sentences around them: {len(false)}")
    print(f"  facts that this concerns: {len({fact for fact, _ in false})}")
    for fact, other in false:
        print(f"    fact: {fact}\n    said: {other}")
    print(f"  called altered: {len(doubted)}")
    for fact, other in doubted:
        print(f"    fact: {fact}\n    said: {other}")


def _is_like_a_fact(sentence: str) -> bool:
    """One number and 8 to 25 words, no question and no example."""
    is_plain = 8 <= len(sentence.split()) <= 25 and sentence.endswith(".") and sentence.count("(") == 0
    return is_plain and len(re.findall(r"(?<![\w.])\d+(?:[.,]\d+)*(?!\w)", sentence)) == 1 == len(
        quantities(sentence)
    )


def _with_another_number(sentence: str) -> str:
    """The number's last digit raised by one, or 8 where it was 9."""
    number = re.search(r"(?<![\w.])\d+(?:[.,]\d+)*(?!\w)", sentence)
    assert number
    digit = int(sentence[number.end() - 1])
    return f"{sentence[: number.end() - 1]}{digit + 1 if digit < 9 else 8}{sentence[number.end() :]}"


def _books(rows: list[dict[str, Any]]) -> Iterator[list[LessonSource]]:
    books: dict[str, list[LessonSource]] = defaultdict(list)
    for row in rows:
        books[row["book"]].append(_source(row))
    yield from books.values()


def _source(row: dict[str, Any]) -> LessonSource:
    return LessonSource(row["id"], row["chapter"], row["text"], tuple(row["objectives"]))


def _mean_words(rows: list[dict[str, Any]]) -> float:
    return sum(len(row["text"].split()) for row in rows) / len(rows)


def _course(path: Path, analysis: Path | None) -> tuple[list[Defect], Counter[str]]:
    course = json.loads(path.read_text("utf-8"))
    document = json.loads(analysis.read_text("utf-8")) if analysis else {}
    guidance = document.get("generation_guidance", {})
    references = References(
        document.get("verifiable_facts", ()), guidance.get("glossary", {}), guidance.get("avoid_jargon", ())
    )
    lessons = [
        LessonSource(
            lesson["lesson_id"], section["section_id"], lesson["content"], tuple(lesson["objectives"])
        )
        for section in course["sections"]
        for lesson in section["lessons"]
    ]
    checks = check_course(lessons, references, course["language"]).values()
    claims = Counter(f"{claim.kind} {claim.status}" for check in checks for claim in check.claims)
    return [defect for check in checks for defect in check.defects], claims


def _report(title: str, defects: list[Defect], claims: Counter[str]) -> None:
    print(f"\n{title}")
    for defect in defects:
        print(
            f"  {defect.severity} {defect.code} {defect.lesson_id}: {defect.message[:80]} | {defect.evidence}"
        )
    print(f"  alarms: {dict(Counter(f'{d.code} ({d.severity})' for d in defects))}")
    print(f"  claims: {dict(claims)}")


if __name__ == "__main__":
    main()
