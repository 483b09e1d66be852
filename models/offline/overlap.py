"""How many words two texts share: all that the offline author can judge by."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]{4,}")
_STEM_LENGTH = 5


def stems(text: str) -> frozenset[str]:
    """The beginnings of the longer words, so that "loop" and "loops" or "write" and "writing" meet."""
    return frozenset(word[:_STEM_LENGTH].rstrip("es") for word in _WORD.findall(text.casefold()))


def shared_part(text: str, other: str) -> float:
    """Share of the first text's stems that the second has, in [0, 1]; 0 for a text without longer words."""
    own = stems(text)
    return len(own & stems(other)) / len(own) if own else 0.0
