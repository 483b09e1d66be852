"""Kill runs with SIGKILL at random moments, resume them, and compare with a run that was left alone.

    python -m tests.bench.kill_campaign --kills 30 --database sqlite postgresql --sections 8 40

Each life of a run is a process of its own (tests/service/lives.py); moments are uniform over a quarter of
the time that an unkilled run takes, so that a life rarely finishes a course. What is checked after each kill
and at the end: tests/service/killing.py. The contract allows 30 sections; these processes lift that for 40.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from tests.bench.course_bench import SAMPLES
from tests.postgres import make_server
from tests.service.killing import Course, Tally, added, kill_until_done
from tests.service.lives import PRELOADED, PROCESSES, counted_author

Json = dict[str, object]
SLOWEST_S = 0.15
"""The model's slowest answer."""
SHARE = 4
"""A life lasts up to this part of the time that the whole course takes, but at least 2 s."""


def document_of(sections: int) -> Json:
    """The English sample with its sections again and again, each time for another part of the subject."""
    document = json.loads((SAMPLES / "programming_beginner.json").read_bytes())
    structure = document["recommended_structure"]
    models = structure["sections_breakdown"]
    made = [_section(models[i % len(models)], i, len(models)) for i in range(sections)]
    structure |= {
        "sections_breakdown": made,
        "total_sections": sections if sections <= 30 else None,
        "total_lessons": sum(section["estimated_lessons"] for section in made),
    }
    for key in ("estimated_content_hours", "lesson_duration_minutes", "calculation_explanation"):
        structure.pop(key, None)
    if structure["total_sections"] is None:
        del structure["total_sections"]
    document["verifiable_facts"] = []
    return document


def _section(model: dict, number: int, models: int) -> dict:
    part = number // models
    words = f" (part {part + 1})" if part else ""
    return {
        "section_id": f"s{number + 1}",
        "area": model["area"] + words,
        "importance": model["importance"],
        "estimated_lessons": 2,
        "learning_objectives": [text + words for text in model["learning_objectives"]],
        "key_topics": [text + words for text in model["key_topics"]],
    }


def main() -> None:
    """Run the campaign and print its counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=30, help="at least so many for each database and size")
    parser.add_argument("--sections", type=int, nargs="+", default=[8, 40])
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report", type=Path, help="write the table to this file as well")
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    PROCESSES.set_forkserver_preload(["tests.bench.many_sections", *PRELOADED])
    rows: list[tuple[str, Tally]] = []
    for sections in options.sections:
        for database in options.database:
            tally, seconds = campaign(database, sections, options.kills, random.Random(options.seed))
            rows.append((f"{database}, {sections} sections", tally))
            print(row(*rows[-1]), f"{seconds:.0f} s", flush=True)
            if options.report:
                options.report.write_text(report(rows, sys.argv[1:]))
    total = added([tally for _, tally in rows])
    print(row("together", total))
    sys.exit(0 if total.is_clean else 1)


def campaign(database: str, sections: int, kills: int, chance: random.Random) -> tuple[Tally, float]:
    """Courses until there were so many kills; gives the counts and the seconds it took."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, stores(database) as environment_of:
        document = Path(folder) / "analysis.json"
        document.write_text(json.dumps(document_of(sections)))
        served = Path(folder) / "served.txt"
        with counted_author(served, SLOWEST_S) as url:
            # One server for all: the course names who wrote it.
            made = [_course(Path(folder), name, document, url, served, environment_of) for name in ("a", "b")]
            life_s = [course.life_s() for course in made][1]
            unkilled, again = ((course.out / "course.json").read_bytes() for course in made)
            assert unkilled == again, "the unkilled runs differ"
            tallies: list[Tally] = []
            while sum(tally.kills for tally in tallies) < kills:
                name = f"killed{len(tallies)}"
                course = _course(Path(folder), name, document, url, served, environment_of)
                tallies.append(kill_until_done(course, unkilled, max(life_s / SHARE, 2.0), chance))
    return added(tallies), time.monotonic() - started


def _course(  # noqa: PLR0917
    folder: Path, name: str, document: Path, url: str, served: Path, environment_of
) -> Course:
    home = folder / name
    home.mkdir()
    served.write_text("")
    environment = {"COURSEAI_HOME": str(home / "store"), **environment_of(name)}
    return Course(home, document, url, served, environment)


@contextmanager
def stores(database: str) -> Iterator:
    """Gives a function from a name to the environment of a new store."""
    if database == "sqlite":
        yield lambda _name: {}
        return
    with tempfile.TemporaryDirectory(prefix="courseai-postgres-", ignore_cleanup_errors=True) as folder:
        server = make_server(Path(folder))
        server.start()
        try:
            yield lambda _name: {"COURSEAI_DATABASE_URL": server.new_database()}
        finally:
            server.stop()


COLUMNS = (
    "courses",
    "kills",
    "calls answered",
    "answers served",
    "in flight at a kill",
    "of these paid again",
    "finished calls paid again",
    "answers unaccounted for",
    "accepted sections lost",
    "bills above the charge",
    "courses that differ",
)


def row(name: str, tally: Tally) -> str:
    """One row of the table, in Markdown; the columns are the tally's in their order."""
    counts = [value for value in vars(tally).values() if isinstance(value, int)]
    return " | ".join(["", name, *map(str, counts), ""]).strip()


def report(rows: list[tuple[str, Tally]], arguments: list[str]) -> str:
    """The report as it is kept in the repository."""
    total = added([tally for _, tally in rows])
    head = ["", "store and course", *COLUMNS, ""]
    lines = [
        "# Kills",
        "",
        f"`python -m tests.bench.kill_campaign {' '.join(arguments)}`, {date.today()}, "
        f"{os.cpu_count()}-core {platform.machine()}, Python {platform.python_version()}.",
        "",
        " | ".join(head).strip(),
        "|" + "---|" * (len(head) - 2),
        *(row(name, tally) for name, tally in [*rows, ("together", total)]),
        "",
        "The last five columns have to be 0. Calls answered are those in the journal at the end, answers",
        "served are the server's own count; the difference is what was paid again, never more than what",
        "was in flight. After each kill the server's own bill is compared with what the journal counts",
        "against the ceiling. Courses are compared byte by byte with one that was left alone.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
