"""Rules that block because the exercise shows its own answer, or has more right answers than its key.

Each function returns what is wrong, as a sentence that a model can act on, or None.
"""

from __future__ import annotations

import re

from courseai.course.exercise import ExerciseType
from courseai.quality.exercise_item import Item
from courseai.quality.exercise_words import any_language
from courseai.quality.formula import equivalent

_SIGN = re.compile(r"^\W*[✓✔☑✅]|[✓✔☑✅]\W*$|^\*(?!\*)[^*]+$|^[^*]*[^*\s]\*$")
_BOLD = re.compile(r"\*\*[^*]+\*\*|__[^_]+__|<(b|strong)>.*</\1>", re.DOTALL)
_FORM_WORDS = re.compile(
    r"\b(?:lowest|simpl\w+|form|written|express\w*|notation|equivalen\w+|factor\w*|expand\w*|decimal|fraction|"
    r"percent\w*|scientific|round\w*|forma|fracción|decimal|equivalente)\b",
    re.IGNORECASE,
)
"""Words of questions that ask how a value is written, where equal values are honest distractors."""
_VISIBLE_WORDS = 4
"""Words of a model answer from which it is no accident that it stands in the question."""


def marked_key(item: Item) -> str | None:
    """The key carries no mark that the other options lack: "(correct)", a tick, an asterisk, bold type."""
    if item.kind is ExerciseType.TRUE_FALSE:
        found = any_language("stated_truth").search(item.draft.question)
        return f'The question gives the answer away: "{found.group().strip()}".' if found else None
    key, others = item.key or "", item.distractors
    for is_marked in (_says_correct, _has_sign, _is_bold):
        if is_marked(key) and not any(map(is_marked, others)):
            return "The correct option is marked as the correct one; leave the mark out."
    return None


def answer_visible(item: Item) -> str | None:
    """The model answer does not stand in the question."""
    question = _plain(item.draft.question)
    for answer in map(_plain, item.answers):
        if len(answer.split()) >= _VISIBLE_WORDS and answer in question:
            return "The model answer can be read in the question itself."
    return None


def equivalent_options(item: Item) -> str | None:
    """No distractor is the key's value written in another way, such as 0.5 and 1/2."""
    key = item.key or ""
    if not re.search(r"\d", key) or _FORM_WORDS.search(item.draft.question):
        return None
    twin = next((text for text in item.distractors if text != key and equivalent(text, key)), None)
    return f'The option "{twin[:80]}" has the same value as the key "{key[:80]}".' if twin else None


def _says_correct(option: str) -> bool:
    return any_language("marked_correct").search(option) is not None


def _has_sign(option: str) -> bool:
    return _SIGN.search(option.strip()) is not None


def _is_bold(option: str) -> bool:
    return _BOLD.fullmatch(option.strip()) is not None


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
