"""Which other lessons count as rivals, and how far they can move a score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.quality.calibration import shipped_calibrations
from courseai.quality.contrast import MOST_RIVALS, contrast_features, mean_logit, nearest, rivals

LOGITS = st.floats(-12, 12)


def score(own: float, others: list[float]) -> float:
    return shipped_calibrations().contrast.probability(contrast_features(own, others))


def test_a_lesson_with_the_same_objective_is_no_rival() -> None:
    others = [("Bake bread", "Store bread"), ("Feed a starter",), ("Feed a starter",), ()]
    assert rivals(("Bake bread",), others) == [("Feed a starter",)]


def test_only_the_nearest_rivals_count_in_order_of_their_nearness() -> None:
    angles = np.linspace(0, 1.5, MOST_RIVALS + 3)
    others = [np.array([[np.cos(angle), np.sin(angle)]], dtype=np.float32) for angle in angles[::-1]]
    own = np.array([[1.0, 0.0]], dtype=np.float32)
    assert nearest(own, others) == list(range(len(others)))[::-1][:MOST_RIVALS]


def test_a_text_without_evidence_has_the_lowest_logit() -> None:
    assert mean_logit(shipped_calibrations().alignment, []) == -12


@given(LOGITS, LOGITS, st.lists(LOGITS, min_size=1))
def test_more_evidence_or_a_weaker_rival_never_lowers_the_score(
    one: float, two: float, others: list[float]
) -> None:
    low, high = sorted((one, two))
    assert score(low, others) <= score(high, others)
    assert score(low, [*others, high]) <= score(low, others)


@given(LOGITS, st.lists(LOGITS, min_size=1))
def test_rivals_far_away_say_all_the_same(own: float, others: list[float]) -> None:
    further = [min(other, own) - 6 for other in others]
    assert score(own, further) == pytest.approx(score(own, [own - 6]))
