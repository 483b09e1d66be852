"""One exercise as the rules see it: its key, its distractors, and when two texts are the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from courseai.course.exercise import ExerciseDraft, ExerciseType

GAP = "____"
"""How a gap is written."""
_GAPS = re.compile(
    r"_{3,}|(?<!\w)__(?!\w)|\[(?:blank|gap|_+|\.{3}|…)\]|\(\s*(?:\.{3,}|…)\s*\)", re.IGNORECASE
)
_DOTS = re.compile(r"\.{3,}|…")

_CODE = re.compile(r"`[^`]*`")
_WORDS = re.compile(r"[^\W\d_]+")
_LONG_WORD = re.compile(r"[^\W\d_]{3,}")
_NUMBER = re.compile(r"(?P<before>[^\d.,+\u2212-]{0,4})(?P<number>[+\u2212-]?\d[\d.,]*)(?P<unit>\D*)")
_POINT_IS_DECIMAL = frozenset({"en", "ja", "zh", "ko", "he", "th"})
_CLOSING = " \t\n.;:,"
_OPENING = " \t\n"


@dataclass(frozen=True)
class Item:
    """An exercise with the language that it is written in (an ISO 639-1 code, perhaps with a region)."""

    draft: ExerciseDraft
    language: str

    @property
    def kind(self) -> ExerciseType:
        """The normalised kind."""
        return self.draft.kind

    @property
    def answers(self) -> list[str]:
        """The answers that are not blank."""
        return filled(self.draft.answer)

    @property
    def key(self) -> str | None:
        """The option that is right; None where there is no single answer among the options."""
        if len(self.answers) != 1:
            return None
        return next((option for option in self.draft.options if same(option, self.answers[0])), None)

    @property
    def distractors(self) -> list[str]:
        """The options that are wrong; empty where there is no key."""
        key = self.key
        return [option for option in self.draft.options if not same(option, key)] if key else []


def filled(texts: Iterable[str]) -> list[str]:
    """The texts that hold more than blanks."""
    return [text for text in texts if text.strip()]


def same(left: str, right: str) -> bool:
    """True when a reader takes two texts for the same; case matters in short words (`Aa`) and in code."""
    return canonical(left) == canonical(right)


def canonical(text: str) -> str:
    """A form that is equal for texts that read the same."""
    plain = (
        unicodedata.normalize("NFC", " ".join(text.split())).rstrip(_CLOSING).lstrip(_OPENING) or text.strip()
    )
    reads_as_prose = len(_LONG_WORD.findall(plain)) > 1 and not re.search(r"[`(){}\[\]=<>_\\]", plain)
    return plain.casefold() if reads_as_prose else plain


def duplicates(texts: Sequence[str]) -> list[str]:
    """The texts that a reader has met before, in order."""
    seen: set[str] = set()
    repeated = []
    for text in texts:
        form = canonical(text)
        if form in seen:
            repeated.append(text)
        seen.add(form)
    return repeated


def words(text: str) -> list[str]:
    """The words of a text in lower case, without code."""
    return [word.casefold() for word in _WORDS.findall(without_code(text))]


def gap_pattern(question: str) -> re.Pattern[str]:
    """What finds the gaps of a question: underscores and brackets (`__init__` is none), else dots."""
    return _GAPS if _GAPS.search(question) else _DOTS


def without_code(text: str) -> str:
    """The text with inline code taken out."""
    return _CODE.sub(" ", text)


def length_ratio(item: Item) -> float:
    """Length of the key over the mean length of the distractors; 0 where there is no key or no distractor."""
    mean = fmean(len(text) for text in item.distractors) if item.distractors else 0.0
    return len(item.key or "") / mean if mean else 0.0


def is_key_longest(item: Item) -> bool:
    """True when every distractor is shorter than the key, in characters."""
    return bool(item.distractors) and len(item.key or "") > max(len(text) for text in item.distractors)


def numbers(texts: Sequence[str], language: str) -> list[float] | None:
    """The numbers that the texts are, where all are numbers of the same unit; else None."""
    found = [_NUMBER.fullmatch(text.strip()) for text in texts]
    units = {(match["before"].strip(), match["unit"].strip()) for match in found if match}
    if len(texts) < 2 or None in found or len(units) > 1:
        return None
    try:
        return [_value(match["number"], language) for match in found if match]
    except ValueError:
        return None


def _value(text: str, language: str) -> float:
    """A number as the language writes it: 1,500.5 in English is 1.500,5 in most of Europe."""
    grouping, point = (",", ".") if language.split("-", maxsplit=1)[0] in _POINT_IS_DECIMAL else (".", ",")
    digits = text.replace("\u2212", "-").rstrip(".,")
    if re.fullmatch(r"[+-]?\d+\.\d+", digits) and not re.search(r"\.\d{3}$", digits):
        return float(digits)
    return float(digits.replace(grouping, "").replace(point, "."))
