"""Repairs in code: what a model wrote carelessly comes out right, and what is right stays right."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import assume, given

from courseai.course.exercise import ExerciseDraft, ExerciseType
from courseai.quality.exercise_gate import findings, is_blocked
from courseai.quality.exercise_item import Item
from courseai.quality.exercise_repair import repaired
from tests.quality.exercises import choice, gap, match, ordering, prose, truth
from tests.quality.strategies import choices, drafts, languages, orderings

CAPITALS = ["Rome", "Paris", "Madrid", "Berlin"]
STEPS = ["State a hypothesis", "Draw a sample", "Compute the statistic", "Decide"]


def after(draft: ExerciseDraft, language: str = "en", lesson_id: str = "s1-l1") -> ExerciseDraft:
    """The exercise after its repairs."""
    return repaired(draft, lesson_id, language)[0]


def answered(
    *answer: str, options: list[str] | None = None, explanation: str = "See there."
) -> ExerciseDraft:
    """A question about capitals with an answer as a model wrote it."""
    return ExerciseDraft(
        type="multiple_choice",
        question="What is the capital of France?",
        options=options or CAPITALS,
        answer=list(answer),
        explanation=explanation,
    )


class TestKey:
    @pytest.mark.parametrize(
        "written",
        ["B", "b)", "(B)", "B.", "Option B", "B) Paris", "paris", " Paris. ", '"Paris"', "respuesta b"],
    )
    def test_means_an_option_by_letter_or_text(self, written: str) -> None:
        assert after(answered(written)).answer == ["Paris"]

    def test_number_is_counted_as_the_explanation_says(self) -> None:
        assert after(answered("2", explanation="Paris has been the capital since 987.")).answer == ["Paris"]
        assert after(answered("1", explanation="Paris has been the capital since 987.")).answer == ["Paris"]

    def test_number_that_could_mean_two_options_is_left_to_the_gate(self) -> None:
        draft = after(answered("2", explanation="France moved it there."))

        assert draft.answer == ["2"]
        assert draft.options == CAPITALS
        assert is_blocked(findings(draft, "en"))

    def test_number_that_is_an_option_is_that_option(self) -> None:
        draft = answered("2", options=["1", "2", "3", "4"], explanation="3 is one too many.")

        assert after(draft).answer == ["2"]

    def test_letters_before_options_go(self) -> None:
        draft = after(answered("B", options=["A) Rome", "B) Paris", "C) Madrid"]))

        assert sorted(draft.options) == ["Madrid", "Paris", "Rome"]
        assert draft.answer == ["Paris"]

    def test_initials_before_options_stay(self) -> None:
        painters = ["C. Monet", "E. Manet", "A. Sisley"]

        assert sorted(after(answered("E. Manet", options=painters)).options) == sorted(painters)

    def test_explanation_quotes_the_option_whose_letter_it_named(self) -> None:
        draft = after(answered("B", explanation="Option B is right, and A is wrong; vitamin C is no city."))

        assert draft.explanation == "“Paris” is right, and “Rome” is wrong; vitamin C is no city."

    def test_two_right_options_are_left_to_the_gate(self) -> None:
        assert is_blocked(findings(after(answered("A", "B")), "en"))


class TestOrder:
    def test_keys_are_spread_evenly_over_the_places(self) -> None:
        placed = Counter(
            after(answered("B"), lesson_id=f"s{section}-l{lesson}").options.index("Paris")
            for section in range(20)
            for lesson in range(20)
        )

        assert sorted(placed) == [0, 1, 2, 3]
        assert all(70 <= count <= 130 for count in placed.values())

    def test_order_depends_on_the_exercise_and_not_on_how_it_was_written_down(self) -> None:
        turned = answered("Paris", options=CAPITALS[::-1])

        assert after(turned).options == after(answered("Paris")).options

    def test_numbers_are_sorted(self) -> None:
        draft = choice("How much does it weigh?", "1,200 kg", "80 kg", "9.5 kg", "900 kg")

        assert after(draft).options == ["9.5 kg", "80 kg", "900 kg", "1,200 kg"]

    def test_numbers_are_read_as_the_language_writes_them(self) -> None:
        draft = choice("¿Cuánto pesa?", "1.200 kg", "9,5 kg", "900 kg")

        assert after(draft, "es").options == ["9,5 kg", "900 kg", "1.200 kg"]

    @pytest.mark.parametrize("lesson_id", [f"s1-l{number}" for number in range(1, 30)])
    def test_steps_are_never_shown_in_their_right_order(self, lesson_id: str) -> None:
        draft = after(ordering("Put the test in order.", STEPS, STEPS), lesson_id=lesson_id)

        assert draft.answer == STEPS
        assert draft.options != STEPS
        assert sorted(draft.options) == sorted(STEPS)

    def test_steps_that_were_only_in_the_answer_are_shown(self) -> None:
        assert sorted(after(ordering("Order these.", [], STEPS)).options) == sorted(STEPS)

    def test_letters_of_steps_become_steps(self) -> None:
        draft = after(ordering("Order these.", STEPS[::-1], ["D", "C", "B", "A"]))

        assert draft.answer == STEPS

    def test_pairs_keep_their_sides_together(self) -> None:
        draft = match("Match.", ("1919", "Bauhaus"), ("1937", "Guernica"), ("1656", "Las Meninas"))

        assert after(draft) == draft


class TestTruth:
    @pytest.mark.parametrize(
        ("written", "meant"),
        [("True", "true"), ("Verdadero", "true"), ("FALSO", "false"), ("Faux.", "false"), ("richtig", "true"),
         ("verdadeiro", "true"), ("Неверно", "false"), ("yes", "true"), (" F ", "false")],
    )  # fmt: skip
    def test_has_one_spelling(self, written: str, meant: str) -> None:
        assert after(truth("The mean is an average.", written)).answer == [meant]

    def test_options_that_repeat_it_go(self) -> None:
        draft = ExerciseDraft(
            type="quiz",
            question="A tuple is mutable.",
            options=["True", "False"],
            answer=["B"],
            explanation="No.",
        )

        mended = after(draft)
        assert (mended.kind, mended.answer, mended.options) == (ExerciseType.TRUE_FALSE, ["false"], [])

    def test_what_is_neither_stays_for_the_gate(self) -> None:
        assert after(truth("The mean is robust.", "Sometimes")).answer == ["Sometimes"]


class TestWords:
    @pytest.mark.parametrize("written", ["_____", "___", "[blank]", "(...)", "…"])
    def test_gap_has_one_spelling(self, written: str) -> None:
        assert after(gap(f"Force is measured in {written}", "newton")).question == "Force is measured in ____"

    @pytest.mark.parametrize(
        ("language", "question", "marked"),
        [
            ("en", "Which of these is not a list?", "Which of these is NOT a list?"),
            ("en", "All of these are lists except", "All of these are lists EXCEPT"),
            ("es", "¿Cuál de estas no es una lista?", "¿Cuál de estas NO es una lista?"),
            (
                "fr",
                "Lequel de ces objets n'est pas une liste ?",
                "Lequel de ces objets n'est PAS une liste ?",
            ),
            ("de", "Welches davon ist keine Liste?", "Welches davon ist KEINE Liste?"),
            ("pt", "Qual destas não é uma lista?", "Qual destas NÃO é uma lista?"),
            ("it", "Quale di queste non è una lista?", "Quale di queste NON è una lista?"),
            ("ru", "Что из этого не является списком?", "Что из этого НЕ является списком?"),  # noqa: RUF001 - Cyrillic
        ],
    )
    def test_negation_is_marked(self, language: str, question: str, marked: str) -> None:
        assert after(choice(question, "tuple", "list", "array"), language).question == marked

    def test_what_stands_twice_stands_once(self) -> None:
        draft = choice(
            "Who checks it?", "The operator", "The visitor", "The operator.", "The cook", "The guard"
        )

        assert sorted(after(draft).options) == ["The cook", "The guard", "The operator", "The visitor"]

    def test_solution_keeps_its_indentation(self) -> None:
        draft = prose("Finish the function.", "    return x\n", "Returns x", kind="code")

        assert after(draft).answer == ["    return x"]


@given(draft=drafts(), language=languages)
def test_no_exercise_makes_a_repair_raise_or_breaks_the_schema(draft: ExerciseDraft, language: str) -> None:
    ExerciseDraft.model_validate(after(draft, language).model_dump())


@given(draft=drafts() | choices() | orderings(), language=languages)
def test_repairing_twice_changes_nothing_more(draft: ExerciseDraft, language: str) -> None:
    once = after(draft, language)

    assert repaired(once, "s1-l1", language) == (once, [])


@given(draft=drafts() | choices() | orderings(), language=languages)
def test_a_sound_exercise_stays_sound(draft: ExerciseDraft, language: str) -> None:
    assume(not is_blocked(findings(draft, language)))

    assert not is_blocked(findings(after(draft, language), language))


@given(draft=choices(by_text=True), language=languages)
def test_shuffling_keeps_the_key(draft: ExerciseDraft, language: str) -> None:
    key = Item(draft, language).key
    assume(key is not None and draft.answer == [key])

    mended = Item(after(draft, language), language)
    assert mended.key is not None
    assert mended.key.strip() in (key or "")
