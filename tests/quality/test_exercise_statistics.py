"""The exercises of a whole course: what chance gives, and what a learner could tell without knowing."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseai.course.exercise import ExerciseDraft
from courseai.quality.exercise_item import Item
from courseai.quality.exercise_statistics import chance_range, exercise_statistics, longest_keys
from tests.quality.exercises import choice, gap, truth
from tests.quality.strategies import drafts, languages

LONG = choice("Why?", "Because the sample was drawn at random", "A guess", "A rule", "A law")
SHORT = choice("What?", "A mean", "A measure of spread", "A measure of shape", "A kind of chart")
TIED = choice("Which?", "mean", "mode", "sd")


def course(*drafts: ExerciseDraft) -> list[Item]:
    """The exercises of a course in English."""
    return [Item(draft, "en") for draft in drafts]


def binomial(n: int, p: float, k: int) -> float:
    """Probability of exactly k successes."""
    return comb(n, k) * p**k * (1 - p) ** (n - k)


class TestChance:
    def test_range_of_forty_questions_with_four_options_is_the_binomial_one(self) -> None:
        low, high = chance_range([0.25] * 40)

        assert sum(binomial(40, 0.25, k) for k in range(low)) <= 0.025
        assert sum(binomial(40, 0.25, k) for k in range(low + 1)) > 0.025
        assert sum(binomial(40, 0.25, k) for k in range(high + 1, 41)) <= 0.025
        assert sum(binomial(40, 0.25, k) for k in range(high, 41)) > 0.025

    def test_few_questions_prove_nothing(self) -> None:
        assert chance_range([0.25] * 2) == (0, 2)
        assert chance_range([]) == (0, 0)

    @given(st.lists(st.floats(0.2, 1 / 3), max_size=80))
    def test_range_holds_the_mean_and_nearly_all_of_the_distribution(self, chances: list[float]) -> None:
        low, high = chance_range(chances)

        assert 0 <= low <= sum(chances) + 1e-9
        assert sum(chances) - 1e-9 <= high <= len(chances)


class TestLongestKey:
    def test_machine_written_course_shows_the_tell(self) -> None:
        longest = longest_keys(course(*[LONG] * 18, *[SHORT] * 2))

        assert (longest.count, longest.share) == (18, 0.9)
        assert not longest.within_chance
        assert longest.surplus == 18 - 5

    def test_course_where_every_fourth_key_is_the_longest_shows_none(self) -> None:
        longest = longest_keys(course(*[LONG] * 5, *[SHORT] * 15))

        assert longest.within_chance
        assert longest.surplus == 0

    def test_key_that_is_never_the_longest_is_a_tell_too(self) -> None:
        longest = longest_keys(course(*[SHORT] * 40))

        assert not longest.within_chance
        assert longest.surplus == 0

    def test_ties_and_other_kinds_do_not_count(self) -> None:
        longest = longest_keys(course(TIED, truth("The mean is an average."), gap("2 + 2 = ____", "4")))

        assert (longest.questions, longest.count) == (1, 0)

    def test_course_without_questions_has_no_share(self) -> None:
        longest = longest_keys([])

        assert longest.share is None
        assert longest.within_chance


class TestFigures:
    def test_say_what_there_is_and_where_the_keys_stand(self) -> None:
        last = SHORT.model_copy(update={"options": SHORT.options[::-1]})
        figures = exercise_statistics(
            [LONG, last, last, truth("2 is even."), truth("2 is odd.", "false")], "en"
        )

        assert figures["total"] == 5
        assert figures["by_type"] == {"multiple_choice": 3, "true_false": 2}
        assert figures["key_positions"] == {"1": 1, "4": 2}
        assert figures["true_false"] == {"true": 1, "false": 1}
        assert figures["warnings"] == {"long_key": 1}

    @pytest.mark.parametrize("answer", [[], ["none of these"], ["A mean", "A mode"]])
    def test_question_without_a_single_key_has_no_position(self, answer: list[str]) -> None:
        broken = SHORT.model_copy(update={"answer": answer})

        assert exercise_statistics([broken], "en")["key_positions"] == {}

    @given(st.lists(drafts(), max_size=4), languages)
    def test_no_course_makes_them_raise(self, course: list[ExerciseDraft], language: str) -> None:
        exercise_statistics(course, language)
