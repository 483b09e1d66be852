"""A lesson that teaches its objectives scores high; a sibling's, a restatement and a keyword list do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.quality.agreement import agreement
from courseai.quality.alignment import AlignmentScorer, LessonText
from courseai.quality.calibration import shipped_calibrations
from courseai.quality.embeddings import Embedder
from tests.quality.conftest import HashEmbedder

NAMES = ["sociology_a", "biology_a", "psychology_a"]


def lesson(content: str, objectives: list[str]) -> LessonText:
    return LessonText("s1-l1", content, tuple(objectives))


def score(scorer: AlignmentScorer, content: str, objectives: list[str], language: str = "en") -> float | None:
    return scorer.score([lesson(content, objectives)], language)[0].score


@pytest.mark.parametrize("name", NAMES)
def test_a_textbook_summary_scores_above_a_siblings_objectives(
    scorer: AlignmentScorer, textbook: dict[str, Any], name: str
) -> None:
    own, sibling = textbook[name], textbook[f"{name[:-1]}b"]
    taught = score(scorer, own["summary"], own["objectives"])
    foreign = score(scorer, own["summary"], sibling["objectives"])
    assert taught is not None
    assert foreign is not None
    assert taught > foreign
    assert foreign < 0.75


@pytest.mark.parametrize(
    "frame",
    ["In this lesson you will learn to {}.", "By the end of this section you will be able to {}.", "{}."],
)
def test_text_that_only_restates_its_objectives_fails(
    scorer: AlignmentScorer, textbook: dict[str, Any], frame: str
) -> None:
    objectives = textbook["biology_a"]["objectives"]
    text = " ".join(frame.format(objective) for objective in objectives)
    assert score(scorer, text, objectives) == 0.0


def test_a_list_of_keywords_fails(scorer: AlignmentScorer) -> None:
    objectives = ["Explain how vaccines train the immune system"]
    keywords = "vaccine, antigen, antibody, memory cell, immune system, training, booster, immunity, dose"
    assert score(scorer, keywords, objectives) == 0.0


def test_a_text_that_names_its_subject_only_once_fails(scorer: AlignmentScorer) -> None:
    objectives = ["Describe the development of blood vessels", "Describe the fetal circulation"]
    letter = (
        "Dear colleague, we would like you to author the unit on the development of blood vessels and the "
        "fetal circulation. Our marketing department asked for a warm voice and for stories from hospitals. "
        "The deadline is the last Friday of the month; the fee is paid within thirty days. Drafts go to the "
        "editorial office, which checks spelling, licences of pictures and accessibility before publication."
    )
    [result] = scorer.score([lesson(letter, objectives)])
    assert result.score == 0.0
    assert "sentences" in str(result.reason)


def test_every_objective_has_its_own_evidence_and_the_weakest_is_named(
    scorer: AlignmentScorer, textbook: dict[str, Any]
) -> None:
    own = textbook["biology_a"]
    [result] = scorer.score([lesson(own["summary"], [*own["objectives"], "Prune roses in early spring"])])
    assert result.lowest is not None
    assert result.lowest.objective == "Prune roses in early spring"
    assert len(result.per_objective) == len(own["objectives"]) + 1


def test_a_missing_objective_shows_though_the_others_are_taught(
    scorer: AlignmentScorer, textbook: dict[str, Any]
) -> None:
    own, sibling = textbook["psychology_b"], textbook["psychology_a"]
    [result] = scorer.score([lesson(own["summary"], [*own["objectives"], sibling["objectives"][0]])])
    assert [(item.probability or 0) >= 0.75 for item in result.per_objective] == [
        *[True] * len(own["objectives"]),
        False,
    ]


@pytest.mark.parametrize(
    ("rate", "lowest", "highest"),
    [
        ("auc_hard", 0.985, 1),
        ("gold_at_0.75", 0.90, 1),
        ("hard_at_0.75", 0, 0.04),
        ("calibration_error", 0, 0.03),
        ("weakest_book_at_0.75", 0.75, 1),
    ],
)
@pytest.mark.parametrize("unseen", ["books", "chapters"])
def test_the_shipped_calibration_keeps_its_targets_on_unseen_texts(
    unseen: str, rate: str, lowest: float, highest: float
) -> None:
    assert lowest <= shipped_calibrations().alignment.error_rates[f"{unseen}_{rate}"] <= highest


def test_the_documentation_states_the_shipped_error_rates() -> None:
    rates = shipped_calibrations().alignment.error_rates
    table = (Path(__file__).parents[2] / "docs" / "alignment.md").read_text(encoding="utf-8")
    for name in ("auc_hard", "gold_at_0.75", "hard_at_0.75", "calibration_error", "mixed_at_0.75"):
        for unseen in ("books", "chapters"):
            assert _as_written(name, rates[f"{unseen}_{name}"]) in table


def _as_written(name: str, rate: float) -> str:
    return f"{rate:.3f}" if name in ("auc_hard", "calibration_error") else f"{rate:.1%}".replace("%", " %")


def test_without_a_calibration_the_result_is_unverified(scorer: AlignmentScorer) -> None:
    [result] = scorer.score([lesson("Las plantas usan la luz para producir azúcar.", ["Explicar"])], "es")
    assert result.score is None
    assert not result.verified
    assert "es" in str(result.reason)


def test_another_embedding_model_is_unverified() -> None:
    [result] = AlignmentScorer(HashEmbedder()).score(
        [lesson("Plants turn light into sugar.", ["Explain it"])]
    )
    assert result.score is None


def test_a_second_validation_encodes_nothing(
    scorer: AlignmentScorer, embedder: Embedder, textbook: dict[str, Any]
) -> None:
    own = textbook["sociology_a"]
    first = score(scorer, own["summary"], own["objectives"])
    before = embedder.encoded_count
    assert score(scorer, own["summary"], own["objectives"]) == first
    assert embedder.encoded_count == before


@given(st.text(max_size=400), st.lists(st.text(max_size=80), max_size=4))
def test_no_text_crashes_the_scorer(content: str, objectives: list[str]) -> None:
    embedder = HashEmbedder()
    fitted = shipped_calibrations().alignment.model_copy(update={"weights_sha256": embedder.weights_sha256})
    [result] = AlignmentScorer(embedder, fitted).score([lesson(content, objectives)])
    assert result.score is not None
    assert 0 <= result.score <= 1


def test_two_halves_of_one_section_agree_and_sections_of_other_books_do_not(
    embedder: Embedder, textbook: dict[str, Any]
) -> None:
    words = textbook["biology_a"]["text"].split()
    halves = [" ".join(words[:225]), " ".join(words[225:])]
    foreign = textbook["sociology_a"]["summary"]
    assert agreement([*halves, foreign], embedder).most_central in (0, 1)
    assert agreement([halves[0], foreign], embedder).score < 0.5
