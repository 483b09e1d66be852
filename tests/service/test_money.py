"""Costs for people: small sums are visible, unknown ones are not zero."""

from __future__ import annotations

import pytest

from courseai.service.money import calls_usd, usd


@pytest.mark.parametrize(("amount", "shown"), [(0, "$0.0000"), (0.00043, "$0.0004"), (1234.5, "$1,234.50")])
def test_small_sums_keep_four_decimals(amount: float, shown: str) -> None:
    assert usd(amount) == shown


def test_a_cost_that_nobody_knows_is_unknown() -> None:
    assert calls_usd([{"cost_usd": None}]) == "unknown"


def test_a_cost_that_is_known_in_part_is_a_lower_bound() -> None:
    assert calls_usd([{"cost_usd": None}, {"cost_usd": 0.5}]) == "at least $0.5000"


def test_no_calls_cost_nothing() -> None:
    assert calls_usd([]) == "$0.0000"
