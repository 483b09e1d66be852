"""Writes exercises whose keys can be defended without knowing the subject.

They ask about working well on the objective (a defensible single best choice), about definitions and
facts that the brief gives, and about the order of the steps. Options are chosen by length, so that
over a course the key is the longest option as often as chance would have it, and slots are dealt evenly.
"""

from __future__ import annotations

from collections.abc import Callable

from courseai.course.exercise import ExerciseDraft, ExerciseType, Pair, exercise_type
from courseai.models.offline.chance import shuffled
from courseai.models.offline.frame import Workshop
from courseai.models.offline.mention import Mentions
from courseai.models.offline.phrases import FreeAnswer

_EXERCISES = 4
_OPTIONS = 4
_PAIRS = 4
_ALWAYS = (
    ExerciseType.MULTIPLE_CHOICE,
    ExerciseType.TRUE_FALSE,
    ExerciseType.MATCHING,
    ExerciseType.FILL_IN_THE_BLANK,
)
_GAP = "____"


def write_exercises(shop: Workshop, mentions: Mentions) -> list[ExerciseDraft]:
    """Four exercises of different kinds; over neighbouring lessons every kind that is wanted has its turn."""
    asked = [exercise_type(label) for label in shop.exercise_types]
    wanted = list(dict.fromkeys((*asked, *_ALWAYS)))
    # Multiple choice is in every lesson, because every lesson needs an item that marks itself.
    rest = sorted(set(wanted) - {ExerciseType.MULTIPLE_CHOICE})
    kinds = [ExerciseType.MULTIPLE_CHOICE, *shop.deck.deal("kinds", rest, _EXERCISES - 1, _EXERCISES - 1)]
    return [write_exercise(kind, shop, mentions) for kind in kinds]


def write_exercise(kind: ExerciseType, shop: Workshop, mentions: Mentions) -> ExerciseDraft:
    """One exercise of that kind."""
    return _WRITERS[kind](shop, mentions)


def _multiple_choice(shop: Workshop, _mentions: Mentions) -> ExerciseDraft:
    frame = shop.deck.pick("choice", shop.language.phrases.exercises.choice)
    scene = shop.scene()
    key = scene.fill(shop.deck.pick(f"key {frame.stem}", frame.keys))
    options = _distractors(shop, key, [scene.fill(distractor) for distractor in frame.distractors])
    options.insert(shop.deck.slot("key position", _OPTIONS), key)
    return ExerciseDraft(
        type=ExerciseType.MULTIPLE_CHOICE,
        question=scene.fill(frame.stem),
        options=options,
        answer=[key],
        explanation=scene.fill(frame.explanation),
    )


def _distractors(shop: Workshop, key: str, pool: list[str]) -> list[str]:
    """Three wrong options, of which as many are longer than the key as its dealt rank says."""
    order = shuffled(shop.deck.seed, f"{key} {shop.lesson.number}", len(pool))
    wrong = [text for text in dict.fromkeys(pool[place] for place in order) if text != key]
    rank = shop.deck.slot("key length", _OPTIONS)
    longer = [text for text in wrong if len(text) > len(key)]
    # The longest of the shorter ones first: a key that towers over the others gives itself away.
    shorter = sorted((text for text in wrong if len(text) <= len(key)), key=len, reverse=True)
    chosen = [*longer[:rank], *shorter[: _OPTIONS - 1 - rank], *wrong]
    return sorted(list(dict.fromkeys(chosen))[: _OPTIONS - 1], key=wrong.index)


def _true_false(shop: Workshop, _mentions: Mentions) -> ExerciseDraft:
    frames = shop.language.phrases.exercises
    is_true = shop.deck.slot("truth", 2) == 0
    name, pool = ("true", frames.true) if is_true else ("false", frames.false)
    statement = shop.deck.pick(name, pool)
    scene = shop.scene()
    return ExerciseDraft(
        type=ExerciseType.TRUE_FALSE,
        question=scene.fill(statement.text),
        answer=[name],
        explanation=scene.fill(statement.explanation),
    )


def _matching(shop: Workshop, _mentions: Mentions) -> ExerciseDraft:
    frame = shop.deck.pick("match", shop.language.phrases.exercises.match)
    scene = shop.scene()
    places = shuffled(shop.deck.seed, f"{frame.stem} {shop.lesson.number}", len(frame.pairs))[:_PAIRS]
    pairs = [frame.pairs[place] for place in places]
    return ExerciseDraft(
        type=ExerciseType.MATCHING,
        question=scene.fill(frame.stem),
        pairs=[Pair(left=scene.fill(left), right=scene.fill(right)) for left, right in pairs],
        explanation=scene.fill(frame.explanation),
    )


def _fill_in_the_blank(shop: Workshop, mentions: Mentions) -> ExerciseDraft:
    return _fact_gap(shop, mentions) or _definition_gap(shop, mentions) or _practice_gap(shop)


def _fact_gap(shop: Workshop, mentions: Mentions) -> ExerciseDraft | None:
    """A fact of the brief with its value left out."""
    for fact in mentions.facts:
        words = fact.statement.split()
        held = [word for word in words if fact.value and word.strip(".,;:%") == fact.value]
        if len(held) == 1:
            gap = " ".join(
                word.replace(fact.value or "", _GAP) if word == held[0] else word for word in words
            )
            explanation = shop.language.phrases.exercises.fact_gap_explanation.format(fact=fact.statement)
            return _gap_draft(gap, [fact.value or ""], explanation)
    return None


def _definition_gap(shop: Workshop, mentions: Mentions) -> ExerciseDraft | None:
    """A definition of the brief with its term left out."""
    frames = shop.language.phrases.exercises
    for term, meaning in mentions.definitions:
        if term.casefold() not in meaning.casefold():
            explanation = frames.definition_explanation.format(term=term, meaning=meaning)
            return _gap_draft(frames.definition_gap.format(meaning=meaning, gap=_GAP), [term], explanation)
    return None


def _practice_gap(shop: Workshop) -> ExerciseDraft:
    pool = shop.language.phrases.exercises.gap
    for frame in shop.deck.deal("gap", pool, len(pool), 1):
        scene = shop.scene()
        question = scene.fill(frame.text)
        if not any(answer.casefold() in question.casefold() for answer in frame.answer):
            break
    return _gap_draft(question, frame.answer, scene.fill(frame.explanation))


def _gap_draft(question: str, answer: list[str], explanation: str) -> ExerciseDraft:
    return ExerciseDraft(
        type=ExerciseType.FILL_IN_THE_BLANK, question=question, answer=answer, explanation=explanation
    )


def _ordering(shop: Workshop, _mentions: Mentions) -> ExerciseDraft:
    """The steps of a good attempt, shown in another order than the right one."""
    frame = shop.deck.pick("ordering", shop.language.phrases.exercises.ordering)
    scene = shop.scene()
    steps = [scene.fill(step) for step in frame.steps]
    order = shuffled(shop.deck.seed, f"{frame.stem} {shop.lesson.number}", len(steps))
    if list(order) == sorted(order):
        order = order[::-1]
    return ExerciseDraft(
        type=ExerciseType.ORDERING,
        question=scene.fill(frame.stem),
        options=[steps[place] for place in order],
        answer=steps,
        explanation=scene.fill(frame.explanation),
    )


def _free_answer(kind: ExerciseType) -> Callable[[Workshop, Mentions], ExerciseDraft]:
    def write(shop: Workshop, _mentions: Mentions) -> ExerciseDraft:
        pool: list[FreeAnswer] = getattr(shop.language.phrases.exercises, kind.value)
        frame = shop.deck.pick(kind.value, pool)
        scene = shop.scene()
        return ExerciseDraft(
            type=kind,
            question=scene.fill(frame.stem),
            answer=[scene.fill(frame.answer)],
            rubric=[scene.fill(point) for point in frame.rubric],
            explanation=scene.fill(frame.explanation),
        )

    return write


_WRITERS: dict[ExerciseType, Callable[[Workshop, Mentions], ExerciseDraft]] = {
    ExerciseType.MULTIPLE_CHOICE: _multiple_choice,
    ExerciseType.TRUE_FALSE: _true_false,
    ExerciseType.MATCHING: _matching,
    ExerciseType.FILL_IN_THE_BLANK: _fill_in_the_blank,
    ExerciseType.ORDERING: _ordering,
    ExerciseType.SHORT_ANSWER: _free_answer(ExerciseType.SHORT_ANSWER),
    ExerciseType.ESSAY: _free_answer(ExerciseType.ESSAY),
    ExerciseType.CODE: _free_answer(ExerciseType.CODE),
}
