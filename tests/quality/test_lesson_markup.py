"""A lesson's Markdown as its readers see it."""

from __future__ import annotations

import pytest

from courseai.quality.fact import fact_claims
from courseai.quality.lesson_markup import prose
from courseai.service.markdown import render_inline

FACT = {"id": "v", "statement": "The variance of a binomial distribution is n*p*(1-p)."}


@pytest.mark.parametrize("product", ["n*p*(1-p)", "2*x*y", "(a+b)*c*d"])
def test_the_stars_of_a_product_stay(product: str) -> None:
    assert prose(f"The result is {product}.") == f"The result is {product}."
    assert render_inline(product) == product


@pytest.mark.parametrize("emphasis", ["*often*", "**often**", "(*often*)", "_often_"])
def test_the_marks_of_emphasis_go(emphasis: str) -> None:
    assert "*" not in prose(f"It is {emphasis} so.")
    assert "<em>" in render_inline(emphasis) or "<strong>" in render_inline(emphasis)


@pytest.mark.parametrize(
    ("formula", "status"),
    [("n*p*(1-p)", "verified"), ("n*p*(2-p)", "contradicted"), ("n*p", "contradicted")],
)
def test_a_formula_in_a_lesson_is_compared_with_the_facts(formula: str, status: str) -> None:
    claims = fact_claims("s1-l1", f"The variance of a binomial distribution is {formula}.", [FACT])
    assert [claim.status for claim in claims] == [status]


def test_a_denied_formula_is_contradicted() -> None:
    claims = fact_claims("s1-l1", "The variance of a binomial distribution is not n*p*(1-p).", [FACT])
    assert [claim.status for claim in claims] == ["contradicted"]
