"""The manual lists the metrics and alerts that there are."""

from __future__ import annotations

from courseai.ops.monitoring_page import PAGE, with_tables


def test_the_manuals_tables_are_those_in_code() -> None:
    page = PAGE.read_text("utf-8")
    assert page == with_tables(page), "run: python -m courseai.ops.monitoring_page"
