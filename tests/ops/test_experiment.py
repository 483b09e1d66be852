"""LangSmith's evaluators score what was made: here alone, or in LangSmith where that is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from courseai.course.errors import SettingsError, UploadError
from courseai.ops.evaluation import Tally, figures, total
from courseai.ops.experiment import Case, Laboratory
from tests.collectors import LangSmithDatasets, closed_port, listening, wait_until
from tests.ops.test_evaluation import A_COURSE

KEY = "lsv2_pt_canary0123456789abcdef"
SECRET = "sk-or-canary-0123456789"
CASES = [
    Case("one", {"topic": f"bread, says {SECRET}"}, A_COURSE),
    Case("two", {"topic": "dough"}, Tally(courses=1, cost_usd=0.02)),
]
FACTS = {"policy": "2026-11", "author": "offline author"}
SCORES = [{name: value for name, value in figures(case.tally).items() if value is not None} for case in CASES]


@pytest.fixture
def langsmith(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[LangSmithDatasets, dict[str, str]]]:
    """LangSmith on this machine, and the environment that points to it and holds a secret of others."""
    taking = LangSmithDatasets()
    with listening(taking) as url:
        env = {"LANGSMITH_ENDPOINT": url, "LANGSMITH_API_KEY": KEY, "OPENROUTER_API_KEY": SECRET}
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        yield taking, env


@pytest.fixture
def laboratory(langsmith: tuple[LangSmithDatasets, dict[str, str]]) -> Laboratory:
    """One that uploads there."""
    return Laboratory("bakery", langsmith[1], uploads=True)


def test_every_case_is_scored_with_what_is_known_of_it_and_nothing_leaves_this_machine(
    langsmith: tuple[LangSmithDatasets, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    experiment = Laboratory("bakery", langsmith[1]).run("today", CASES, FACTS)

    assert experiment.scores == SCORES
    assert experiment.url is None
    assert langsmith[0].received == b""
    assert capsys.readouterr() == ("", "")


def test_an_experiment_is_uploaded_with_its_data_set_its_scores_and_what_it_was_made_with(
    laboratory: Laboratory, langsmith: tuple[LangSmithDatasets, dict[str, str]]
) -> None:
    experiment = laboratory.run("today", CASES, FACTS)

    taken = langsmith[0]
    ((experiment_id, session),) = taken.experiments.items()
    assert session["reference_dataset_id"] == taken.datasets["bakery"]["id"]
    assert session["name"].startswith("today-")
    assert session["extra"]["metadata"].items() >= FACTS.items()
    assert [each["inputs"]["analysis_result"]["topic"] for each in taken.examples.values()] == [
        "bread, says [secret]",
        "dough",
    ]
    assert experiment.url
    assert experiment_id in experiment.url
    wait_until(lambda: len(taken.runs) == len(CASES))
    tallies = {run["reference_example_id"]: run["outputs"] for run in taken.runs.values()}
    assert list(taken.examples) == list(tallies)
    assert list(tallies.values()) == [asdict(case.tally) for case in CASES]
    wait_until(lambda: len(scored(taken, of_course=True)) == sum(map(len, SCORES)))
    overall = figures(total(case.tally for case in CASES))
    wait_until(lambda: len(scored(taken, of_course=False)) == len(overall))
    assert dict(scored(taken, of_course=False)) == pytest.approx(overall)


def scored(taken: LangSmithDatasets, *, of_course: bool) -> list[tuple[str, Any]]:
    """Feedback on courses, or on the experiment."""
    return [(each["key"], each["score"]) for each in taken.feedback if bool(each.get("run_id")) == of_course]


def test_a_data_set_is_uploaded_once_and_grows_with_new_inputs(
    laboratory: Laboratory, langsmith: tuple[LangSmithDatasets, dict[str, str]]
) -> None:
    laboratory.run("today", CASES[:1], FACTS)
    laboratory.run("cheaper", CASES, FACTS)
    laboratory.run("dearer", CASES, FACTS)

    assert (len(langsmith[0].datasets), len(langsmith[0].examples)) == (1, 2)
    assert len(langsmith[0].experiments) == 3


def test_no_secret_is_uploaded(
    laboratory: Laboratory, langsmith: tuple[LangSmithDatasets, dict[str, str]]
) -> None:
    laboratory.run("today", CASES, FACTS | {"author": f"server at {SECRET}"})
    assert b"dough" in langsmith[0].received
    for secret in (SECRET, KEY):
        assert secret.encode() not in langsmith[0].received


def test_inputs_stay_here_where_langsmith_is_told_to_hide_them(
    langsmith: tuple[LangSmithDatasets, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in langsmith[1].items():
        monkeypatch.setenv(name, value)
    Laboratory("bakery", langsmith[1] | {"LANGSMITH_HIDE_INPUTS": "true"}, uploads=True).run(
        "x", CASES, FACTS
    )
    assert len(langsmith[0].examples) == len(CASES)
    assert b"dough" not in langsmith[0].received


def test_uploading_without_a_key_is_refused_before_anything_is_made() -> None:
    with pytest.raises(SettingsError, match="LANGSMITH_API_KEY"):
        Laboratory("bakery", {}, uploads=True)


def test_langsmith_that_is_away_is_an_error_that_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGSMITH_ENDPOINT", closed_port())
    monkeypatch.setenv("LANGSMITH_API_KEY", KEY)
    laboratory = Laboratory("bakery", {"LANGSMITH_API_KEY": KEY}, uploads=True)
    with pytest.raises(UploadError, match="the same command uploads it"):
        laboratory.run("today", CASES, FACTS)
