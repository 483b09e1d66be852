"""A small course in which any text can be planted, and the command line in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.graph.conftest import shortened

ROOT = Path(__file__).parents[2]
INPUTS = ROOT / "tests" / "data" / "inputs"
Json = dict[str, Any]


def exercise(kind: str, text: str, number: int) -> Json:
    """One exercise of a kind, with `text` wherever a model writes."""
    return {
        "exercise_id": f"s1-l1-e{number}",
        "type": kind,
        "type_label": text,
        "question": text,
        "options": [text, "another option", f"{text}!"],
        "pairs": [{"left": text, "right": "first"}, {"left": "second", "right": text}],
        "answer": [text],
        "rubric": [text],
        "explanation": text,
    }


def course_of(text: str, language: str = "en") -> Json:
    """A course with one lesson and `text` in every place that a model or an input fills."""
    kinds = ["multiple_choice", "true_false", "matching", "fill_in_the_blank", "ordering", "code", "essay"]
    lesson = {
        "lesson_id": "s1-l1",
        "number": 1,
        "title": text,
        "objectives": [text],
        "key_topics": [text, text],
        "content": text,
        "minutes": 20,
        "exercises": [exercise(kind, text, number) for number, kind in enumerate(kinds, 1)],
    }
    section = {
        "section_id": "s1",
        "title": text,
        "objectives": [text],
        "prerequisites": [text],
        "difficulty": "beginner",
        "lessons": [lesson],
    }
    outcome = {"text": text, "bloom_level": "apply", "section_ids": ["s1", text]}
    return {
        "schema_version": "1.0",
        "run_id": "run-1",
        "author": "offline author",
        "language": language,
        "title": text,
        "description": text,
        "overview": text,
        "audience": text,
        "difficulty": "beginner",
        "prerequisites": [text],
        "learning_outcomes": [outcome],
        "pedagogical_strategy": text,
        "assessment_strategy": text,
        "tags": [text],
        "sections": [section],
    }


def report_of(text: str) -> Json:
    """The report of that course."""
    decision = {"action": "escalate", "reason": "low_alignment", "next_tier": "oss_120b"}
    section = {
        "section_id": "s1",
        "area": text,
        "tier": "oss_120b",
        "start_tier": "oss_20b",
        "start_reason": text,
        "status": "accepted_with_flag",
        "degraded": True,
        "escalations": 1,
        "alignment": None,
        "drafts": [{"decision": decision}],
    }
    verdict = {"lesson_id": "s1-l1", "status": "PASS_WITH_FLAG", "reason": text, "alignment": 0.77}
    coverage = {"outcome": text, "lessons": {"s1-l1": None, text: 0.5}, "exercises": 7, "is_weak": True}
    removed = verdict | {"lesson_id": text}
    quality: Json = {
        "mean_alignment": None,
        "pass_rate": 0.5,
        "requires_revision": True,
        "judged_by": {text: 1.0},
        "bloom_compliance": 0.75,
        "measurable_outcomes": None,
        "claims": {text: {text: 2}},
    }
    mention = {"lesson_id": "s1-l1", "status": "contradicted", "sentence": text}
    fact = {"id": "f1", "statement": text, "source": text, "status": "contradicted"}
    facts = [fact | {"mentions": [mention, mention | {"lesson_id": text}]}]
    exercises = {
        "total": 8,
        "key_positions": {"1": 3, "2": 2},
        "true_false": {"true": 1, "false": 2},
        "longest_key": {"questions": 5, "count": 4, "low": 0, "high": 3, "within_chance": False},
    }
    call = {"phase": "sections", "subject": "s1", "cost_usd": None}
    return {
        "policy": {"version": text, "fingerprint": "f" * 16, "prompts": "p"},
        "totals": {"calls": 1, "cost_usd": 0.0, "calls_of_unknown_cost": 1},
        "lessons": {"planned": 1, "written": 1, "missing": {}},
        "quality": quality,
        "exercises": exercises,
        "facts": facts,
        "coverage": {"outcomes": [coverage], "orphan_lessons": ["s1-l1"], "holes": [text]},
        "flags": [
            {"item_id": f"lesson:{name}", "kind": "lesson", "subject": name, "reason": text}
            for name in ("s1-l1", text)
        ],
        "warnings": [{"pointer": text, "message": text}],
        "plan_notes": [text],
        "rewritten_objectives": [{"section_id": "s1", "original": text, "rewritten": text}],
        "sections": [section],
        "verdicts": [verdict, removed],
        "calls": [call],
    }


@pytest.fixture
def make_course() -> Callable[..., Json]:
    """`course_of`, for tests."""
    return course_of


@pytest.fixture
def make_report() -> Callable[[str], Json]:
    """`report_of`, for tests."""
    return report_of


@pytest.fixture(scope="session")
def analysis_file() -> Path:
    """A real analysis_result, in English."""
    return INPUTS / "01_programming_beginner.json"


@pytest.fixture(scope="session")
def short_file(analysis_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The least that makes a course."""
    path = tmp_path_factory.mktemp("short") / "analysis.json"
    path.write_text(json.dumps(shortened(json.loads(analysis_file.read_bytes()))))
    return path


@pytest.fixture(scope="session")
def safety_file(short_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An input of which two sections need a person's signature."""
    document = json.loads(short_file.read_bytes())
    document["compliance"]["safety_critical"] = True
    for section in document["recommended_structure"]["sections_breakdown"]:
        section["risk"] = "safety_critical" if section["section_id"] in ("s1", "s2") else "none"
    path = tmp_path_factory.mktemp("safety") / "analysis.json"
    path.write_text(json.dumps(document))
    return path


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the runs of these tests are kept."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def environment(home: Path) -> dict[str, str]:
    """An environment with no key and no server, so that the offline author writes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COURSEAI_")}
    return kept | {"COURSEAI_HOME": str(home)}


@pytest.fixture(scope="session")
def command(environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Runs `courseai` as a program of its own."""

    def run(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        program = [sys.executable, "-c", "from courseai.service.cli import main; main()"]
        return subprocess.run(
            [*program, *map(str, arguments)], input=stdin, capture_output=True, env=environment, check=False
        )

    return run


@pytest.fixture(scope="session")
def courseai(environment: dict[str, str]) -> Callable[..., Result]:
    """Runs `courseai` in this process, which saves loading everything again."""
    from courseai.service.cli import app

    def run(*arguments: str | Path, stdin: str = "", **env: str) -> Result:
        result = CliRunner().invoke(app, [*map(str, arguments)], input=stdin, env=environment | env)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def offline_settings(tmp_path: Path) -> Callable[[Json], Path]:
    """Writes a settings file in which every model has the same faults."""

    def write(faults: Json) -> Path:
        path = tmp_path / "offline.json"
        path.write_text(json.dumps({"models": {"*": faults}}))
        return path

    return write
