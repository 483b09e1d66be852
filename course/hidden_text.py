"""Characters that hide text from a reader, or change what a reader sees (rule X7, errors).

See Unicode Technical Report 36 and Boucher and Anderson 2021 ("Trojan Source", arXiv 2111.00169).
"""

from __future__ import annotations

import re

_FINDINGS = (
    (re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"), "control characters"),
    (re.compile("[\u202a-\u202e\u2066-\u2069]"), "bidirectional overrides"),
    (re.compile("[\u200b-\u200f\u2060-\u2064\u180e\ufeff]{2,}"), "zero-width characters"),
    # One zero-width joiner or non-joiner is good spelling in Persian, Hindi or an emoji; one of the
    # others between letters of these alphabets only splits a word.
    (re.compile("(?<=[A-Za-z\u00c0-\u04ff])[\u200b\u2060-\u2064\u180e\ufeff](?=[A-Za-z\u00c0-\u04ff])"),
     "zero-width characters"),
    (re.compile("(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]"), "invisible tag characters"),
    (re.compile("[\ud800-\udfff]"), "lone surrogates"),
)  # fmt: skip
_LINE_CONTROL = re.compile(r"[\t\n\r]")


def hidden_text(text: str, *, single_line: bool) -> list[str]:
    """What hides text here, in words; nothing for an honest text.

    In a `single_line` text, line breaks and tabs count as control characters too.
    """
    found = [finding for pattern, finding in _FINDINGS if pattern.search(text)]
    if single_line and _LINE_CONTROL.search(text):
        found.append("line breaks or tabs")
    return found
