"""Words that a text speaks about and does not say: quotations, formulae, names of marks such as TODO.

A lesson may quote a chatbot, a French proverb or the filler text of printers. The checks for text that no
learner should see read what is left without them.
"""

from __future__ import annotations

import re

_QUOTATION = re.compile(
    r'"[^"]{2,800}"|“[^”]{2,800}”|„[^“”]{2,800}[“”]|«[^»]{2,800}»|‘[^’]{2,800}’(?!\w)'  # noqa: RUF001 - the quotation marks are meant
)
_FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$]+\$|\\\(.+?\\\)|\\\[.+?\\\]", re.DOTALL)
_FEWEST_WORDS_LEFT = 3
"""A paragraph that is little but a quotation says it: nobody else speaks."""
_MARK = r"(?:TODO|FIXME|XXX|TB[ACD]|lorem ipsum(?! dolor)|\[[\w ]{1,30}\])"
_NAMED = re.compile(
    r"\b(?:as|called|named|marked|label(?:l?ed)?|says?|reads?|writes?|written|wrote|words?|terms?|abbreviations?|"
    rf"acronyms?|notes?|comments?|tags?|markers?|uses?|using|like|e\.g\.)\s+(?:an?\s+|the\s+)?{_MARK}",
    re.IGNORECASE,
)
_STATES = re.compile(r"\b(?:DOING|DONE|IN PROGRESS)\b")
"""Beside these TODO is the name of a state, as on a board."""
_NOTHING = "\N{WHITE SQUARE}"


def without_quotations(text: str) -> str:
    """A paragraph without what stands in quotation marks; as it is where hardly anything else is there."""
    rest = _QUOTATION.sub(_NOTHING, text)
    return rest if len(re.findall(r"[^\W\d_]{2,}", rest)) >= _FEWEST_WORDS_LEFT else text


def without_mentions(text: str) -> str:
    """A paragraph without quotations, formulae, and marks that are named as words."""
    return _NAMED.sub(_NOTHING, _FORMULA.sub(_NOTHING, without_quotations(text)))


def is_state_name(mark: str, lesson: str) -> bool:
    """Whether a lone TODO is one of the states of a board that the lesson shows."""
    return "TODO" in mark and _STATES.search(lesson) is not None
