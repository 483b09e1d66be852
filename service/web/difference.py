"""What changed between two texts, as HTML with `ins` and `del`: whole lines, and words inside a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from markupsafe import Markup

from courseai.service.markdown import UNSEEN

_HEADING = re.compile(r"^#{1,6}\s+")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_CONTEXT = 1
"""Unchanged lines that are shown around a change."""
_ALIKE = 0.45
"""From this similarity on two lines are compared word by word; below, that reads as confetti."""


def difference(before: str, after: str) -> Markup:
    """Every change with a line of what stands around it. Empty where no word changed."""
    old, new = (_plain_lines(text) for text in (before, after))
    groups = SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT)
    hunks = [_hunk(opcodes, old, new) for opcodes in groups]
    return Markup('<p class="gap">unchanged lines are left out</p>').join(hunks)


def _plain_lines(text: str) -> list[str]:
    """Its lines without Markdown's signs for headings and escapes, which say nothing to a reader."""
    lines = [line for line in UNSEEN.sub("", text).splitlines() if line.strip()]
    return [_ESCAPE.sub(r"\1", _HEADING.sub("", line)) for line in lines]


def _hunk(
    opcodes: Sequence[tuple[str, int, int, int, int]], old: Sequence[str], new: Sequence[str]
) -> Markup:
    shown = Markup()
    for tag, start, end, new_start, new_end in opcodes:
        if tag == "equal":
            shown += _lines("same", old[start:end])
        elif tag == "replace":
            shown += _replaced(old[start:end], new[new_start:new_end])
        else:
            shown += _lines("del", old[start:end]) + _lines("ins", new[new_start:new_end])
    return shown


def _replaced(old: Sequence[str], new: Sequence[str]) -> Markup:
    """Lines side by side as far as there are pairs, word by word where they are alike."""
    shown = Markup()
    for before, after in zip(old, new, strict=False):
        if _likeness(before, after) >= _ALIKE:
            shown += Markup("<p>{}</p>").format(_word_difference(before, after))
        else:
            shown += _lines("del", [before]) + _lines("ins", [after])
    paired = min(len(old), len(new))
    return shown + _lines("del", old[paired:]) + _lines("ins", new[paired:])


def _word_difference(before: str, after: str) -> Markup:
    old, new = _words(before), _words(after)
    shown = Markup()
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            shown += Markup.escape("".join(old[start:end]))
            continue
        shown += _marked("del", "".join(old[start:end])) + _marked("ins", "".join(new[new_start:new_end]))
    return shown


def _likeness(before: str, after: str) -> float:
    """Share of words in common, 0 to 1; blanks and punctuation are alike anywhere and do not count."""
    old, new = (re.findall(r"\w+", line) for line in (before, after))
    return SequenceMatcher(None, old, new, autojunk=False).ratio()


def _words(line: str) -> list[str]:
    """Each word and each sign, with the blanks after it."""
    return re.findall(r"\w+\s*|[^\w\s]\s*|\s+", line)


def _lines(kind: str, lines: Sequence[str]) -> Markup:
    texts = [line for line in lines if line.strip()]
    if kind == "same":
        return Markup().join(Markup('<p class="same">{}</p>').format(line) for line in texts)
    return Markup().join(Markup("<p>{}</p>").format(_marked(kind, line)) for line in texts)


def _marked(kind: str, text: str) -> Markup:
    return Markup(f"<{kind}>{{}}</{kind}>").format(text) if text else Markup()
