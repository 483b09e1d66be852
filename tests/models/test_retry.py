"""How long to wait before another try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.course.policy import default_policy
from courseai.models.retry import retry_after_s, wait_s

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = default_policy().availability


@pytest.mark.parametrize(("value", "seconds"), [("0", 0), ("17", 17), (" 17 ", 17), ("0.25", 0.25)])
def test_retry_after_in_seconds(value: str, seconds: float) -> None:
    assert retry_after_s({"retry-after": value}, NOW) == seconds


@pytest.mark.parametrize(("ahead_s", "seconds"), [(90, 90), (0, 0), (-90, 0)])
def test_retry_after_as_a_date(ahead_s: int, seconds: float) -> None:
    date = format_datetime(NOW + timedelta(seconds=ahead_s), usegmt=True)
    assert retry_after_s({"retry-after": date}, NOW) == seconds


@pytest.mark.parametrize("value", ["", "soon", "-1", "nan", "inf", "Mon, 99 Nov 2026 25:00:00 GMT"])
def test_a_retry_after_that_says_nothing_is_ignored(value: str) -> None:
    assert retry_after_s({"retry-after": value}, NOW) is None


@given(st.text())
def test_no_header_makes_it_raise(value: str) -> None:
    seconds = retry_after_s({"retry-after": value}, NOW)
    assert seconds is None or seconds >= 0


@given(st.integers(1, 20), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_the_policys_back_off_and_at_most_the_jitter_more(retry: int, chance: float) -> None:
    backoff = POLICY.backoff_s[min(retry, len(POLICY.backoff_s)) - 1]
    assert backoff <= wait_s(POLICY, retry, None, chance) <= backoff * (1 + POLICY.jitter)


@given(st.integers(1, 20), st.floats(0, 1000), st.floats(0, 1, exclude_max=True))
def test_nobody_returns_before_the_server_said(retry: int, asked_s: float, chance: float) -> None:
    assert wait_s(POLICY, retry, asked_s, chance) >= asked_s
