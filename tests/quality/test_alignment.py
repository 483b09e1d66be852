"""A lesson that teaches its objectives scores high; a sibling's, a restatement and a keyword list do not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.quality.agreement import agreement
from courseai.quality.alignment import AlignmentScorer, LessonText
from courseai.quality.calibration import Calibration, shipped_calibrations
from courseai.quality.embeddings import Embedder
from tests.quality.conftest import HashEmbedder

LABORATORY = Path(__file__).parents[1] / "data" / "laboratory_lesson.json"
NAMES = ["sociology_a", "biology_a", "psychology_a"]


def lesson(content: str, objectives: list[str], others: Sequence[list[str]] = ()) -> LessonText:
    return LessonText("s1-l1", content, tuple(objectives), tuple(map(tuple, others)))


def score(scorer: AlignmentScorer, content: str, objectives: list[str], language: str = "en") -> float | None:
    return scorer.score([lesson(content, objectives)], language)[0].score


def score_in_course(
    scorer: AlignmentScorer, content: str, objectives: list[str], others: Sequence[list[str]]
) -> float:
    found = scorer.score([lesson(content, objectives, others)])[0].score
    assert found is not None
    return found


@pytest.fixture(scope="module")
def laboratory() -> dict[str, Any]:
    """A good lesson in lively prose, unlike a textbook's, and the objectives of its course."""
    course: dict[str, Any] = json.loads(LABORATORY.read_text(encoding="utf-8"))
    return course


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


def test_good_prose_unlike_a_textbooks_passes_beside_the_other_lessons_of_its_course(
    scorer: AlignmentScorer, laboratory: dict[str, Any]
) -> None:
    content, own, others = (laboratory[name] for name in ("content", "objectives", "others"))
    alone = score(scorer, content, own)
    assert alone is not None
    assert alone < 0.75
    assert score_in_course(scorer, content, own, others) >= 0.75


@pytest.mark.parametrize("is_known", [True, False], ids=["in the course", "nowhere in the course"])
def test_a_siblings_objectives_fail_whether_or_not_the_course_has_what_the_lesson_teaches(
    scorer: AlignmentScorer, laboratory: dict[str, Any], is_known: bool
) -> None:
    taught = [laboratory["objectives"]] if is_known else []
    for sibling in laboratory["others"]:
        others = [*(other for other in laboratory["others"] if other != sibling), *taught]
        assert score_in_course(scorer, laboratory["content"], sibling, others) < 0.75


def test_a_single_other_lesson_is_too_little_to_compare_with(
    scorer: AlignmentScorer, laboratory: dict[str, Any]
) -> None:
    content, own, others = (laboratory[name] for name in ("content", "objectives", "others"))
    assert score_in_course(scorer, content, own, others[:1]) == score(scorer, content, own)


def test_lessons_that_share_an_objective_are_not_compared(
    scorer: AlignmentScorer, laboratory: dict[str, Any]
) -> None:
    content, own, others = (laboratory[name] for name in ("content", "objectives", "others"))
    with_twin = score_in_course(scorer, content, own, [own, *others])
    assert with_twin == score_in_course(scorer, content, own, others)


def test_restated_objectives_fail_beside_the_other_lessons_too(
    scorer: AlignmentScorer, laboratory: dict[str, Any]
) -> None:
    text = " ".join(
        f"In this lesson you will learn to {objective}." for objective in laboratory["objectives"]
    )
    assert score_in_course(scorer, text, laboratory["objectives"], laboratory["others"]) == 0.0


def test_a_text_on_another_subject_fails_however_far_the_other_lessons_are(
    scorer: AlignmentScorer, laboratory: dict[str, Any], textbook: dict[str, Any]
) -> None:
    others = [textbook[name]["objectives"] for name in ("sociology_a", "sociology_b", "psychology_b")]
    text = textbook["biology_a"]["summary"]
    assert score_in_course(scorer, text, laboratory["objectives"], others) < 0.3


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
@pytest.mark.parametrize("name", ["alignment", "contrast"])
def test_the_shipped_calibrations_keep_their_targets_on_unseen_texts(
    name: str, unseen: str, rate: str, lowest: float, highest: float
) -> None:
    fitted: Calibration = getattr(shipped_calibrations(), name)
    assert lowest <= fitted.error_rates[f"{unseen}_{rate}"] <= highest


def test_the_documentation_states_the_shipped_error_rates() -> None:
    shipped = shipped_calibrations()
    table = (Path(__file__).parents[2] / "docs" / "alignment.md").read_text(encoding="utf-8")
    same = ("auc_hard", "gold_at_0.75", "hard_at_0.75", "calibration_error")
    for fitted, last in (
        (shipped.alignment, ("mixed_at_0.75",)),
        (shipped.contrast, ("in_course_at_0.75", "remote_at_0.75")),
    ):
        for name in (*same, *last):
            for unseen in ("books", "chapters"):
                assert _as_written(name, fitted.error_rates[f"{unseen}_{name}"]) in table


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
