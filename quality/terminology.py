"""Terminology: words that the analysis asked to avoid do not appear."""

from __future__ import annotations

import re
from collections.abc import Sequence


def drifted_terms(contents: Sequence[str], avoid: Sequence[str]) -> tuple[str, ...]:
    """One sentence for each word to avoid that a text uses as a whole word."""
    return tuple(
        f'The text uses "{term}", which the brief asks to avoid.'
        for term in avoid
        if any(_whole_word(term).search(content) for content in contents)
    )


def _whole_word(term: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(term)}(?!\w)", re.IGNORECASE)
