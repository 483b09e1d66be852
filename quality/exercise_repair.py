"""Repairs in code: what can be mended without knowing the subject is not worth a call to a model.

Every repair is pure and depends on the exercise and its lesson alone, so the same exercise always comes
out the same, wherever it stands among its lesson's exercises; repairing twice changes nothing more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import partial

from courseai.course.exercise import ExerciseDraft, ExerciseType, Pair
from courseai.course.exercise_label import TRUTH_WORDS
from courseai.quality.exercise_item import GAP, Item, canonical, filled, gap_pattern, numbers
from courseai.quality.exercise_key import as_option, letters_as_options, names_letters, without_letters
from courseai.quality.exercise_wording_rule import negation_span

_CHOSEN = (ExerciseType.MULTIPLE_CHOICE, ExerciseType.TRUE_FALSE, ExerciseType.ORDERING)
_OPEN = (ExerciseType.SHORT_ANSWER, ExerciseType.ESSAY, ExerciseType.CODE)

Repair = Callable[[ExerciseDraft], ExerciseDraft]


def repaired(draft: ExerciseDraft, lesson_id: str, language: str) -> tuple[ExerciseDraft, list[str]]:
    """The exercise after all repairs that fit its kind, and the names of those that changed it."""
    repairs: dict[str, Repair] = {
        "trimmed": trimmed,
        "key": with_key,
        "truth": with_truth_value,
        "gap": with_plain_gap,
        "negation": partial(with_marked_negation, language=language),
        "letters": with_quoted_options,
        "duplicates": without_duplicates,
        "marks": without_marks,
        "order": partial(with_ordered_options, lesson_id=lesson_id, language=language),
    }
    changed = []
    for name, repair in repairs.items():
        before, draft = draft, repair(draft)
        if draft != before:
            changed.append(name)
    return draft, changed


def trimmed(draft: ExerciseDraft) -> ExerciseDraft:
    """No blanks around texts and no empty entries; a solution keeps its indentation."""
    is_open = draft.kind in _OPEN
    return draft.model_copy(
        update={
            "question": draft.question.strip(),
            "options": [text.strip() for text in filled(draft.options)],
            "answer": [text.rstrip() if is_open else text.strip() for text in filled(draft.answer)],
            "rubric": [text.strip() for text in filled(draft.rubric)],
            "pairs": [Pair(left=pair.left.strip(), right=pair.right.strip()) for pair in draft.pairs],
            "explanation": draft.explanation.strip(),
        }
    )


def with_key(draft: ExerciseDraft) -> ExerciseDraft:
    """Answers in the words of the options: "b)", "B. Paris" and "2" become the option that they mean."""
    if draft.kind not in _CHOSEN:
        return draft
    answers = [as_option(draft, answer) for answer in draft.answer]
    if draft.kind is not ExerciseType.ORDERING:
        answers = list(dict.fromkeys(answers))
    return draft.model_copy(update={"answer": answers})


def with_truth_value(draft: ExerciseDraft) -> ExerciseDraft:
    """True and false in one spelling, without options that only repeat them."""
    if draft.kind is not ExerciseType.TRUE_FALSE:
        return draft
    values = [TRUTH_WORDS.get(answer.casefold().rstrip(" .")) for answer in draft.answer]
    if not values or None in values:
        return draft
    answer = list(dict.fromkeys(str(value).lower() for value in values))
    plain = draft.model_copy(update={"answer": answer, "options": []})
    # Without its options a "quiz" has another shape: then the label has to say what it is.
    is_clear = plain.kind is ExerciseType.TRUE_FALSE
    return plain if is_clear else plain.model_copy(update={"type": ExerciseType.TRUE_FALSE.value})


def with_plain_gap(draft: ExerciseDraft) -> ExerciseDraft:
    """Gaps written ____, whatever the model used."""
    if draft.kind is not ExerciseType.FILL_IN_THE_BLANK:
        return draft
    question = gap_pattern(draft.question).sub(GAP, draft.question)
    if question == draft.question:
        return draft
    return with_plain_gap(draft.model_copy(update={"question": question}))


def with_marked_negation(draft: ExerciseDraft, language: str) -> ExerciseDraft:
    """NOT and EXCEPT in capitals where they turn the question round."""
    if draft.kind is not ExerciseType.MULTIPLE_CHOICE:
        return draft
    span = negation_span(Item(draft, language))
    if span is None:
        return draft
    before, word, after = draft.question[: span[0]], draft.question[slice(*span)], draft.question[span[1] :]
    return draft.model_copy(update={"question": before + word.upper() + after})


def without_duplicates(draft: ExerciseDraft) -> ExerciseDraft:
    """Options, fillings and pairs once each."""
    if may_move(draft):
        return draft.model_copy(update={"options": _once(draft.options)})
    if draft.kind is ExerciseType.FILL_IN_THE_BLANK:
        return draft.model_copy(update={"answer": _once(draft.answer)})
    if draft.kind is ExerciseType.MATCHING:
        pairs: dict[tuple[str, str], Pair] = {}
        for pair in draft.pairs:
            pairs.setdefault((canonical(pair.left), canonical(pair.right)), pair)
        return draft.model_copy(update={"pairs": list(pairs.values())})
    return draft


def with_quoted_options(draft: ExerciseDraft) -> ExerciseDraft:
    """No "option B" in the explanation: a shuffle would falsify it."""
    return letters_as_options(draft) if has_key(draft) else draft


def without_marks(draft: ExerciseDraft) -> ExerciseDraft:
    """No "A)" before options."""
    return without_letters(draft) if may_move(draft) or is_ordered(draft) else draft


def with_ordered_options(draft: ExerciseDraft, lesson_id: str, language: str) -> ExerciseDraft:
    """Numbers sorted; other options shuffled, so that keys are spread evenly over the places of a course."""
    seed = f"{lesson_id} {draft.question}"
    if is_ordered(draft):
        return draft.model_copy(update={"options": _shuffled_steps(draft, seed)})
    if not may_move(draft):
        return draft
    values = numbers(draft.options, language)
    if values is not None:
        options = [option for _, option in sorted(zip(values, draft.options, strict=True))]
    else:
        options = shuffled(draft.options, seed)
    return draft.model_copy(update={"options": options})


def may_move(draft: ExerciseDraft) -> bool:
    """True when nothing depends on where an option stands: no key such as "2", no "option B"."""
    return has_key(draft) and not names_letters(draft)


def has_key(draft: ExerciseDraft) -> bool:
    """True for multiple choice whose answer is an option."""
    return draft.kind is ExerciseType.MULTIPLE_CHOICE and Item(draft, "").key is not None


def is_ordered(draft: ExerciseDraft) -> bool:
    """True when the answer of an ordering lists its steps, shown or not."""
    steps = sorted(map(canonical, draft.options or draft.answer))
    return draft.kind is ExerciseType.ORDERING and steps == sorted(map(canonical, draft.answer))


def shuffled(texts: Iterable[str], seed: str) -> list[str]:
    """The texts in an order that depends on the seed and on them, not on the order they came in."""

    def place(text: str) -> tuple[bytes, str]:
        return hashlib.sha256(f"{seed}\x1f{text}".encode("utf-8", "replace")).digest(), text

    return sorted(texts, key=place)


def _shuffled_steps(draft: ExerciseDraft, seed: str) -> list[str]:
    """The steps in another order than the right one; taken from the answer where no options were written."""
    steps = shuffled(draft.options or draft.answer, seed)
    shows_answer = list(map(canonical, steps)) == list(map(canonical, draft.answer))
    return [*steps[1:], *steps[:1]] if shows_answer else steps


def _once(texts: Iterable[str]) -> list[str]:
    kept: dict[str, str] = {}
    for text in texts:
        kept.setdefault(canonical(text), text)
    return list(kept.values())
