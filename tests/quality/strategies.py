"""Exercises as hypothesis makes them: strange ones, and ones that are nearly right."""

from __future__ import annotations

from hypothesis import strategies as st

from courseai.course.exercise import ExerciseDraft, ExerciseType, Pair

languages = st.sampled_from(["en", "es", "fr", "de", "pt", "it", "ru", "en-GB", "ja", "", "x-y"])
_labels = st.sampled_from([*ExerciseType, "quiz", "test", "true/false", "Opción múltiple", "exercise 3", "?"])
_pieces = st.sampled_from(
    "A|B)|b|1|2.|(c)|option B|A) |B) |answer C is correct|True|falso|no|____|__|…|....|[blank]|not"
    "|never|all of the above|which|is|except|an|1,000|-3|12 kg|3.5|x²|`code`|```python\n|\n|def f(:|Paris| "
    "|the loop|”|Straße|İ|\u200b".split("|")
)
texts = st.lists(_pieces | st.text(max_size=12), max_size=6).map(" ".join) | st.text(max_size=40)
_lists = st.lists(texts, max_size=6)
_questions = texts.filter(lambda text: text.strip() != "")


def drafts() -> st.SearchStrategy[ExerciseDraft]:
    """Any exercise that the schema lets through."""
    return st.builds(
        ExerciseDraft,
        type=_labels | st.text(min_size=1, max_size=20),
        question=_questions,
        options=_lists,
        answer=_lists | st.lists(st.sampled_from(["A", "b)", "2", "0", "True", "C."]), max_size=3),
        pairs=st.lists(st.builds(Pair, left=texts, right=texts), max_size=5),
        rubric=_lists,
        explanation=texts,
    )


@st.composite
def choices(draw: st.DrawFn, *, by_text: bool = False) -> ExerciseDraft:
    """Multiple choice whose answer is one of its options, by text, letter or number, or by text alone."""
    options = draw(st.lists(_questions, min_size=3, max_size=5))
    place = draw(st.integers(0, len(options) - 1))
    ways = [options[place], "ABCDE"[place], f"{'abcde'[place]})", str(place + 1)]
    answer = options[place] if by_text else draw(st.sampled_from(ways))
    return ExerciseDraft(
        type="multiple_choice",
        question=draw(_questions),
        options=options,
        answer=[answer],
        explanation=draw(_questions),
    )


@st.composite
def orderings(draw: st.DrawFn) -> ExerciseDraft:
    """Ordering whose answer lists the steps, shown in any order."""
    steps = draw(st.lists(_questions, min_size=3, max_size=6))
    return ExerciseDraft(
        type="ordering",
        question=draw(_questions),
        options=draw(st.permutations(steps)),
        answer=steps,
        explanation="Each step needs the one before it.",
    )
