"""What a language module says about objectives: lead-ins to skip, and heads to replace."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

Replacement = tuple[str, str]
"""A regular expression for the head of an objective, and what stands there instead."""


@dataclass(frozen=True)
class ObjectiveLanguage:
    """The unmeasurable heads of one language.

    `lead_in` matches one opening that carries no verb of its own ("students will be able to", "fully").
    `replacements` are tried in order at the start of the text; verbs are in dictionary form.
    """

    lead_in: re.Pattern[str]
    replacements: tuple[tuple[re.Pattern[str], str], ...]


def objective_language(lead_ins: Iterable[str], replacements: Iterable[Replacement]) -> ObjectiveLanguage:
    """Compile the expressions; they ignore case, and a space in them stands for any white space."""
    return ObjectiveLanguage(
        _compiled("(?:" + "|".join(lead_ins) + r")(?=\S)"),
        tuple((_compiled(head), replacement) for head, replacement in replacements),
    )


def with_endings(head: str, verb: str, endings: Iterable[Replacement]) -> list[Replacement]:
    """One replacement for each ending: a preposition or article after `head`, and what it becomes."""
    return [(head + old, verb + new) for old, new in endings]


def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(r"\A" + expression.replace(" ", r"\s+"), re.IGNORECASE)
