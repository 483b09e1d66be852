"""Sums in a lesson are recalculated; two answers are compared for being the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.quality.expression import FormulaError, parse
from courseai.quality.formula import equivalent, formula_claims


def statuses(text: str) -> list[str]:
    return [claim.status for claim in formula_claims("l", text)]


@pytest.mark.parametrize(
    "text",
    [
        "Multiply both: 3 * 4 = 12.",
        "A cube of side two holds $2^3 = 8$ unit cubes.",
        "As a decimal, 5/4 = 1.25, which is more than one.",
        r"Three quarters: $\frac{3}{4} = 0.75$.",
        "The mean is (2 + 4 + 9)/3 = 5.",
        "So z = (75 - 70)/5 = 1 for this student.",
        "A third is 1/3 = 0.33, rounded.",
        "Written as a percentage, 0.25 = 25%.",
        "Together 1,000 * 3 = 3,000 people came.",
        "It costs $5 + $3 = $8.",
        "6 × 7 = 42",  # noqa: RUF001 - textbooks set this sign
    ],
)
def test_a_correct_sum_is_verified(text: str) -> None:
    assert statuses(text) == ["verified"]


@pytest.mark.parametrize(
    "text",
    [
        "Multiply both: 3 * 4 = 13 in all.",
        "A cube of side two holds $2^3 = 9$ unit cubes.",
        "As a decimal, 5/4 = 1.5.",
        "The mean is (2 + 4 + 9)/3 = 6.",
        "So z = (75 - 70)/5 = 2 for this student.",
        "Written as a percentage, 0.25 = 30%.",
    ],
)
def test_a_wrong_sum_is_contradicted(text: str) -> None:
    assert statuses(text) == ["contradicted"]


@pytest.mark.parametrize(
    "text",
    [
        "On a clock, 7 + 8 = 3 (mod 12).",
        "It is wrong to write 2 + 2 = 5.",
        "In binary, 1 + 1 = 10.",
        "Nobody gets this: 9^9^9^9 = 1.",
    ],
)
def test_other_arithmetic_and_mistakes_on_purpose_are_not_judged(text: str) -> None:
    assert "contradicted" not in statuses(text)


@pytest.mark.parametrize(
    "text",
    [
        "Solve 2x + 3 = 7 for x.",
        "Here f(3) + 2 = 11.",
        "We know n = 30 and p = 0.05.",
        "The distance is 4 m * 3 = 12 m.",
        "Then 20% of 50 = 10.",
        "In Python, `3 + 4 = 8` is an error.",
        "```python\nx = 3 * 4\n```",
    ],
)
def test_unknowns_units_and_code_are_no_plain_sums(text: str) -> None:
    assert statuses(text) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [("1/2", "0.5"), ("2(x+1)", "2x + 2"), ("50%", "1/2"), ("x*x", "x^2"), (r"\sqrt{16}", "4")],
)
def test_equal_answers_in_other_forms_are_equivalent(first: str, second: str) -> None:
    assert equivalent(first, second) is True


@pytest.mark.parametrize(("first", "second"), [("1/2", "0.6"), ("n*p", "n*p*(1-p)"), ("sqrt(2)", "1.41")])
def test_unequal_answers_are_not_equivalent(first: str, second: str) -> None:
    assert equivalent(first, second) is False


@pytest.mark.parametrize(
    "text", ["", "the mean of the sample", "1/0", "9^64^64", "((((1", "1" * 30, "(" * 500]
)
def test_what_is_no_formula_or_too_large_cannot_be_compared(text: str) -> None:
    assert equivalent(text, "1") is not True


@pytest.mark.parametrize("text", ["__import__('os').system('id')", "().__class__", "lambda: 0", "x[0]"])
def test_program_text_is_never_read_as_a_formula(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text)


@given(st.text(max_size=200), st.text(max_size=60))
def test_no_text_crashes_the_check(text: str, other: str) -> None:
    formula_claims("l", text)
    equivalent(text, other)


@given(st.text(alphabet="0123456789.+-*/^()%=xsqrt{}\\$ ,", max_size=80))
def test_no_heap_of_signs_crashes_the_check(text: str) -> None:
    formula_claims("l", text)
    equivalent(text, "1")


@given(st.integers(-10_000, 10_000), st.integers(-10_000, 10_000))
def test_a_sum_of_whole_numbers_is_verified_only_if_exact(first: int, second: int) -> None:
    assert statuses(f"({first}) + ({second}) = {first + second}") == ["verified"]
    assert statuses(f"({first}) + ({second}) = {first + second + 1}") == ["contradicted"]
