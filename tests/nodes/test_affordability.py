"""A course that cannot be paid for is refused before anything is spent; a dear one is warned of."""

from __future__ import annotations

import pytest

from courseai.course.errors import BudgetExceededError
from courseai.models.estimate import Estimate
from courseai.nodes.affordability import check_affordable

ESTIMATE = Estimate(least_usd=0.02, likely_usd=0.30)


def test_what_likely_fits_is_no_problem() -> None:
    assert check_affordable("run-1", 18, ESTIMATE, 0.30) is None


def test_what_likely_costs_more_is_warned_of() -> None:
    problem = check_affordable("run-1", 500, ESTIMATE, 0.20)
    assert problem is not None
    assert problem.severity == "warning"
    assert "500 lessons are likely to cost about $0.30" in problem.message
    assert "ceiling of $0.20" in problem.message


def test_what_cannot_fit_is_refused_with_the_amount_that_is_needed() -> None:
    with pytest.raises(BudgetExceededError, match=r"come to \$0\.0200.*Nothing was spent") as refusal:
        check_affordable("run-1", 500, ESTIMATE, 0.01)
    assert refusal.value.charged_usd == 0
    assert refusal.value.enough_usd == 0.30
