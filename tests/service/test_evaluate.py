"""`courseai evaluate`: two policies over the same inputs, side by side, scored by LangSmith's evaluators."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from courseai.course.policy import default_policy
from courseai.ops.evaluation import MEASURES
from tests.collectors import LangSmithDatasets, closed_port, listening, wait_until
from tests.graph.conftest import changed_policy
from tests.service.batch.conftest import inputs_in
from tests.service.test_faults import KEY, Moody, impatient, server
from tests.service.test_secrets import SPELLINGS, TRACING_KEY, answers_with_the_key

__all__ = ["impatient", "server"]
Json = dict[str, Any]
CourseAI = Callable[..., Result]


class Evaluation:
    """The command, over two small inputs, with a store and a folder of its own."""

    def __init__(self, courseai: CourseAI, folder: Path, document: Path) -> None:
        self._courseai = courseai
        self._folder = folder
        self.inputs = inputs_in(folder / "inputs", document, ["bread", "dough"])
        self.out = folder / "out"

    def __call__(self, *options: str | Path, **env: str) -> Result:
        """Run it; what it prints goes to the result."""
        home = {"COURSEAI_HOME": str(self._folder / "home")}
        return self._courseai("evaluate", self.inputs, "--out", self.out, "-q", *options, **(home | env))

    def told(self) -> Json:
        """What it wrote beside the courses."""
        told: Json = json.loads((self.out / "evaluation.json").read_bytes())
        return told


@pytest.fixture
def evaluate(courseai: CourseAI, short_file: Path, tmp_path: Path) -> Evaluation:
    """Not run yet."""
    return Evaluation(courseai, tmp_path, short_file)


@pytest.fixture
def thrifty(tmp_path: Path) -> Path:
    """A policy under which a cheaper model writes the metadata."""
    policy = changed_policy(metadata={"tier": "oss_120b"}).model_copy(update={"version": "thrifty"})
    path = tmp_path / "thrifty.json"
    path.write_text(policy.model_dump_json())
    return path


def reports(evaluate: Evaluation, policy: str) -> list[Json]:
    """The reports of the courses of a policy."""
    paths = sorted(evaluate.out.glob(f"*-{policy[:8]}/*/report.json"))
    return [json.loads(path.read_bytes()) for path in paths]


def test_two_policies_are_scored_by_what_their_reports_say_and_set_side_by_side(
    evaluate: Evaluation, thrifty: Path
) -> None:
    done = evaluate("--compare-policy", thrifty)

    assert done.exit_code == 0, done.output
    told = evaluate.told()
    assert [policy["policy"] for policy in told["policies"]] == [default_policy().version, "thrifty"]
    for policy in told["policies"]:
        made = reports(evaluate, policy["policy_fingerprint"])
        assert len(made) == 2
        for course, report in zip(policy["courses"], made, strict=True):
            assert course["scores"]["pass_rate"] == report["quality"]["pass_rate"]
            assert course["scores"]["cost_usd"] == report["totals"]["cost_usd"]
            assert course["scores"]["lessons"] == report["lessons"]["written"]
        assert policy["overall"]["cost_usd"] == pytest.approx(sum(r["totals"]["cost_usd"] for r in made))
    costs = [policy["overall"]["cost_usd"] for policy in told["policies"]]
    assert told["differences"]["cost_usd"] == pytest.approx(costs[1] - costs[0])
    assert costs[1] < costs[0]
    assert all(measure.title in done.stdout for measure in MEASURES)
    assert "simulated" in done.stdout


def test_langsmith_that_is_away_costs_no_course_for_the_same_command_pays_nothing_again(
    evaluate: Evaluation, server: Moody
) -> None:
    away = {"LANGSMITH_API_KEY": TRACING_KEY, "LANGSMITH_ENDPOINT": closed_port()}
    first = evaluate("--base-url", server.url, "--upload", **away)
    asked = list(server.answered)
    second = evaluate("--base-url", server.url, "--json")

    assert (first.exit_code, second.exit_code) == (4, 0)
    assert "the same command uploads it" in first.stderr
    assert server.answered == asked
    assert asked
    assert json.loads(second.stdout) == evaluate.told()


def test_what_cannot_be_made_counts_and_each_course_keeps_to_its_budget(
    evaluate: Evaluation, tmp_path: Path
) -> None:
    policy = changed_policy(budget={"cheaper_tier": []}, output={"metadata_tokens": 1000})
    (tmp_path / "strict.json").write_text(policy.model_dump_json())
    (evaluate.inputs / "broken.json").write_text("{}")
    done = evaluate("--budget", "0.0037", "--policy", tmp_path / "strict.json")

    assert done.exit_code == 7
    (result,) = evaluate.told()["policies"]
    assert [course["state"] for course in result["courses"]] == ["budget_stop", "rejected", "budget_stop"]
    assert (result["overall"]["made"], result["overall"]["pass_rate"]) == (0.0, None)
    assert all(0 <= course["cost_usd"] <= 0.0037 for course in result["courses"])
    assert result["overall"]["cost_usd"] == sum(course["cost_usd"] for course in result["courses"]) > 0
    assert "broken.json" in done.stderr


def test_a_policy_is_not_compared_with_itself(evaluate: Evaluation, thrifty: Path) -> None:
    done = evaluate("--policy", thrifty, "--compare-policy", thrifty)
    assert done.exit_code == 2
    assert "another" in done.stderr
    assert not evaluate.out.exists()


def test_uploading_without_a_key_is_refused_before_anything_is_made(evaluate: Evaluation) -> None:
    done = evaluate("--upload")
    assert done.exit_code == 2
    assert "LANGSMITH_API_KEY" in done.stderr
    assert not evaluate.out.exists()


def test_the_key_is_nowhere_in_what_is_written_printed_or_uploaded(
    evaluate: Evaluation, server: Moody, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(KEY)
    server.mood, server.patience = answers_with_the_key, 0
    log = tmp_path / "decisions.jsonl"
    given = ["--base-url", server.url, "--upload", "--json"]
    env = {"COURSEAI_API_KEY_FILE": str(tmp_path / "key"), "COURSEAI_LOG": str(log)}
    taking = LangSmithDatasets()
    with listening(taking) as url:
        done = evaluate(*given, **env, LANGSMITH_API_KEY=TRACING_KEY, LANGSMITH_ENDPOINT=url)
        assert done.exit_code == 0, done.output
        wait_until(lambda: len(taking.runs) == len(taking.examples) == 2)

    written = [path.read_bytes() for path in evaluate.out.rglob("*") if path.is_file()]
    for content in (*written, taking.received, done.output.encode(), log.read_bytes()):
        assert content
        assert not any(spelling in content for spelling in SPELLINGS)
