"""Which option an answer means: models write the option's text, its letter, or its number.

A wrong guess would mark right answers wrong, so an answer that could mean two options is left as it is, and
the gate blocks it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_uppercase

from courseai.course.exercise import ExerciseDraft, ExerciseType
from courseai.quality.exercise_item import canonical, same, words
from courseai.quality.exercise_words import letter_reference

_ENUMERATED = re.compile(r"\(?(?P<mark>[A-Ja-j]|\d{1,2})[).:]\s+(?P<text>\S.*)", re.DOTALL)
_LETTER = re.compile(
    r"(?i:option|answer|choice|opción|respuesta|réponse|antwort|opção|resposta|opzione|risposta|вариант)?\s*"
    r"\(?(?P<letter>[A-Ja-j])[).]?"
)
_NUMBER = re.compile(r"\(?(?P<number>\d{1,2})[).]?")
_LONGEST = 2000


def as_option(draft: ExerciseDraft, answer: str) -> str:
    """The text of the option that an answer means; the answer itself where that is not certain."""
    for candidate in (answer, without_letter(answer), answer.strip("\"'«»“”`* ")):
        found = [option for option in draft.options if _reads_alike(option, candidate)]
        found = found or [o for o in draft.options if _reads_alike(without_letter(o), candidate)]
        if len({canonical(option) for option in found}) == 1:
            return found[0]
    index = _index(draft, answer)
    return answer if index is None else draft.options[index]


def without_letter(text: str) -> str:
    """The text without the "B)" before it."""
    match = _ENUMERATED.fullmatch(text)
    return match["text"] if match else text


def without_letters(draft: ExerciseDraft) -> ExerciseDraft:
    """Options and answers without their "A)", "B)", ..., where every option has one and they count up."""
    options = _texts(draft.options)
    texts = dict(zip(draft.options, options, strict=True))
    answer = [texts.get(answer, answer) for answer in draft.answer]
    return draft.model_copy(update={"options": options, "answer": answer})


def _texts(options: Sequence[str]) -> list[str]:
    matches = [_ENUMERATED.fullmatch(option) for option in options]
    marks = [match["mark"].upper() for match in matches if match]
    texts = [match["text"] for match in matches if match]
    count = len(options)
    counts_up = marks in (list(ascii_uppercase[:count]), [str(n) for n in range(1, count + 1)])
    if not options or not counts_up or len({canonical(text) for text in texts}) < count:
        return list(options)
    return _texts(texts)


def letters_as_options(draft: ExerciseDraft) -> ExerciseDraft:
    """An explanation that quotes options instead of naming their letters, which a shuffle would falsify."""
    if draft.kind is not ExerciseType.MULTIPLE_CHOICE:
        return draft

    def quoted(match: re.Match[str]) -> str:
        option = dict(zip(ascii_uppercase, draft.options, strict=False)).get(match["named"] or match["alone"])
        return (
            match[0] if option is None or letter_reference().search(option) else f"“{without_letter(option)}”"
        )

    explanation = letter_reference().sub(quoted, draft.explanation)
    return draft.model_copy(update={"explanation": explanation}) if len(explanation) <= _LONGEST else draft


def names_letters(draft: ExerciseDraft) -> bool:
    """True when the explanation still names an option by its letter."""
    letters = ascii_uppercase[: len(draft.options)]
    references = letter_reference().finditer(draft.explanation)
    return any((match["named"] or match["alone"]) in letters for match in references)


def _reads_alike(option: str, answer: str) -> bool:
    return same(option, answer) or (len(answer) > 1 and option.casefold() == answer.casefold())


def _index(draft: ExerciseDraft, answer: str) -> int | None:
    if match := _LETTER.fullmatch(answer):
        index = ascii_uppercase.index(match["letter"].upper())
        return index if index < len(draft.options) else None
    match = _NUMBER.fullmatch(answer)
    # Which step a number means depends on whether places or ranks are listed.
    if match is None or draft.kind is ExerciseType.ORDERING:
        return None
    return _counted(draft, int(match["number"]))


def _counted(draft: ExerciseDraft, number: int) -> int | None:
    """The option of that number, counted from 1 or from 0: the explanation says which."""
    places = [place for place in (number - 1, number) if 0 <= place < len(draft.options)]
    if len(places) == 1:
        return places[0]
    explained = set(words(draft.explanation))
    shared = [len(explained & set(words(draft.options[place]))) for place in places]
    if len(places) == 2 and shared[0] != shared[1]:
        return places[shared.index(max(shared))]
    return None
