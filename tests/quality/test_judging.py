"""The strategy's verdicts: embeddings first, a model at the border, a stronger one in doubt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.course.judgement import LessonJudgement
from courseai.course.policy import default_policy
from courseai.course.verdict import Status, Verdict, embedding_status, pass_rate
from courseai.models.tiers import load_tiers
from courseai.quality.alignment import Alignment, ObjectiveAlignment
from courseai.quality.judging import Opinion, asks_again, judge_cause, judge_tiers, judged_status

POLICY = default_policy()
WORDED = {"recall": "Name the parts of a flower", "analysis": "Compare two pollination strategies"}


def judgement(score: int = 5, **answers: object) -> LessonJudgement:
    """A judgement with one mark for all three questions."""
    marks = dict.fromkeys(("pedagogical_alignment", "factual_accuracy", "concept_clarity"), score)
    plain = {"teaches_objectives": True, "fit_for_audience": True, "factual_concerns": [], "concerns": []}
    return LessonJudgement.model_validate({"reasoning": "because", **plain, **marks, **answers})


def verdict(status: Status) -> Verdict:
    return Verdict("s1-l1", "s1", status, "embedding", 0.9, 0.7, "")


@pytest.mark.parametrize(
    ("alignment", "status"),
    [
        (0.80, Status.PASS),
        (0.79, Status.PASS_WITH_FLAG),
        (0.74, Status.REVIEW_REQUIRED),
        (0.69, Status.FAIL),
        (None, Status.REVIEW_REQUIRED),
    ],
)
def test_embeddings_alone_give_the_strategys_verdicts(alignment: float | None, status: Status) -> None:
    assert embedding_status(alignment, POLICY.alignment) is status


def aligned(score: float | None, **objectives: float) -> Alignment:
    """A lesson's score, and the chance of each objective by name."""
    each = [
        ObjectiveAlignment(WORDED[name], chance if score is not None else None, 0.6, 0.4, "")
        for name, chance in objectives.items()
    ]
    return Alignment("s1-l1", score, score is not None, None, 0.6, tuple(each))


@pytest.mark.parametrize(
    ("score", "cause"),
    [
        (aligned(0.95, recall=0.9), None),
        (aligned(0.95, recall=0.6), None),
        (aligned(0.69, recall=0.6), None),
        (aligned(0.69, analysis=0.6), None),
        (aligned(0.70, recall=0.7), "borderline"),
        (aligned(0.79, recall=0.9), "borderline"),
        (aligned(None, recall=0.9), "unverified"),
        (aligned(0.95, recall=0.9, analysis=0.79), "higher_order"),
        (aligned(0.95, recall=0.6, analysis=0.80), None),
    ],
)
def test_a_model_judges_where_embeddings_cannot_decide(score: Alignment, cause: str | None) -> None:
    assert judge_cause(score, "en", POLICY) == cause


def test_a_judge_never_judges_what_it_wrote() -> None:
    tiers = load_tiers()
    assert judge_tiers("oss_20b", POLICY, tiers) == ["oss_120b", "qwen3_max"]
    assert judge_tiers("oss_120b", POLICY, tiers) == ["gemini_flash", "qwen3_max"]
    assert judge_tiers("qwen3_max", POLICY, tiers) == ["oss_120b", "gemini_flash"]


def test_a_convinced_first_judge_passes_a_borderline_lesson_with_a_flag() -> None:
    opinion = Opinion("oss_120b", judgement(4))
    assert not asks_again(opinion, POLICY)
    assert judged_status(0.77, "borderline", [opinion], POLICY) is Status.PASS_WITH_FLAG


def test_a_convinced_first_judge_passes_an_aligned_higher_order_lesson() -> None:
    assert judged_status(0.9, "higher_order", [Opinion("oss_120b", judgement())], POLICY) is Status.PASS


@pytest.mark.parametrize(("second", "status"), [(4, Status.REVIEW_REQUIRED), (3, Status.FAIL)])
def test_the_second_judge_decides_between_review_and_failure(second: int, status: Status) -> None:
    opinions = [Opinion("oss_120b", judgement(2)), Opinion("qwen3_max", judgement(second))]
    assert asks_again(opinions[0], POLICY)
    assert judged_status(0.77, "borderline", opinions, POLICY) is status


@pytest.mark.parametrize(
    "answer",
    [
        {"teaches_objectives": False},
        {"fit_for_audience": False},
        {"factual_concerns": ["Water boils at 50 °C"]},
    ],
)
def test_a_failed_must_pass_question_cannot_be_outweighed_by_marks(answer: dict[str, object]) -> None:
    strict = judgement(5, **answer)
    assert strict.overall < POLICY.judge.fail_below
    assert len(strict.failed_questions) == 1


def test_nothing_passes_where_no_judge_could_be_asked() -> None:
    assert judged_status(None, "unverified", [], POLICY) is Status.REVIEW_REQUIRED
    assert judged_status(0.9, "higher_order", [], POLICY) is Status.REVIEW_REQUIRED


@given(st.integers(1, 5), st.booleans(), st.booleans())
def test_an_overall_score_is_a_share(score: int, teaches: bool, fits: bool) -> None:
    overall = judgement(score, teaches_objectives=teaches, fit_for_audience=fits).overall
    assert 0 <= overall <= 1


def test_review_required_counts_as_flagged_and_not_as_passed() -> None:
    assert verdict(Status.REVIEW_REQUIRED).is_flagged
    assert pass_rate([Status.PASS, Status.REVIEW_REQUIRED]) == 0.5


def test_an_empty_course_has_no_pass_rate() -> None:
    with pytest.raises(ValueError, match="without lessons"):
        pass_rate([])
